import ParallelAPI
import TestSupport
import Testing

@testable import ParallelCLI

/// What the program says to words that it doesn't know, and to those of another command or another tool.
struct AdviceTests {
    @Test(arguments: [
        (
            ["task", "status", "trun_1", "tgrp_2"], "RUN_ID: 'tgrp_2' is a group, not a run",
            "parallel batch status tgrp_2"
        ),
        (["task", "result", "tgrp_2"], "'tgrp_2' is a group, not a run", "parallel batch status tgrp_2"),
        (
            ["task", "events", "findall_2"], "'findall_2' is a FindAll run, not a run",
            "parallel findall status findall_2"
        ),
        (["findall", "result", "trun_1"], "FINDALL_ID: 'trun_1' is a run, not a FindAll run", "task status trun_1"),
        (["batch", "status", "trun_1"], "'trun_1' is a run, not a group", "parallel task status trun_1"),
        (["batch", "results", "tgrp_1", "taskrun_1"], "'taskrun_1' is a run, not a group", "task status taskrun_1"),
        (["group", "runs", "monitor_1"], "'monitor_1' is a monitor, not a group", "monitor get monitor_1"),
        (["group", "add", "trun_1", "f"], "'trun_1' is a run, not a group", "parallel task status trun_1"),
    ])
    func `an id of something else says what it is of, and nothing is sent`(
        words: [String], message: String, hint: String
    ) async {
        let run = await CommandRun(words)
        #expect(run.code == .usage && run.errors.contains(message) && run.errors.contains(hint), "\(run.errors)")
    }

    @Test func `among ids on standard input the line is named`() async {
        let run = await CommandRun(["task", "status", "-"], stdin: "trun_1\ntgrp_2\n")
        #expect(run.errors.hasPrefix("error: standard input, line 2: 'tgrp_2' is a group, not a run\n"))
    }

    @Test(arguments: [
        (["research", "run", "q"], "here it is: task run --report"),
        (["research", "--json", "poll", "x"], "here it is: task result"), (["enrich", "run"], "here it is: batch run"),
        (["enrich"], "here it is: batch run, batch suggest, batch status, batch results"),
        (["keys"], "here it is: key list"), (["keys", "create"], "here it is: key create"),
        (["fetch"], "here it is: parallel extract https://example.com"),
        (
            ["fetch", "--objective", "it's", "https://x/?q='$(id)'", "http://y"],
            #"here it is: parallel extract 'https://x/?q='\''$(id)'\''' http://y"#
        ),
        (["research", "processors"], "here it is: processors"),
        (["enrich", "deploy"], "the official tool has it; it can't be done here"), (["update"], "update it the way"),
    ])
    func `a command of the official tool says what does it here`(words: [String], hint: String) async {
        let run = await CommandRun(words)
        #expect(run.code == .usage && run.errors.contains("unknown command '\(words[0])'"), "\(run.errors)")
        #expect(run.errors.contains(hint), "\(run.errors)")
        let help = await CommandRun(["help"] + words.prefix { !$0.hasPrefix("-") })
        #expect(help.code == .usage && help.errors.contains("no help on '\(words[0])"), "\(help.errors)")
    }

    @Test func `the official name of a search of the memory leads to it`() async {
        let run = await CommandRun(["memory", "retrieve", "x"])
        #expect(run.code == .usage && run.errors.contains("did you mean 'memory search'?"), "\(run.errors)")
    }

    @Test func `help on a command of the official tool says what does it here`() async {
        #expect(await CommandRun(["help", "research", "poll"]).errors.contains("here it is: task result"))
        #expect(await CommandRun(["help", "keys"]).errors.contains("here it is: key list"))
    }

    @Test(arguments: [
        (["task", "run", "q", "--input-file", "q.txt"], "@FILE in place of INPUT"),
        (["task", "run", "-f", "q.txt"], "@FILE"), (["task", "run", "q", "--text"], "'task run --report'"),
        (["task", "run", "q", "--text-description=short"], "--output-text DESCRIPTION"),
        (["task", "result", "trun_1", "--poll-interval", "5"], "as soon as a run ends"),
        (["batch", "run", "--source", "a.csv"], "batch run FILE"),
        (["batch", "run", "f", "--target", "b"], "--output FILE"),
        (["batch", "run", "--data", "[]"], "from standard input"),
        (["batch", "run", "--intent", "x"], "'batch suggest INTENT'"),
        (["batch", "run", "f", "--enriched-columns", "[]"], "--fields-from FILE"),
        (["search", "q", "--max-age-seconds", "600"], "here it is --max-age DURATION"),
        (["search", "q", "--timeout-seconds", "5"], "fetching pages --fetch-timeout DURATION"),
        (["search", "q", "--include-domains", "a.com"], "did you mean --include-domain?"),
        (["extract", "https://x/", "--no-excerpts"], "'extract --full'"),
        (["memory", "evict", "--id", "x"], "memory evict ID"),
    ])
    func `a flag of the official tool says what does it here`(words: [String], hint: String) async {
        let run = await CommandRun(words)
        #expect(run.code == .usage && run.errors.hasPrefix("error: unknown flag -"), "\(run.errors)")
        #expect(run.errors.contains(hint), "\(run.errors)")
    }

