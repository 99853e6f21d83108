import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

@testable import ParallelCLI

@Suite(.timeLimit(.minutes(10))) struct CommandTreeTests {
    static let commands = CommandTree.program.commands.map(\.name)

    private func command(_ name: String) throws -> Command {
        try #require(CommandTree.program.commands.first { $0.name == name })
    }

    // MARK: - What holds for every command

    @Test func `no two commands have one name, and none is the beginning of another`() {
        for (index, command) in CommandTree.program.commands.enumerated() {
            for other in CommandTree.program.commands[(index + 1)...] {
                #expect(!command.path.starts(with: other.path), "\(command.name), \(other.name)")
                #expect(!other.path.starts(with: command.path), "\(command.name), \(other.name)")
            }
        }
    }

    @Test(arguments: commands)
    func `names are lower-case words with hyphens`(name: String) throws {
        let command = try command(name)
        for name in command.path + command.flags.map(\.name) {
            #expect(name.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) != nil, "\(name)")
        }
        for short in command.flags.compactMap(\.short) {
            #expect(short.isASCII && short.properties.isAlphabetic, "-\(short)")
        }
    }

    @Test(arguments: commands)
    func `no two flags of a command can be confused`(name: String) throws {
        let flags = try command(name).flags + BuiltInFlags.all
        let names = flags.map(\.name) + flags.filter { $0.value == nil }.map { "no-\($0.name)" }
        #expect(Set(names).count == names.count, "\(names.filter { name in names.count { $0 == name } > 1 })")
        let shorts = flags.compactMap(\.short)
        #expect(Set(shorts).count == shorts.count, "\(shorts)")
    }

    @Test(arguments: commands)
    func `every value and argument has a placeholder in capitals`(name: String) throws {
        let command = try command(name)
        for placeholder in command.flags.compactMap(\.value?.placeholder) + command.positionals.map(\.name) {
            #expect(placeholder.contains { $0.isUppercase }, "\(placeholder)")
            #expect(!placeholder.contains { $0.isLowercase }, "\(placeholder)")
        }
    }

    @Test(arguments: commands)
    func `summaries begin with a capital and end without a full stop, sentences end with one`(name: String) throws {
        let command = try command(name)
        for summary in [command.summary] + command.flags.map(\.summary) {
            #expect(summary.first?.isUppercase == true, "\(summary)")
            #expect(!summary.hasSuffix("."), "\(summary)")
        }
        for summary in command.positionals.map(\.summary) { #expect(!summary.hasSuffix("."), "\(summary)") }
        for text in [command.description] + command.flags.map(\.details) where !text.isEmpty {
            #expect(text.hasSuffix("."), "\(text)")
        }
        #expect(!command.description.isEmpty)
    }

    @Test(arguments: commands)
    func `words that shells are offered need no quoting`(name: String) throws {
        let command = try command(name)
        for completion in command.flags.compactMap(\.value?.completion) + command.positionals.map(\.completion) {
            guard case .words(let words) = completion else { continue }
            #expect(!words.isEmpty)
            #expect(words.allSatisfy { $0.wholeMatch(of: /[A-Za-z0-9._-]+/) != nil }, "\(words)")
        }
    }

    @Test(arguments: commands)
    func `optional arguments come last, and only the last can be repeated`(name: String) throws {
        let arities = try command(name).positionals.map(\.arity)
        let required = arities.lastIndex { $0 == .required || $0 == .oneOrMore } ?? -1
        #expect(arities.indices.allSatisfy { $0 > required || arities[$0] == .required || arities[$0] == .oneOrMore })
        #expect(arities.dropLast().allSatisfy { $0 == .required || $0 == .optional })
    }

    @Test(arguments: commands)
    func `a command has examples of itself, and each parses`(name: String) throws {
        let command = try command(name)
        #expect(command.examples.contains { $0.line.hasPrefix("parallel \(name)") })
        for example in command.examples {
            let calls = ShellLine.commands(in: example.line).filter { $0.first == "parallel" }
            #expect(calls.contains { $0.dropFirst().starts(with: command.path) }, "\(example.line)")
            for call in calls {
                guard case .command(let called, let words) = try CommandTree.program.resolve(Array(call.dropFirst()))
                else {
                    Issue.record("names no command: \(example.line)")
                    continue
                }
                var color = ColorChoice.auto
                guard case .command = try called.parse(words, color: &color) else {
                    Issue.record("does nothing: \(example.line)")
                    continue
                }
            }
            #expect(!example.caption.hasSuffix(".") && !example.caption.hasSuffix(":"), "\(example.caption)")
        }
    }

    // MARK: - Finding the command

    /// The outcome as text, so that a table can hold it.
    private static func outcome(_ words: [String]) -> String {
        do throws(UsageError) {
            switch try CommandTree.program.resolve(words) {
            case .command(let command, let words): return "\(command.name): \(words.joined(separator: " "))"
            case .help(let path, let isFull): return "\(isFull ? "--help" : "-h") of \(path)"
            case .version: return "version"
            case .incomplete(let path): return "incomplete \(path)"
            }
        } catch {
            return [error.message, error.hint?.description].compactMap(\.self).joined(separator: "; ")
        }
    }

    @Test(arguments: [
        ("task run x", "task run: x"),
        ("task run", "task run: "),
        ("--json task run x", "task run: --json x"),
        ("--format json task --quiet run x", "task run: --format json --quiet x"),
        ("--format=json task run", "task run: --format=json"),
        ("-o f --api-key-file k task run", "task run: -o f --api-key-file k"),
        ("task run task run", "task run: task run"),
        ("search --help", "search: --help"),
        ("", "incomplete []"), ("task", "incomplete [\"task\"]"), ("--quiet task", "incomplete [\"task\"]"),
        ("-h", "-h of []"), ("--help", "--help of []"), ("task -h", "-h of [\"task\"]"),
        ("task --help run", "--help of [\"task\"]"), ("--quiet --help", "--help of []"),
        ("--version", "version"), ("-V", "version"), ("task --version", "version"), ("--json --version", "version"),
        ("tsak run", "unknown command 'tsak'; did you mean 'task'?"),
        ("task rnu", "unknown command 'task rnu'; did you mean 'task run'?"),
        ("result x", "unknown command 'result'; did you mean 'task result'?"),
        ("task qqqq", "unknown command 'task qqqq'; the commands are: run, result, status, events, input, list, open"),
        ("--processor", "--processor without a command; did you mean 'task run --processor'?"),
        ("--nothing", "--nothing without a command"),
        ("task --processor core", "--processor in place of a command of 'task'; did you mean 'task run --processor'?"),
        ("mcp --nothing", "--nothing in place of a command of 'mcp'"),
    ])
    func `a command line is resolved`(line: String, expected: String) {
        #expect(Self.outcome(line.split(separator: " ").map(String.init)) == expected)
    }

    @Test(arguments: [
        ("Who is it?", "'Who is it?'"), ("Intel?", "'Intel?'"), ("who isn't", #"'who isn'\''t'"#),
        ("authorization: Bearer x", "'QUESTION'"),
        (String(repeating: "long ", count: 20), "'QUESTION'"),
    ])
    func `a question without a command is told which one asks it`(word: String, shown: String) {
        #expect(Self.outcome([word]).hasSuffix("'; a question follows a command: task run \(shown)"))
    }

    @Test(arguments: commands)
    func `help and version are understood behind a command`(name: String) async throws {
        let words = name.split(separator: " ").map(String.init)
        for flag in ["--version", "-V", "-vV"] {
            let context = Context.documentation()
            #expect(await Run.run(words + [flag], context) == .success)
            #expect(context.streams.capturedOutput == "parallel \(Version.number)\n")
        }
        let context = Context.documentation()
        #expect(await Run.run(words + ["-h"], context) == .success)
        #expect(
            context.streams.capturedOutput == HelpText(.program, context).text(of: try command(name), isFull: false))
    }

    @Test(arguments: commands)
    func `a mistyped flag is a usage error that names the command's help`(name: String) async {
        let context = Context.documentation()
        let words = name.split(separator: " ").map(String.init)
        #expect(await Run.run(words + ["--queit"], context) == .usage)
        #expect(context.streams.capturedError.contains("did you mean --quiet?"))
        let help = name == "help" ? "see: parallel help\n" : "see: parallel help \(name)\n"
        #expect(context.streams.capturedError.contains(help))
    }

    @Test(arguments: CommandTree.program.commands.map(\.name))
    func `a head start is given to the commands that use the API`(name: String) throws {
        let command = try command(name)
        // Those of the account have a login alone; those of the log are about profiles; in a shell, the first question
        // opens the network.
        let usesAPI =
            !["config", "shell"].contains(command.path[0]) && !["task list", "batch list", "spend"].contains(name)
            && command.flags.contains { ["api-key-file", "profile"].contains($0.name) }
        #expect(Run.mayConnect(command.path + ["x"]) == usesAPI)
        let known = ["--dry-run", "--curl"].filter { word in command.flags.contains { "--\($0.name)" == word } }
        for word in ["-h", "--help"] + known { #expect(!Run.mayConnect(command.path + ["x", word])) }
    }

    @Test(arguments: [["task", "run"], ["task", "run", "--bogus"], ["task", "run", "--input-json", "{"]])
    func `a wrong command line is reported where the command is explained, whenever the fault is found`(
        words: [String]
    ) async {
        let run = await CommandRun(words)
        #expect(run.code == .usage)
        #expect(run.errors.hasSuffix("  see: parallel help task run\n"))
    }
}

/// Lines of a shell, taken apart far enough to find the calls in an example.
enum ShellLine {
    /// The words of each simple command, quotes removed; operators and parentheses part commands.
    static func commands(in line: String) -> [[String]] {
        var commands: [[String]] = [[]]
        var word: String?
        var quote: Character?
        func finish() {
            if let finished = word { commands[commands.count - 1].append(finished) }
            word = nil
        }
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if " \t\n".contains(character) {
                finish()
            } else if "|&;()<>".contains(character) {
                finish()
                commands.append([])
            } else {
                word = (word ?? "") + String(character)
            }
        }
        finish()
        return commands.filter { !$0.isEmpty }
    }
}
