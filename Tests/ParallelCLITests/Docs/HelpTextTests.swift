import ParallelTerminal
import Testing

@testable import ParallelCLI

@Suite(.timeLimit(.minutes(10))) struct HelpTextTests {
    static let commands = CommandTree.program.commands.map(\.name)
    static let topics = HelpTopic.all.map(\.name)

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
        let lines = HelpText(.program, .documentation()).text(of: command, isFull: false).split(separator: "\n")
        #expect(!lines.isEmpty && lines.allSatisfy { $0.displayWidth <= 79 })
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
        let examples = CommandTree.program.commands.flatMap(\.examples).map(\.line)
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
                + "chat, respond, mcp, login, logout, auth, key, balance, spend, config, processors, api, help, completion, environment, exit-codes, "
                + "formatting, money, retention\n"
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

    @Test(arguments: [["--man", "task"], ["--man", "mcp"], ["--markdown", "task", "run"], ["--markdown", "task"]])
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
}
