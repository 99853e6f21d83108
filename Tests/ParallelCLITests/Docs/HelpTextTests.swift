import ParallelJSON
import ParallelTerminal
import Testing

@testable import ParallelCLI

@Suite(.timeLimit(.minutes(10))) struct HelpTextTests {
    static let commands = CommandTree.program.commands.map(\.name)
    static let topics = HelpTopic.all.map(\.name)
    /// The files that topics show, line by line.
    static let topicLines = HelpTopic.all.flatMap(\.files).flatMap { file in
        file.split(separator: "\n").map(String.init)
    }

    private func command(_ name: String) throws -> Command {
        try #require(CommandTree.program.commands.first { $0.name == name })
    }

    private static func fileName(_ name: String) -> String { String(name.map { $0 == " " ? "-" : $0 }) }

    // MARK: - Goldens

    @Test(arguments: commands)
    func `help of a command is what was checked in`(name: String) throws {
        let help = HelpText(.program, .documentation())
        let command = try command(name)
        let file = "Tests/Golden/help/\(Self.fileName(name))"
        #expect(help.text(of: command, isFull: true) == (try GeneratedFile.text("\(file).txt")))
        #expect(help.text(of: command, isFull: false) == (try GeneratedFile.text("\(file).brief.txt")))
    }

    @Test func `the overview is what was checked in`() throws {
        let help = HelpText(.program, .documentation())
        let (full, brief) = ("Tests/Golden/help/overview.txt", "Tests/Golden/help/overview.brief.txt")
        #expect(help.overview(below: [], isFull: true) == (try GeneratedFile.text(full)))
        #expect(help.overview(below: [], isFull: false) == (try GeneratedFile.text(brief)))
    }

    // MARK: - Layout

    @Test(arguments: commands)
    func `every summary stands on one line of at most 79 columns at width 80`(name: String) throws {
        let command = try command(name)
        let brief = HelpText(.program, .documentation()).text(of: command, isFull: false).split(separator: "\n")
        #expect(!brief.isEmpty && brief.allSatisfy { $0.displayWidth <= 79 })
        // `-h` leaves some out.
        let layout = TextLayout(width: 79, usesColor: false, program: "parallel", isFull: false)
        let lines = layout.render(command.sections().sections).split(separator: "\n")
        for summary in command.flags.map(\.summary) + command.positionals.map(\.summary.capitalizedFirst) {
            #expect(lines.contains { $0.hasSuffix("  \(summary)") }, "does not fit: \(summary)")
        }
    }

    @Test(arguments: [nil] + commands.map(Optional.some))
    func `at 40 columns only examples are longer than the terminal`(name: String?) throws {
        let help = HelpText(.program, .documentation(columns: 40))
        let texts =
            if let command = try name.map(command) {
                [help.text(of: command, isFull: true), help.text(of: command, isFull: false)]
            } else {
                [help.overview(below: [], isFull: true)] + HelpTopic.all.map(help.text(of:))
            }
        let examples = CommandTree.program.commands.flatMap(\.examples).map(\.line) + Self.topicLines
        for line in texts.joined(separator: "\n").split(separator: "\n") where line.displayWidth > 39 {
            #expect(examples.contains { line.hasSuffix($0) }, "too long: \(line)")
        }
    }

    @Test func `a wide terminal is used up to 100 columns`() throws {
        let command = try command("help")
        let wide = HelpText(.program, .documentation(columns: 300)).text(of: command, isFull: true)
        #expect(wide == HelpText(.program, .documentation(columns: 100)).text(of: command, isFull: true))
        #expect(wide != HelpText(.program, .documentation(columns: 80)).text(of: command, isFull: true))
    }

    @Test func `headings are bold where colour is wanted, and nothing else changes`() throws {
        let command = try command("help")
        let plain = HelpText(.program, .documentation()).text(of: command, isFull: true)
        let bold = HelpText(.program, .documentation(forcesColor: true)).text(of: command, isFull: true)
        #expect(!plain.contains("\u{1B}"))
        #expect(bold.contains("\u{1B}[1mExamples\u{1B}[22m"))
        #expect(bold.replacing("\u{1B}[1m", with: "").replacing("\u{1B}[22m", with: "") == plain)
    }

    @Test func `shared flags stand under a heading of their own`() throws {
        let text = HelpText(.program, .documentation()).text(of: try command("help"), isFull: false)
        let parts = text.split(separator: "Common flags")
        #expect(parts.count == 2)
        #expect(parts[0].contains("--man") && !parts[0].contains("--quiet"))
        #expect(parts[1].contains("--quiet") && !parts[1].contains("--man"))
    }

    // MARK: - What it costs to read

    /// What a model pays for a text, estimated from above: of four tokenizers none makes a token of fewer than 3.32
    /// bytes of this help. `Scripts/bench tokens` measures it with one of them.
    private func tokens(_ text: String) -> Int { text.utf8.count * 10 / 33 }

    @Test func `no brief help costs more than 700 tokens`() {
        let help = HelpText(.program, .documentation())
        let commands = CommandTree.program.commands
        for command in commands {
            let cost = tokens(help.text(of: command, isFull: false))
            #expect(cost <= 700, "\(command.name): \(cost)")
        }
        for path in CommandTree.program.branches {
            let cost = tokens(help.overview(below: path, isFull: false))
            #expect(cost <= 700, "\(path): \(cost)")
        }
    }

    @Test func `brief help of a command with many flags shows those used most, and how many it leaves out`() throws {
        let command = try command("batch run")
        let text = HelpText(.program, .documentation()).text(of: command, isFull: false)
        let shown = text.matches(of: /\n  (?:-., )?--[a-z]/).count
        #expect(shown < 30)
        let all = command.flags.count + BuiltInFlags.all.count
        #expect(text.contains("Examples, and \(all - shown) more flags: 'parallel batch run --help'."), "\(text)")
        for flag in ["--max-cost", "--confirm-above", "--yes", "--dry-run", "--field", "--output", "--help"] {
            #expect(text.contains(flag), "\(flag)")
        }
    }

    @Test func `every flag that is used most exists`() {
        let names = Set(CommandTree.program.commands.flatMap(\.flags).map(\.name) + BuiltInFlags.all.map(\.name))
        #expect(CommonFlags.usedMost.isSubset(of: names), "\(CommonFlags.usedMost.subtracting(names))")
    }

    @Test func `the brief overview has the name of every command`() {
        let text = HelpText(.program, .documentation(columns: 100)).overview(below: [], isFull: false)
        let words = Set(text.split { !$0.isLetter && $0 != "-" }.map(String.init))
        for command in CommandTree.program.commands {
            #expect(words.contains(command.path.last ?? ""), "\(command.name)")
        }
    }

    // MARK: - Content

    @Test(arguments: [
        ("parallel task run 'a'", "pll task run 'a'"),
        ("id=$(parallel task run x)", "id=$(pll task run x)"),
        ("cat f | parallel search - && parallel help", "cat f | pll search - && pll help"),
        ("source <(parallel completion zsh)", "source <(pll completion zsh)"),
        ("parallel search 'parallel | parallel (parallel)'", "pll search 'parallel | parallel (parallel)'"),
        ("parallel search \"; parallel\" parallel", "pll search \"; parallel\" parallel"),
        ("cd parallel && parallel-sandbox", "cd parallel && parallel-sandbox"),
    ])
    func `an example is shown with the program's name`(written: String, shown: String) {
        #expect(Command.Example(written, "").line(as: "pll") == shown)
        #expect(Command.Example(written, "").line(as: "parallel") == written)
    }

    @Test func `no help calls the program by a name it does not have`() {
        let help = HelpText(.program, .documentation(program: "pll"))
        let texts =
            CommandTree.program.commands.map { help.text(of: $0, isFull: true) } + [
                help.overview(below: [], isFull: true)
            ]
        for line in texts.joined().split(separator: "\n") {
            #expect(!line.hasPrefix("    parallel "), "\(line)")
            #expect(!line.contains("'parallel help"), "\(line)")
        }
    }

    @Test func `every flag that a text speaks of exists`() {
        let flags = CommandTree.program.commands.flatMap(\.flags) + BuiltInFlags.all
        let known = Set(
            flags.map(\.name) + flags.filter { $0.value == nil }.map { "no-\($0.name)" } + ["no-NAME"])
        let help = HelpText(.program, .documentation(columns: 100))
        var texts =
            CommandTree.program.commands.map { help.text(of: $0, isFull: true) } + HelpTopic.all.map(help.text(of:))
        texts.append(help.overview(below: [], isFull: true))
        for text in texts {
            for match in text.matches(of: /(?:^|[\s'(,])--([A-Za-z0-9][A-Za-z0-9-]*)/) {
                #expect(known.contains(String(match.1)), "--\(match.1) is no flag")
            }
        }
    }

    @Test func `every exit code is in the topic`() throws {
        let topic = try #require(HelpTopic.named("exit-codes"))
        let text = HelpText(.program, .documentation(columns: 100)).text(of: topic)
        for code in ExitCode.allCases {
            #expect(text.contains("  \(code.rawValue) "))
            #expect(text.contains(code.meaning.capitalizedFirst))
        }
    }

    @Test func `the topic on MCP names every command on servers, and what uses them`() throws {
        let text = HelpText(.program, .documentation(columns: 100)).text(of: try #require(HelpTopic.named("mcp")))
        for word in [
            "install", "uninstall", "clients", "import", "serve", "proxy", "export", "snippet", "check", "trust",
            "login",
        ] {
            #expect(text.contains("'mcp \(word)"), "mcp \(word)")
        }
        #expect(text.contains("'ask --with"))
    }

    @Test func `the files of the topic on cron are those of the page of recipes`() throws {
        let page = try GeneratedFile.text("docs/recipes.md")
        let files = HelpTopic.cron.files
        #expect(files.count == 5)
        for file in files { #expect(page.contains("\n\(file)\n```\n"), "\(file)") }
    }

    @Test func `values that the prose does not name are listed in full help`() {
        func sentences(_ details: String) -> String {
            let value = FlagSpec.Value("KIND", completion: .words(["red", "green"]))
            let flag = FlagSpec(
                name: "kind", short: nil, value: value, isRepeatable: false, summary: "Choose", details: details)
            return DocumentSection.Entry(flag).sentences
        }
        #expect(sentences("") == "Choose. Known values: red, green.")
        #expect(sentences("It is red or green.") == "Choose. It is red or green.")
    }

    // MARK: - The command `help`

    private func run(_ words: String..., program: String = "parallel") async -> (ExitCode, String, String) {
        let context = Context.documentation(program: program)
        let code = await Run.run(words, context)
        return (code, context.streams.capturedOutput, context.streams.capturedError)
    }

    @Test func `help without an argument is the overview`() async {
        let overview = HelpText(.program, .documentation()).overview(below: [], isFull: true)
        #expect(await run("help") == (.success, overview, ""))
        #expect(await run("--help") == (.success, overview, ""))
    }

    @Test(arguments: commands)
    func `help of a command and its own --help are one text`(name: String) async throws {
        let words = name.split(separator: " ").map(String.init)
        let text = HelpText(.program, .documentation()).text(of: try command(name), isFull: true)
        // `help` prints a topic that has the name of a command.
        let asked = HelpTopic.named(name) == nil ? [["help"] + words] : []
        for line in asked + [words + ["--help"], ["--quiet"] + words + ["--help"]] {
            let context = Context.documentation()
            #expect(await Run.run(line, context) == .success)
            #expect(context.streams.capturedOutput == text)
        }
    }

    @Test func `the first word of commands lists them and shows a topic of its name`() async {
        let (code, task, _) = await run("help", "task")
        #expect(code == .success)
        #expect(task.contains("task run") && !task.contains("mcp add"))
        let (_, mcp, _) = await run("help", "mcp")
        #expect(mcp.contains("mcp add") && mcp.contains("--require-mcp nothing is sent"))
    }

    @Test(arguments: topics.filter { !CommandTree.program.branches.contains([$0]) })
    func `help of a topic prints it`(name: String) async throws {
        let topic = try #require(HelpTopic.named(name))
        #expect(await run("help", name) == (.success, HelpText(.program, .documentation()).text(of: topic), ""))
    }

    @Test(arguments: [
        (["exitcodes"], "did you mean 'exit-codes'?"), (["task", "rnu"], "did you mean 'task run'?"),
        (["serach"], "did you mean 'search'?"),
        (
            ["qqqqqq"],
            "there is help on: task, batch, group, search, extract, images, places, decide, memory, findall, monitor, webhook, ask, "
                + "chat, respond, mcp, login, logout, auth, key, balance, spend, shell, config, processors, api, doctor, skill, help, completion, environment, exit-codes, "
                + "formatting, money, retention, cron\n"
        ),
        (["task", "qqqqqq"], "there is help on: run, result, status, events, input, list, open\n"),
        (["task", "run", "x"], "did you mean 'task run'?"), (["environment", "x"], "did you mean 'environment'?"),
    ])
    func `help on something unknown is a usage error with a suggestion`(words: [String], hint: String) async {
        let context = Context.documentation()
        #expect(await Run.run(["help"] + words, context) == .usage)
        #expect(context.streams.capturedOutput.isEmpty)
        #expect(context.streams.capturedError.contains("no help on '\(words.joined(separator: " "))'"))
        #expect(context.streams.capturedError.contains(hint), "\(context.streams.capturedError)")
        #expect(context.streams.capturedError.hasSuffix("\n  see: parallel help\n"), "\(context.streams.capturedError)")
    }

    @Test(arguments: [
        ["--man", "task", "run"], ["--man", "money"], ["--markdown", "task", "run"], ["--markdown", "task"],
    ])
    func `the forms for files take no command`(words: [String]) async {
        #expect(await Run.run(["help"] + words, .documentation()) == .usage)
    }

    @Test func `the Markdown tables hold every command, and the entries of a topic`() async {
        let (_, commands, _) = await run("help", "--markdown")
        let rows = commands.split(separator: "\n")
        #expect(rows.count == CommandTree.program.commands.count + 2)
        #expect(rows.allSatisfy { $0.hasPrefix("| ") && $0.hasSuffix(" |") })
        #expect(commands.contains("| `parallel help [COMMAND\\|TOPIC...]` | Explain a command or a topic |"))
        let (_, codes, _) = await run("help", "exit-codes", "--markdown")
        #expect(codes.split(separator: "\n").count == ExitCode.allCases.count + 2)
        #expect(codes.contains("| `2` | Bad usage"))
    }

    @Test func `without a command the overview goes to standard error`() async {
        let (code, output, error) = await run()
        #expect(code == .usage && output.isEmpty)
        #expect(error == HelpText(.program, .documentation()).overview(below: [], isFull: false))
    }

    // MARK: - As JSON

    private func json(_ words: String...) async throws -> JSONValue {
        let context = Context.documentation()
        #expect(await Run.run(["help", "--json"] + words, context) == .success)
        let text = context.streams.capturedOutput
        #expect(text.last == "\n" && text.dropLast().contains("\n") == false)
        return try JSONValue.parse(Array(text.utf8))
    }

    @Test func `as JSON it has every command with its flags, the exit codes, settings and topics`() async throws {
        let document = try await json()
        #expect(document["schema"] == 1 && document["version"]?.string == Version.number)
        let commands = try #require(document["commands"]?.array)
        #expect(commands.compactMap { $0["command"]?.string } == Self.commands)
        let shared = Set(try #require(document["common_flags"]?.array).compactMap { $0["name"]?.string })
        for (json, command) in zip(commands, CommandTree.program.commands) {
            let own = json["flags"]?.array?.compactMap { $0["name"]?.string } ?? []
            let common = json["common_flags"]?.array?.compactMap(\.string) ?? []
            #expect((own + common).sorted() == (command.flags + BuiltInFlags.all).map(\.name).sorted())
            #expect(Set(common).isSubset(of: shared))
            #expect(json["examples"]?.array?.count == command.examples.count)
        }
        #expect(document["exit_codes"]?.array?.count == ExitCode.allCases.count)
        #expect(document["settings"]?.array?.count == Setting.all.count)
        #expect(document["topics"]?.array?.compactMap { $0["name"]?.string } == Self.topics)
    }

    private func flag(_ name: String, of command: String) async throws -> JSONValue {
        let words = command.split(separator: " ").map(String.init)
        let context = Context.documentation()
        _ = await Run.run(["help", "--json"] + words, context)
        let document = try JSONValue.parse(Array(context.streams.capturedOutput.utf8))
        let all = (document["commands"]?[0]?["flags"]?.array ?? []) + (document["common_flags"]?.array ?? [])
        return try #require(all.first { $0["name"]?.string == name })
    }

    @Test(
        arguments: [
            ("processor", "task run", "choice", #""base""#), ("timeout", "task run", "duration", #""1h""#),
            ("confirm-above", "task run", "amount", #""10""#), ("check", "task run", "switch", "true"),
            ("report", "task run", "switch", "false"), ("effort", "respond", "choice", #""medium""#),
            ("mode", "search", "choice", #""fast""#), ("rate", "batch run", "integer", #""2000""#),
            ("encoding", "batch run", "choice", #""UTF-8""#), ("mcp", "task run", "mcp_server", nil),
            ("output", "task run", "file", nil), ("metadata", "task run", "assignment", nil),
            ("output-schema", "task run", "json", nil), ("webhook", "task run", "url", nil),
            ("after-date", "search", "date", nil), ("limit", "batch run", "integer", nil),
        ] as [(String, String, String, String?)])
    func `a flag tells its type and its default`(
        _ name: String, _ command: String, _ type: String, _ preset: String?
    ) async throws {
        let flag = try await flag(name, of: command)
        #expect(flag["type"]?.string == type)
        #expect(flag["default"]?.serialized() == preset)
    }

    @Test func `a flag tells its spellings, choices, and where its default can be set`() async throws {
        let flag = try await flag("processor", of: "task run")
        #expect(flag["spellings"] == ["--processor", "-p"] && flag["setting"] == true)
        #expect(flag["variables"] == ["PARALLEL_PROCESSOR"])
        #expect(flag["choices"]?.array?.contains("ultra") == true)
        let dryRun = try await self.flag("dry-run", of: "task run")
        #expect(dryRun["spellings"] == ["--dry-run", "--no-dry-run"] && dryRun["sends_nothing"] == true)
    }

    @Test func `a part of it is of the same shape`() async throws {
        let tasks = try await json("task")
        #expect(tasks["commands"]?.array?.first?["command"]?.string == "task run" && tasks["topics"] == nil)
        let mcp = try await json("mcp")
        #expect(mcp["topics"]?[0]?["name"]?.string == "mcp" && (mcp["commands"]?.array?.count ?? 0) > 20)
        let codes = try await json("exit-codes")
        #expect(codes["commands"] == [] && codes["topics"]?[0]?["sections"]?[0]?["entries"]?[2]?["name"] == "2")
        #expect(try await json("processors")["commands"]?.array?.count == 1)
    }
}

extension HelpTopic {
    /// The files that the topic shows.
    fileprivate var files: [String] {
        sections.flatMap(\.blocks).flatMap { block -> [String] in
            if case .examples(let examples) = block { examples.map(\.line) } else { [] }
        }
    }
}
