import ParallelSystem

/// One command: what help, man page and completions say of it, and the two steps that carry it out.
///
/// `parse` turns words into typed options without touching network or files; `run` does the work.
package struct Command: Sendable {
    /// The command as a line, ready to be carried out.
    package typealias Action = @Sendable (Context) async throws -> ExitCode

    enum Parsed: Sendable {
        case action(Action)
        case help(isFull: Bool)
        case version
    }

    /// The words that name it: `["task", "run"]`.
    package let path: [String]
    package let summary: String
    package var description: String { makeDescription() }
    package let positionals: [Positional]
    package var flags: [FlagSpec] { makeFlags() }
    package let examples: [Example]
    // Made when asked for: to find one command, the program makes them all.
    private let makeDescription: @Sendable () -> String
    private let makeFlags: @Sendable () -> [FlagSpec]
    let parse: @Sendable ([String]) throws(UsageError) -> Parsed

    /// A line that can be typed, and what it does.
    package struct Example: Sendable {
        package let line: String
        package let caption: String

        package init(_ line: String, _ caption: String) {
            self.line = line
            self.caption = caption
        }
    }

    /// Declares a command whose options start as `defaults`.
    ///
    /// `check` sees the options with the positional words and settles what must hold between them.
    package init<Options: Sendable>(
        _ path: String, summary: String, description: @autoclosure @escaping @Sendable () -> String,
        positionals: [Positional] = [],
        defaults: @autoclosure @escaping @Sendable () -> Options,
        flags: @autoclosure @escaping @Sendable () -> [Flag<Options>], examples: [Example],
        check: @escaping @Sendable (inout Options, [String]) throws(UsageError) -> Void,
        run: @escaping @Sendable (Options, Context) async throws -> ExitCode
    ) {
        self.path = path.parts(between: " ").map(String.init)
        self.summary = summary
        makeDescription = description
        self.positionals = positionals
        makeFlags = { flags().map(\.spec) }
        self.examples = examples
        parse = { words throws(UsageError) in
            var options = defaults()
            switch try FlagParser(flags: flags()).parse(words, into: &options) {
            case .help(let isFull):
                return .help(isFull: isFull)
            case .version:
                return .version
            case .parsed(let words):
                try Self.checkCount(of: words, positionals, flags().map(\.spec))
                try check(&options, words)
                let settled = options
                return .action { context in try await run(settled, context) }
            }
        }
    }

    package var name: String { path.joined(separator: " ") }

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
            // What other programs take as an argument of a tool as it stands.
            if extra.utf8.contains(UInt8(ascii: "=")), flags.contains(where: { $0.name == "arg" }) {
                throw UsageError(
                    "unexpected argument '\(extra)'", hint: "did you mean -a \(command: ShellQuoting.quoted(extra))?")
            }
            throw UsageError(
                "unexpected argument '\(UsageError.shown(extra))'",
                hint: positionals.isEmpty ? nil : "quote a value that has spaces in it")
        }
    }
}
