import ParallelAPI
import ParallelHTTP
import ParallelOutput
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

@testable import ParallelCLI

/// What is configured, as the defaults of flags.
@Suite(.timeLimit(.minutes(10))) struct SettingTests {
    private let directory: TemporaryDirectory
    private static let created = #"{"run_id":"trun_1","status":"queued","is_active":true,"processor":"base"}"#
    private static let conditions = ["--entity-type", "companies", "--condition", "fab=Owns a fab"]

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("a\nb\n", to: "in.csv")
    }

    private var path: String { directory.file("c.json") }

    private func run(
        _ words: [String], _ settings: String, _ exchanges: [ScriptedTransport.Exchange] = [], stdin: String = "",
        adding variables: [String: String] = [:], terminal: TerminalInfo = TerminalInfo(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> CommandRun {
        try directory.write(settings, to: "c.json")
        return await CommandRun(
            words, exchanges, stdin: stdin, terminal: terminal,
            environment: ["PARALLEL_CONFIG": path].merging(variables) { $1 }, directory: directory.path,
            sourceLocation: sourceLocation)
    }

    // MARK: - The list

    @Test func `every setting but address, budget and rules is a flag, and no flag is one that is not listed`() {
        let flags = CommandTree.program.commands.flatMap(\.flags).filter { $0.settingRivals != nil }
        let others = Setting.all.filter { [Setting.address, Setting.budget].contains($0.name) || $0.isRule }
        #expect(others.count == 6 && Set((flags.map(\.name) + others.map(\.name))) == Set(Setting.all.map(\.name)))
        let refused = ["yes", "force", "max-cost", "output", "api-key-file", "api-key-command", "profile", "mcp"]
        #expect(!flags.contains { refused.contains($0.name) })
    }

    @Test(arguments: [
        ("confirm-above", "5", "lots"), ("format", "csv", "cvs"), ("generator", "core", "huge"),
        ("location", "de", "germany"), ("mode", "basic", "none"), ("processor", "new-one", " "), ("timeout", "5m", "x"),
    ])
    func `every flag of a setting takes the same values`(name: String, good: String, bad: String) throws {
        var count = 0
        for command in CommandTree.program.commands {
            guard try command.checkSetting(name, good) else { continue }
            #expect(throws: InvalidValue.self, "\(command.name)") { try command.checkSetting(name, bad) }
            count += 1
        }
        #expect(count > 0)
    }

    @Test func `what is told as built in is what counts`() throws {
        let presets = Dictionary(uniqueKeysWithValues: Setting.all.map { ($0.name, $0.preset) })
        #expect(presets["processor"] == TaskOptions().processor && presets["generator"] == FindAllGenerator.usual)
        #expect(presets["mode"] == SearchRequest.usualMode)
        #expect(try MoneyText.usd(presets["confirm-above"] ?? "") == SpendingOptions().confirmAbove)
        #expect(try DurationText.parse(presets["timeout"] ?? "") == WaitOptions().timeout)
        #expect(presets[Setting.address] == "https://api.parallel.ai")
    }

    // MARK: - What counts before what

    private static let file = #"{"processor":"core","profiles":{"work":{"processor":"pro"},"other":{"mode":"basic"}}}"#

    @Test(
        arguments: [
            ([], [:], "{}", "base"), ([], [:], file, "core"), (["--profile", "work"], [:], file, "pro"),
            ([], ["PARALLEL_PROFILE": "work"], file, "pro"), (["--profile", "other"], [:], file, "core"),
            (["--profile", "work"], ["PARALLEL_PROCESSOR": "lite"], file, "lite"),
            (["--profile", "work", "-p", "ultra"], ["PARALLEL_PROCESSOR": "lite"], file, "ultra"),
            ([], ["PARALLEL_PROCESSOR": " "], file, "core"), (["--processor=lite"], [:], file, "lite"),
            (["--report"], [:], file, "pro"), (["--report", "-p", "lite"], [:], file, "lite"),
            (["--report"], [:], #"{"processor":"ultra"}"#, "ultra"),
            ([], ["PARALLEL_CONFIG": "/dev/null"], file, "base"),
            ([], ["PARALLEL_CONFIG": "/nowhere/none.json"], file, "base"),
        ] as [([String], [String: String], String, String)])
    func `flag, variable, profile, file, built in`(
        words: [String], variables: [String: String], file: String, processor: String
    ) async throws {
        let run = try await run(["task", "run", "q", "--dry-run"] + words, file, adding: variables)
        #expect(run.code == .success && run.output.contains(#""processor":"\#(processor)""#), "\(run)")
    }

    @Test func `settings reach the requests of every kind of work`() async throws {
        let settings = #"{"processor":"core","mode":"basic","location":"de","generator":"core","confirm-above":50}"#
        let task = try await run(
            ["task", "run", "q", "--no-wait"], settings,
            [.init(.post, "/v1/tasks/runs", status: 202, body: Self.created)])
        #expect(
            task.sentBody == #"{"input":"q","processor":"core","advanced_settings":{"location":"de"}}"#,
            "\(task.sentBody)")
        let search = try await run(
            ["search", "q"], settings, [.init(.post, "/v1/search", body: #"{"search_id":"s","results":[]}"#)])
        #expect(search.sentBody.contains(#""mode":"basic""#) && search.sentBody.contains(#""location":"de""#))
        let batch = try await run(["batch", "run", "in.csv", "--field", "x=X", "--dry-run"], settings)
        #expect(batch.output.contains(#""processor":"core""#), "\(batch)")
        let group = try await run(["group", "add", "g1", "--dry-run"], settings, stdin: #"{"input":"q"}"#)
        #expect(group.output.contains(#""processor":"core""#), "\(group)")
        let find = try await run(["findall", "run", "x", "--dry-run"] + Self.conditions, settings)
        #expect(find.output.contains(#""generator":"core""#), "\(find)")
    }

    @Test func `what is kept for later takes no setting, nor does another flag of that name`() async throws {
        let settings = #"{"processor":"core","mode":"basic","location":"de","timeout":"1s"}"#
        let monitor = try await run(["monitor", "create", "q", "--dry-run"], settings)
        #expect(monitor.output.contains(#""processor":"lite""#) && !monitor.output.contains("location"), "\(monitor)")
        let images = try await run(["images", "q", "--dry-run"], settings)
        #expect(images.output.contains(#""mode":"fast""#) && images.output.contains(#""location":"de""#), "\(images)")
    }

    // MARK: - Money

    @Test func `a ceiling that is configured holds for all that spend`() async throws {
        let lines: [String: ([String], [ScriptedTransport.Exchange])] = [
            "task run": (["q"], []), "batch run": (["in.csv", "--field", "x=X"], []),
            "batch decide": (["in.csv", "-Q", "open:boolean:Open?"], []),
            "decide": (["x", "-Q", "open:boolean:Open?"], []), "extract": (["https://a.example"], []),
            "memory search": (["x"], []), "respond": (["x"], []), "monitor create": (["q"], []),
            "monitor update": (
                ["monitor_1", "-f", "1h"],
                [
                    .init(
                        .get, "/v1/monitors/monitor_1",
                        body: #"{"monitor_id":"monitor_1","type":"event_stream","frequency":"1d","processor":"lite"}"#)
                ]
            ),
            "findall run": (["x"] + Self.conditions, []), "findall entities": (["people", "x"], []),
            "findall enrich": (["findall_1", "--enrich", "ceo=Name"], [FindAllAnswer.run(matched: 3)]),
            "findall extend": (["findall_1", "5"], [FindAllAnswer.schema()]),
            "findall refresh": (
                ["--state", "s.json"],
                [FindAllAnswer.result(), FindAllAnswer.schema()]
            ),
        ]
        _ = try await run(
            ["findall", "run", "Chip makers", "--state", "s.json"] + Self.conditions, "{}",
            [FindAllAnswer.created(), FindAllAnswer.run(), FindAllAnswer.result()])
        let spending = CommandTree.program.commands.filter { $0.flags.contains { $0.name == "confirm-above" } }
        // It carries out the line of `batch run` once more.
        #expect(Set(spending.map(\.name)) == Set(lines.keys).union(["batch rerun"]))
        for (name, line) in lines {
            let words = name.split(separator: " ").map(String.init) + line.0
            let refused = try await run(words, #"{"confirm-above":0}"#, line.1)
            #expect(refused.code == .usage && refused.errors.contains("--yes"), "\(name): \(refused)")
            #expect(!refused.requests.contains { $0.method != .get }, "\(name)")
        }
    }

    @Test func `a flag counts before the ceiling that is configured`() async throws {
        let run = try await run(
            ["task", "run", "q", "--no-wait", "--confirm-above", "1"], #"{"confirm-above":0}"#,
            [.init(.post, "/v1/tasks/runs", status: 202, body: Self.created)])
        #expect(run.code == .success)
    }

    @Test func `a generator that the words exclude is left out, and that is said`() async throws {
        let words = ["findall", "run", "x", "--dry-run", "-n", "100"] + Self.conditions
        let run = try await run(words, #"{"generator":"preview","confirm-above":"0.5"}"#)
        #expect(run.code == .success && run.output.contains(#""generator":"base""#), "\(run)")
        #expect(
            run.errors.hasPrefix(
                "warning: the setting generator is left out: --match-limit 100: a preview takes 5 to 10\n"))
        let mistake = try await self.run(words + ["--entity-type", ""], #"{"generator":"preview"}"#)
        #expect(mistake.code == .usage && mistake.errors.contains("--entity-type: "), "\(mistake)")
    }

    // MARK: - Format

    private static let found = ScriptedTransport.Exchange(
        .post, "/v1/search",
        body: #"{"search_id":"s","results":[{"url":"https://a.example","title":"T","excerpts":["E"]}]}"#)

    @Test(arguments: [
        ([], #"{"search_id""#), (["--format", "csv"], "url,title"), (["--no-json"], "https://a.example\tT"),
        (["-o", "-"], "https://a.example\tT"),
    ])
    func `a configured format counts unless a flag says another`(words: [String], output: String) async throws {
        let run = try await run(["search", "q"] + words, #"{"format":"json"}"#, [Self.found])
        #expect(run.code == .success && run.output.hasPrefix(output) && run.errors == "", "\(run)")
    }

    @Test func `the name of a file says its format, and a request is JSON`() async throws {
        let run = try await run(["search", "q", "-o", "x.csv"], #"{"format":"json"}"#, [Self.found])
        #expect(run.code == .success && Disk.text(directory.file("x.csv"))?.hasPrefix("url,title") == true, "\(run)")
        for flag in ["--dry-run", "--curl"] {
            let shown = try await self.run(["search", "q", flag], #"{"format":"html"}"#)
            #expect(shown.code == .success && !shown.output.contains("<html"), "\(shown)")
        }
    }

    @Test func `with a configured format, an error of the API is printed as with --json`() async throws {
        let refused = ScriptedTransport.Exchange(
            .post, "/v1/search", status: 422, body: #"{"type":"error","error":{"message":"no","ref_id":"r"}}"#)
        let run = try await run(["search", "q"], #"{"format":"json"}"#, [refused])
        #expect(run.code == .refused && run.output.hasPrefix(#"{"type":"error""#), "\(run)")
    }

    @Test(arguments: OutputFormat.allCases.map(\.rawValue) + ["a"])
    func `no format in the settings makes a command fail that would not without`(format: String) throws {
        try directory.write(#"{"format":"\#(format)","generator":"preview"}"#, to: "c.json")
        let source = SettingSource(["PARALLEL_CONFIG": path])
        for example in CommandTree.program.commands.flatMap(\.examples) {
            for words in ShellLine.commands(in: example.line) where words.first == "parallel" {
                guard case .command(let command, let rest) = try CommandTree.program.resolve(Array(words.dropFirst()))
                else { continue }
                var color = ColorChoice.auto
                #expect(throws: Never.self, "\(example.line)") { try command.parse(rest, source, color: &color) }
            }
        }
    }

    @Test func `help and completion take no settings, also from a broken file`() async throws {
        for words in [["help"], ["task", "run", "--help"], ["--version"], ["search", "-h"], ["completion", "bash"]] {
            let run = try await run(words, "{")
            #expect(run.code == .success && run.errors == "", "\(words)")
        }
    }

    // MARK: - Broken files

    @Test(arguments: [
        (#"{"mode":"fats"}"#, "c.json: mode: 'fats' is no mode; did you mean 'fast'?"),
        (#"{"format":true}"#, "c.json: format: 'true' is none of table"),
        (#"{"profiles":{"default":{"mode":"x"}}}"#, "profile 'default' in "), (#"{"mode":[]}"#, "its value is no text"),
        (#"{"base-url":"http://a.example"}"#, "c.json: base-url: http is allowed to this machine only"),
        ("{\n\n\"mode\"}", "line 3"),
    ])
    func `what can't be used is named with its file, and nothing is sent`(file: String, message: String) async throws {
        let run = try await run(["search", "q"], file)
        #expect(run.code == .usage && run.output == "" && run.errors.contains(message), "\(run.errors)")
        #expect(run.errors.contains("'config set'") || run.errors.contains("PARALLEL_CONFIG=/dev/null"))
    }

    @Test func `a broken value matters only where it would be used`() async throws {
        for words in [["search", "q", "--dry-run", "--mode", "fast"], ["images", "q", "--dry-run"]] {
            let run = try await run(words, #"{"mode":"fats"}"#)
            #expect(run.code == .success && run.errors.hasPrefix("nothing is sent"), "\(run)")
        }
    }

    @Test func `a mistake in the words is told as without settings`() async throws {
        let run = try await run(["search", "q", "--mode", "fats"], #"{"format":"json"}"#)
        #expect(run.code == .usage && run.errors.hasPrefix("error: --mode: 'fats' is no mode"), "\(run.errors)")
    }

    @Test func `a name that is no setting is warned of, unless quiet`() async throws {
        let file = #"{"speed":"high","profiles":{"work":{"pace":1}}}"#
        let run = try await run(["search", "q", "--dry-run"], file)
        #expect(run.code == .success)
        #expect(run.errors.hasPrefix("warning: \(path): there is no setting 'speed'\nnothing is sent"), "\(run.errors)")
        #expect(!run.errors.contains("pace"))
        #expect(try await self.run(["search", "q", "--dry-run", "-q"], file).errors == "")
    }

    // MARK: - Addresses and profiles

    private static let gateway = #"{"profiles":{"gateway":{"base-url":"https://gw.example/p"}}}"#

    @Test(
        arguments: [
            ([], [:], "https://api.parallel.ai/v1/search"),
            (["--profile", "gateway"], [:], "https://gw.example/p/v1/search"),
            ([], ["PARALLEL_PROFILE": "gateway"], "https://gw.example/p/v1/search"),
            (["--profile", "gateway"], ["PARALLEL_BASE_URL": "https://e.example"], "https://e.example/v1/search"),
        ] as [([String], [String: String], String)])
    func `a profile with settings needs no login`(
        words: [String], variables: [String: String], url: String
    ) async throws {
        let exchange = ScriptedTransport.Exchange(
            .post, url.contains("gw") ? "/p/v1/search" : "/v1/search", body: #"{"search_id":"s","results":[]}"#)
        let run = try await run(["search", "q"] + words, Self.gateway, [exchange], adding: variables)
        #expect(run.code == .success && run.errors == "no results\n" || run.errors == "", "\(run)")
        #expect(run.requests.map(\.url.description) == [url])
        #expect(run.requests.first?.headers["x-api-key"] == "test-key")
    }

    @Test func `without a key the login of the profile is advised`() async throws {
        let run = try await run(
            ["search", "q", "--profile", "gateway"], Self.gateway, adding: ["PARALLEL_API_KEY": ""])
        #expect(run.code == .notAuthenticated && run.errors.contains("parallel login --profile gateway"), "\(run)")
        let other = try await self.run(
            ["search", "q", "--profile", "x"], Self.gateway, adding: ["PARALLEL_API_KEY": ""])
        #expect(other.code == .notAuthenticated && other.errors.contains("there is no login 'x'"), "\(other)")
    }

    @Test func `a stored key is not sent to the address of a profile that it was not made for`() async throws {
        let login = #"{"profiles":{"gateway":{"api_key":"stored-key-4711"}}}"#
        try Directory.create(directory.file(".config/parallel"))
        try directory.write(login, to: ".config/parallel/credentials.json")
        let words = ["search", "q", "--profile", "gateway"]
        let run = try await run(words, Self.gateway, adding: ["PARALLEL_API_KEY": ""])
        #expect(run.code == .notAuthenticated && run.requests.isEmpty, "\(run)")
        #expect(run.errors.contains("the stored login is for https://api.parallel.ai"))
        let bound = login.replacing("\"}}}", with: "\",\"api_base\":\"https://gw.example/p\"}}}")
        try directory.write(bound, to: ".config/parallel/credentials.json")
        let sent = try await self.run(
            words, Self.gateway, [.init(.post, "/p/v1/search", body: #"{"search_id":"s","results":[]}"#)],
            adding: ["PARALLEL_API_KEY": ""])
        #expect(sent.requests.first?.headers["x-api-key"] == "stored-key-4711", "\(sent)")
        // Parallel's own servers are elsewhere, and so don't get it.
        let tools = try await self.run(
            ["mcp", "tools", "parallel-search", "--profile", "gateway"], Self.gateway,
            [.init(.post, "/mcp", status: 404, body: ""), .init(.post, "/mcp", status: 404, body: "")],
            adding: ["PARALLEL_API_KEY": ""])
        #expect(tools.requests.first?.url.host == "search.parallel.ai", "\(tools)")
        #expect(tools.requests.allSatisfy { $0.headers["x-api-key"] == nil && $0.headers["authorization"] == nil })
    }

    @Test func `auth status and --verbose say where key and address come from`() async throws {
        let status = try await run(
            ["auth", "status", "--offline", "--json", "--profile", "gateway"], Self.gateway)
        #expect(status.code == .success && status.output.contains(#""base_url":"https://gw.example/p""#), "\(status)")
        #expect(status.output.contains(#""base_url_from":"profile 'gateway' in \#(path)""#))
        let run = try await run(
            ["search", "q", "-v", "--profile", "gateway"],
            Self.gateway.replacing("{\"profiles\"", with: "{\"mode\":\"basic\",\"profiles\""),
            [.init(.post, "/p/v1/search", body: #"{"search_id":"s","results":[]}"#)])
        #expect(run.errors.hasPrefix("* mode basic, from \(path)\n"), "\(run.errors)")
        #expect(
            run.errors.contains(
                "* key from PARALLEL_API_KEY, requests to https://gw.example/p (profile 'gateway' in \(path))\n"))
    }
}