    @Test func `a flag of another command leads to that command`() async {
        let run = await CommandRun(["task", "run", "--tool-calls", "x"])
        #expect(run.code == .usage && run.errors.hasPrefix("error: unknown flag --tool-calls\n"), "\(run.errors)")
        #expect(run.errors.contains("  'task result' has it\n"), "\(run.errors)")
        #expect(!(await CommandRun(["task", "run", "--nobody-has-this"]).errors.contains("has it")))
    }

    /// The flags of parallel-web-tools 0.9.4, of commands that have a counterpart here.
    @Test(arguments: [
        (
            "search",
            "query mode max-results include-domains exclude-domains after-date excerpt-max-chars-per-result "
                + "excerpt-max-chars-total max-age-seconds timeout-seconds disable-cache-fallback location session-id "
                + "client-model output json"
        ),
        (
            "extract",
            "objective query full-content full-content-max-chars no-excerpts max-age-seconds timeout-seconds "
                + "excerpt-max-chars-per-result excerpt-max-chars-total disable-cache-fallback session-id client-model output json"
        ),
        ("memory search", "query limit kind since scope-key memory-scope-key output json"),
        ("memory evict", "kind id scope-key memory-scope-key json"),
        ("memory clear", "scope-key memory-scope-key confirm-clear json"),
        (
            "batch run",
            "source-type source target source-columns enriched-columns intent processor data no-wait dry-run json output "
                + "previous-interaction-id"
        ),
        ("batch suggest", "source-columns json"), ("batch status", "json"),
        ("batch results", "timeout poll-interval json output"),
        (
            "task run",
            "input-file processor timeout poll-interval no-wait dry-run text text-description output force json "
                + "previous-interaction-id memory-scope-key scope-key"
        ),
        ("task status", "json"), ("task result", "timeout poll-interval output force json"), ("completion", "shell"),
    ])
    func `each flag of the official tool is known or gets a hint`(command: String, flags: String) async {
        for flag in flags.split(separator: " ") {
            let run = await CommandRun(command.split(separator: " ").map(String.init) + ["--\(flag)=x", "--color=x"])
            let isKnown = !run.errors.contains("unknown flag")
            #expect(isKnown || run.errors.split(separator: "\n").count == 3, "\(run.errors)")
        }
    }

    @Test(arguments: [
        ("exit-codes", "help exit-codes"), ("version", "--version"), ("tsk", "task"),
    ])
    func `the name of a topic as a command leads to its help`(word: String, command: String) async {
        let run = await CommandRun([word])
        #expect(run.code == .usage && run.errors.contains("  did you mean '\(command)'?\n"), "\(run.errors)")
    }

    @Test(arguments: ["json", "text", "csv"])
    func `a format is not taken for the name of a file`(name: String) async {
        for command in [["task", "run", "q"], ["batch", "run", "f"]] {
            let run = await CommandRun(command + ["-o", name])
            // A batch has no format for text.
            let flag = command[0] == "batch" && name == "text" ? "" : "--format \(name), or "
            #expect(run.code == .usage && run.errors.contains("write \(flag)./\(name) for a file"), "\(run.errors)")
        }
    }

