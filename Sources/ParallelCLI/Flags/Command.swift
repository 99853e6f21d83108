import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// A command: its description for help, man page and completions, and the two steps that run it.
///
/// `parse` turns words into a value that can be run; it touches neither network nor files.
package struct Command: Sendable {
    enum Parsed: Sendable {
        /// The command line as a value that can be run, and whether standard output gets the API's JSON.
        case command(@Sendable (Context) async throws -> ExitCode, writesJSON: Bool)
        case help(isFull: Bool)
        case version
    }

    /// The words that name the command: `["task", "run"]`.
    package let path: [String]
    package let summary: String
    package var description: String { makeDescription() }
    package let positionals: [Positional]
    package var flags: [FlagSpec] { makeFlags() }
    package let examples: [Example]
    /// Whether the command contacts the API or MCP servers, unless a flag says that nothing is sent.
    package let usesNetwork: Bool
    // Computed on demand: to run a command takes no description, and few parts of the program need its flags.
    private let makeDescription: @Sendable () -> String
    private let makeFlags: @Sendable () -> [FlagSpec]
    private let read: @Sendable ([String], inout ColorChoice) throws(UsageError) -> Parsed

    /// A command line to type, and what it does.
    package struct Example: Sendable {
        package let line: String
        package let caption: String

        package init(_ line: String, _ caption: String) {
            self.line = line
            self.caption = caption
        }
    }

    /// Declares a command whose options start as `defaults` and which is run by `body`.
    ///
    /// `check` gets the options and the positional words, and checks what must hold between them. `mistake`
    /// gets the words of a line that can't be parsed, and returns a better error if it knows what was meant.
    // One copy of the code serves all commands. The compiler would make one for each, a sixtieth of the program.
    @_semantics("optimize.sil.specialize.generic.never")
    package init<Body: RunnableCommand>(
        summary: String, description: @autoclosure @escaping @Sendable () -> String,
        usesNetwork: Bool = false, positionals: [Positional] = [],
        defaults: @autoclosure @escaping @Sendable () -> Body.Options,
        flags: @autoclosure @escaping @Sendable () -> [Flag<Body.Options>], examples: [Example],
        mistake: @escaping @Sendable ([String]) -> UsageError? = { _ in nil },
        check: @escaping @Sendable (inout Body.Options, [String]) throws(UsageError) -> Void,
        runs body: Body.Type
    ) {
        path = Body.name.parts(between: " ").map(String.init)
        self.summary = summary
        self.usesNetwork = usesNetwork
        makeDescription = description
        self.positionals = positionals
        makeFlags = { flags().map(\.spec) }
        self.examples = examples
        read = { given, color throws(UsageError) in
            var options = defaults()
            // Errors in words after `--color` are coloured as it says.
            defer { color = options.output.color }
            let flags = flags()
            let specs = flags.map(\.spec)
            let line: FlagParser.Outcome
            do throws(UsageError) {
                line = try FlagParser(flags: specs).parse(given) { place, value throws(InvalidValue) in
                    try flags[place].apply(&options, value)
                }
                if case .parsed(let words) = line { try Self.checkCount(of: words, positionals, specs) }
            } catch {
                throw mistake(given) ?? error
            }
            switch line {
            case .help(let isFull):
                return .help(isFull: isFull)
            case .version:
                return .version
            case .parsed(let words):
                let readers = try Self.standardInputReaders(given, positionals, specs)
                try check(&options, words)
                let parsed = options
                let run: @Sendable (Context) async throws -> ExitCode = { context in
                    var (options, context) = (parsed, context)
                    options.complete(from: context.environment)
                    context.readsStandardInput = !readers.isEmpty
                    let output = try Output(options.output, context, needsPlace: options.needsOutputPlace)
                    return try await Body(options: options, output: output, context: context).run()
                }
                return .command(run, writesJSON: options.writesJSON)
            }
        }
    }

    /// Parses the words after the command's name. Sets `color` to the value of `--color`, also if it throws for a later
    /// word.
    func parse(_ words: [String], color: inout ColorChoice) throws(UsageError) -> Parsed {
        try read(words, &color)
    }

    package var name: String { path.joined(separator: " ") }

    /// Returns what reads standard input, which can be read only once. Throws if that is more than one thing.
    private static func standardInputReaders(
        _ words: [String], _ positionals: [Positional], _ flags: [FlagSpec]
    ) throws(UsageError) -> [String] {
        // Most command lines have no `-`, and are not parsed twice.
        guard words.contains(where: { $0.ends(with: "-") }) else { return [] }
        let readers = try GivenWords(words, of: flags).standardInputReaders(positionals)
        guard readers.count > 1 else { return readers }
        throw UsageError(
            "only one of the inputs can be read from standard input, not \(readers.joined(separator: " and "))")
    }

    private static func checkCount(
        of words: [String], _ positionals: [Positional], _ flags: [FlagSpec]
    ) throws(UsageError) {
        let least = positionals.count { $0.arity == .required || $0.arity == .oneOrMore }
        if words.count < least, let missing = positionals.dropFirst(words.count).first {
            throw UsageError("missing \(missing.name)", hint: "\(missing.name): \(missing.summary)")
        }
        let isOpen = positionals.contains { $0.arity == .oneOrMore || $0.arity == .zeroOrMore }
        if !isOpen, words.count > positionals.count {
            let extra = words[positionals.count]
            // Other programs take a tool's arguments without a flag.
            if extra.utf8.contains(UInt8(ascii: "=")),
                let flag = flags.first(where: { $0.value?.isAssignment == true })?.spellings.last
            {
                throw UsageError(
                    "unexpected argument '\(extra)'",
                    hint: "did you mean \(flag) \(command: ShellQuoting.quoted(extra))?")
            }
            if extra.begins(with: "{"), flags.contains(where: { $0.name == "args" }) {
                throw UsageError("JSON is not expected here", hint: "did you mean --args '{…}'?")
            }
            throw UsageError(
                "unexpected argument '\(UsageError.shown(extra))'",
                hint: positionals.isEmpty ? nil : "quote a value that has spaces in it")
        }
    }
}
