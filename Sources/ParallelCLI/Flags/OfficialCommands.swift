import ParallelSystem

/// The commands of Parallel's official command-line tool that have another name here, or are missing.
enum OfficialCommands {
    /// Returns what does the same here, or that nothing does; nil if the official tool has no command of these words.
    static func advice(for words: [String]) -> Hint? {
        let name = words.joined(separator: " ")
        if let here = here.first(where: { $0.name.isExactly(name) }) { return "here it is: \(here.command)" }
        if let elsewhere = elsewhere.first(where: { $0.name.isExactly(name) }) { return elsewhere.advice }
        guard let first = words.first else { return nil }
        if words.count > 1, let advice = advice(for: [first]) { return advice }
        if keyCommands.contains(first) {
            return "there is no sign-in here yet: set PARALLEL_API_KEY, or give --api-key-file FILE"
        }
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
        ("research processors", "help processors"), ("enrich run", "batch run"), ("enrich plan", "batch suggest"),
        ("enrich suggest", "batch suggest"), ("enrich status", "batch status"), ("enrich poll", "batch results"),
    ]

    /// Pages are fetched by a tool of Parallel's search server.
    private static let fetch: Hint =
        "here it is: \(command: "parallel mcp call parallel-search web_fetch -a urls='[\"https://example.com\"]'")"

    private static let elsewhere: [(name: String, advice: Hint)] = [
        ("extract", fetch), ("fetch", fetch),
        ("balance", "see https://platform.parallel.ai; it can't be done here yet"),
        ("update", "update it the way it was installed"),
        ("enrich deploy", "the official tool has it; it can't be done here"),
    ]

    private static let keyCommands = ["login", "logout", "auth"]
    private static let notYet = [
        "findall", "monitor", "memory", "config", "skills",
    ]
}