    @Test(arguments: [
        (["search", " ", "--query", "x"], "the objective is empty"),
        (["search", "", "--query", "x"], "the objective is empty"),
        (["search", "q", "--session-id", ""], "--session-id: the value is empty"),
        (["search", "q", "--client-model", " "], "--client-model: the value is empty"),
        (["task", "run", "q", "-p", " "], "-p: the name is empty"),
        (["group", "add", "g1", "-p", " "], "-p: the name is empty"),
        (["batch", "suggest", "q", "-p", " "], "-p: the name is empty"),
        (["task", "run", "q", "--field", " :int=x"], "there is no name in front of '='"),
        (["task", "run", "q", "--field", "a[]. =x"], "has no name on one side of '[].'"),
        (["task", "run", "q", "--metadata", " =x"], "' =x' is not KEY=VALUE"),
        (["task", "run", "q", "--previous-interaction-id", ""], "--previous-interaction-id: the value is empty"),
        (["task", "run", "q", "--memory-scope-key", " "], "--memory-scope-key: the value is empty"),
        (["task", "run", "@"], "INPUT: no file is named behind '@'"),
        (["batch", "suggest", "@"], "INTENT: no file is named behind '@'"),
        (["group", "runs", "tgrp_1", "--status", " "], "--status: the status is empty"),
        (["group", "runs", "tgrp_1", "--after", " "], "--after: the cursor is empty"),
        (["mcp", "add", "crm", ""], "the URL is empty"),
        (["task", "run", "q", "--mcp-config", ""], "--mcp-config: the file name is empty"),
    ])
    func `a blank value, as of a variable that is not set, is refused`(words: [String], message: String) async {
        let run = await CommandRun(words)
        #expect(run.code == .usage && run.output == "" && run.errors.contains(message), "\(run.errors)")
    }

    @Test func `domains may stand in one value, as the official tool takes them`() async {
        let run = await CommandRun(["search", "q", "--include-domain", "a.com,b.org", "--dry-run"])
        #expect(run.output.contains(#""include_domains":["a.com","b.org"]"#), "\(run.output)")
        let wrong = await CommandRun(["search", "q", "--include-domain", "a.com,", "--dry-run"])
        #expect(wrong.code == .usage && wrong.errors.contains("'': not a domain"), "\(wrong.errors)")
    }

    @Test func `keywords given with -q are told their flag`() async {
        let run = await CommandRun(["search", "pumps", "-q", "heat pumps"])
        #expect(run.code == .usage)
        #expect(run.errors.hasPrefix("error: -q is --quiet\n  keywords are given with --query\n"), "\(run.errors)")
    }

    @Test func `a dry run says that nothing is sent, and what it would cost`() async {
        let search = await CommandRun(["search", "q", "--mode", "advanced", "--dry-run"])
        #expect(search.errors.hasPrefix("nothing is sent; the search would be in the mode advanced, about $0.005\n"))
        let many = await CommandRun(["search", "q", "--limit", "25", "--dry-run"])
        #expect(many.errors.hasPrefix("nothing is sent; the search would be in the mode fast, about $0.011\n"))
        let group = await CommandRun(
            ["group", "add", "g1", "-p", "core", "--dry-run"], stdin: "{\"input\":\"a\"}\n{\"input\":\"b\"}\n")
        #expect(group.errors.hasPrefix("nothing is sent; it would be 2 runs, about $0.05\n"), "\(group.errors)")
    }

    @Test(arguments: [
        (["--hlep"], "did you mean --help?"), (["task", "run", "--hlep"], "did you mean --help?"),
        (["task", "--hlep"], "did you mean --help?"), (["mcp", "--jsno"], "did you mean --json?"),
        (["--verison"], "did you mean --version?"), (["help", "tsk"], "did you mean 'task'?"),
        (["search", "q", "--mode", "fsat"], "did you mean 'fast'?"),
        (["ask", "q", "--with", "opnai"], "did you mean 'openai'?"),
        (["ask", "q", "--approve", "al"], "did you mean 'all'?"),
        (["mcp", "export", "crm", "--as", "ai-skd"], "did you mean 'ai-sdk'?"),
        (["mcp", "list", "--format", "JSON"], "did you mean 'json'?"),
        (["mcp", "list", "--color", "of"], "none of auto"),
        (["mcp", "ad"], "did you mean 'mcp add'?\n  see: parallel help mcp\n"),
        (["mcp", "qqqq"], "\n  see: parallel help mcp\n"), (["tsak"], "\n  see: parallel help\n"),
        (["search", "q", "--mode", "slow"], "the modes are turbo, fast, basic, advanced"),
        (["task", "run", "q", "--field", "n:nmber=x"], "did you mean 'number'"),
    ])
    func `a mistyped word gets the one that was probably meant`(words: [String], hint: String) async {
        let run = await CommandRun(words)
        #expect(run.code == .usage && run.errors.contains(hint), "\(run.errors)")
    }

