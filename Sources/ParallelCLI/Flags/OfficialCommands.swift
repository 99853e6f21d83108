import ParallelSystem

/// The commands of Parallel's official command-line tool that have another name here, or are missing.
enum OfficialCommands {
    /// Returns what does the same here, or that nothing does; nil if the official tool has no command of these words.
    ///
    /// - Parameter words: a command and what follows it, without flags.
    static func advice(for words: [String]) -> Hint? {
        let name = words.prefix(2).joined(separator: " ")
        if let here = here.first(where: { $0.name.isExactly(name) }) { return "here it is: \(here.command)" }
        if let elsewhere = elsewhere.first(where: { $0.name.isExactly(name) }) { return elsewhere.advice }
        guard let first = words.first else { return nil }
        if first == "fetch" { return fetch(words.filter(namesPage)) }
        if words.count > 1, let advice = advice(for: [first]) { return advice }
        if notYet.contains(first) { return "the official tool has it; it can't be done here yet" }
        if first == "research" || first == "enrich" {
            var commands: [String] = []
            for (name, command) in here where name.begins(with: "\(first) ") && !commands.contains(command) {
                commands.append(command)
            }
            return "here it is: \(commands.joined(separator: ", "))"
        }
        return nil
    }

    private static let here: [(name: String, command: String)] = [
        ("research run", "task run --report"), ("research status", "task status"), ("research poll", "task result"),
        ("research processors", "processors"), ("enrich run", "batch run"), ("enrich plan", "batch suggest"),
        ("enrich suggest", "batch suggest"), ("enrich status", "batch status"), ("enrich poll", "batch results"),
        ("whoami", "auth status"), ("skills install", "skill install"), ("skills", "skill print"), ("keys", "key list"),
        ("keys create", "key create"), ("keys delete", "key delete"),
    ]

    private static func namesPage(_ word: String) -> Bool {
        word.begins(with: "https://") || word.begins(with: "http://")
    }

    /// Returns the command that reads pages.
    private static func fetch(_ pages: [String]) -> Hint {
        let urls = pages.isEmpty ? ["https://example.com"] : pages.map { ShellQuoting.quoted($0) }
        return "here it is: \(command: (["parallel", "extract"] + urls).joined(separator: " "))"
    }

    private static let elsewhere: [(name: String, advice: Hint)] = [
        ("update", "update it the way it was installed"),
        ("enrich deploy", "the official tool has it; it can't be done here"),
    ]

    private static let notYet = ["config"]

    /// Returns what does the work of a flag of the official tool here, or that nothing does; nil if it has no flag of
    /// this name.
    static func advice(forFlag name: String) -> Hint? {
        for (names, advice) in flags where names.parts(between: " ").contains(where: { $0.isExactly(name) }) {
            return Hint(advice)
        }
        return nil
    }

    /// The flags of the official tool's commands that have another name here, or are missing.
    private static let flags: [(names: String, advice: String)] = [
        ("input-file", "a question in a file is given as @FILE in place of INPUT"),
        ("f", "a question in a file is given as @FILE; an existing file is replaced with --force"),
        ("text", "a report in Markdown is asked for with 'task run --report', plain text with --format text"),
        ("text-description", "here it is 'task run --output-text DESCRIPTION'"),
        ("poll-interval", "there is no interval here: the API answers as soon as a run ends"),
        ("scope-key", "here it is --memory-scope-key KEY"),
        ("source", "for 'batch run', the file is the first word: batch run FILE"),
        ("source-type", "here it is 'batch run --input-format FORMAT'"),
        ("target", "here it is --output FILE"),
        ("source-columns", "columns are chosen with 'batch run --column NAME', one flag for each; without it, all are"),
        (
            "enriched-columns",
            "fields are given with --field NAME=DESCRIPTION, one flag for each, or --fields-from FILE"
        ),
        ("intent", "'batch suggest INTENT' proposes fields and a processor for 'batch run'"),
        ("data", "rows are read from a file or, with - as FILE, from standard input; 'api' takes a body with --input"),
        ("objective", "for 'search' it is the first word; a tool gets it with -a objective=TEXT"),
        ("full-content", "pages are read whole with 'extract --full'"),
        ("query", "for 'memory search' it is the first word"),
        ("full-content-max-chars", "here it is 'extract --max-chars-full N'"),
        ("no-excerpts", "'extract --full' prints whole pages without excerpts"),
        ("id", "the id is the first word: memory evict ID"),
        ("max-age-seconds", "here it is --max-age DURATION"),
        ("timeout-seconds", "a wait has --timeout DURATION, and fetching pages --fetch-timeout DURATION"),
        ("excerpt-max-chars-total", "here it is --max-chars N"),
        ("excerpt-max-chars-per-result", "here it is --max-chars-per-result N"),
        ("generator match-limit", "'findall run' has it; on a run that exists, 'findall extend ID N' raises the limit"),
        ("entity-type t", "'findall entities' takes it as its first word: companies or people"),
        ("additional-match-limit", "here it is 'findall extend ID N'"),
        ("task-run-id", "here it is 'monitor create --task-run RUN_ID'"),
        ("include-backfill", "here it is 'monitor create --backfill'"),
        ("event-group-id", "here it is 'monitor events --group ID'"),
        ("include-completions", "here it is 'monitor events --completions'"),
        ("advanced-settings", "for a monitor there are --include-domain, --exclude-domain and --location"),
        ("shell", "the shell is the first word: completion SHELL"),
        ("disable-cache-fallback", "the official tool has it; it can't be done here yet"),
    ]
}