    @Test(arguments: [("corre", "core"), ("ultra-fats", "ultra-fast"), ("core3x", "core2x")])
    func `a processor that looks mistyped is told of before it is sent`(name: String, near: String) async {
        let warning = "warning: '\(name)' is no processor that this version knows; did you mean '\(near)'?\n"
        let run = await CommandRun(["task", "run", "q", "-p", name, "--dry-run"])
        #expect(run.code == .success && run.errors.hasPrefix(warning))
        let input = #"{"input":"q"}"#
        let group = await CommandRun(["group", "add", "g1", "-p", name, "--dry-run"], stdin: input)
        #expect(group.errors.hasPrefix(warning + "nothing is sent; it would be 1 run\n"))
        #expect(
            await CommandRun(["task", "run", "q", "-p", "brandnew", "--dry-run"]).errors.hasPrefix("it would go to "))
    }

    @Test func `without a key, the places to get one are named`() async {
        let run = await CommandRun(["task", "run", "q"], environment: ["PARALLEL_API_KEY": ""])
        #expect(run.code == .notAuthenticated)
        #expect(run.errors.contains("https://platform.parallel.ai") && run.errors.contains("parallel-sandbox run -- "))
    }

    // MARK: - Older spellings

    @Test func `older spellings go on working, and nothing shows them`() async throws {
        for command in CommandTree.program.commands {
            for older in command.flags.flatMap(\.olderNames) {
                #expect(!command.flags.contains { $0.name == older }, "\(command.name) --\(older)")
                let help = await CommandRun(command.path + ["--help"]).output
                #expect(!help.contains("--\(older) ") && !help.contains("--\(older)\n"), "\(command.name) --\(older)")
            }
        }
        let new = await CommandRun(["search", "q", "--limit", "3", "--dry-run"])
        #expect(new.output.contains(#""max_results":3"#))
        #expect(await CommandRun(["search", "q", "--max-results", "3", "--dry-run"]).output == new.output)
        #expect(await CommandRun(["batch", "run", "-", "--status=x"]).errors.contains("--status takes no value"))
    }

    @Test(arguments: CommandTree.program.commands.map(\.name))
    func `-q is --quiet in every command`(name: String) throws {
        let command = try #require(CommandTree.program.commands.first { $0.name == name })
        #expect(command.flags.first { $0.short == "q" }?.name == "quiet")
    }

    // MARK: - PARALLEL_PROCESSOR

    @Test(arguments: [
        ([], "core", "core"), ([], "", "base"), ([], " ", "base"), (["-p", "lite"], "core", "lite"),
        (["--report"], "core", "pro"),
        (["--report"], "ultra", "ultra"), (["--report", "-p", "base"], "ultra", "base"), (["--report"], "", "pro"),
    ])
    func `a variable sets the default processor, which flags overrule`(
        words: [String], variable: String, processor: String
    ) async {
        let run = await CommandRun(
            ["task", "run", "q", "--dry-run"] + words, environment: ["PARALLEL_PROCESSOR": variable])
        #expect(run.output.contains(#""processor":"\#(processor)""#), "\(run.output)")
    }

    @Test func `batches and groups take it too`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("a\nb\n", to: "in.csv")
        let variable = ["PARALLEL_PROCESSOR": "core"]
        let batch = await CommandRun(
            ["batch", "run", "in.csv", "--field", "x=X", "--dry-run"], environment: variable, directory: directory.path)
        #expect(batch.output.contains(#""processor":"core""#), "\(batch.errors)")
        let group = await CommandRun(
            ["group", "add", "g1", "--dry-run"], stdin: #"{"input":"q"}"#, environment: variable)
        #expect(group.output.contains(#""processor":"core""#), "\(group.errors)")
    }

    // MARK: - Dry runs

    @Test func `dry runs print method, URL, headers and body, whatever they would send`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("a\nb\n", to: "in.csv")
        for words in [
            ["task", "run", "q"], ["search", "q"], ["group", "add", "g1", "-p", "core"],
            ["batch", "run", "in.csv", "--field", "x=X"],
        ] {
            let stdin = words[0] == "group" ? #"{"input":"q"}"# : ""
            let run = await CommandRun(
                words + ["--dry-run"], stdin: stdin, environment: ["PARALLEL_API_KEY": ""], directory: directory.path)
            #expect(run.code == .success, "\(words): \(run.errors)")
            #expect(run.output.hasPrefix(#"{"method":"POST","url":"https://api.parallel.ai/"#), "\(words)")
            #expect(run.output.contains(#","headers":{"#) && run.output.contains(#","body":{"#), "\(words)")
        }
    }
}
