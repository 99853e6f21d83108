#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// When to write escape sequences for colour and emphasis.
package enum ColorChoice: String, Sendable, CaseIterable {
    case auto, always, never
}

/// What the program's streams are connected to, and what follows for colour, prompts and progress.
package struct TerminalInfo: Sendable, Equatable {
    /// Where a text goes, for the decision on colour.
    package enum OutputStream: Sendable { case stdout, stderr }

    package var stdinIsTerminal: Bool
    package var stdoutIsTerminal: Bool
    package var stderrIsTerminal: Bool
    /// The width to lay out text for, in columns.
    package var columns: Int
    /// The type of the terminal, from `TERM`; nil if unset or empty.
    package var term: String?
    /// True if `NO_COLOR` is set and not empty (no-color.org).
    package var noColor: Bool
    /// True if `CLICOLOR_FORCE` is set, not empty and not 0.
    package var forcesColor: Bool

    package init(
        stdinIsTerminal: Bool = false, stdoutIsTerminal: Bool = false, stderrIsTerminal: Bool = false,
        columns: Int = 80,
        term: String? = nil, noColor: Bool = false, forcesColor: Bool = false
    ) {
        self.stdinIsTerminal = stdinIsTerminal
        self.stdoutIsTerminal = stdoutIsTerminal
        self.stderrIsTerminal = stderrIsTerminal
        self.columns = columns
        self.term = term
        self.noColor = noColor
        self.forcesColor = forcesColor
    }

    /// The facts about descriptors 0, 1 and 2 of this process.
    package static func system(environment: [String: String]) -> TerminalInfo {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        return TerminalInfo(
            stdinIsTerminal: isatty(0) == 1, stdoutIsTerminal: isatty(1) == 1, stderrIsTerminal: isatty(2) == 1,
            columns: systemColumns(environment: environment), term: value("TERM"), noColor: value("NO_COLOR") != nil,
            forcesColor: value("CLICOLOR_FORCE").map { $0 != "0" } ?? false)
    }

    /// The width of the terminal as it is now: `COLUMNS` if that is a number from 20 to 9999, else what the terminal on
    /// stdout or stderr says, else 80.
    private static func systemColumns(environment: [String: String]) -> Int {
        if let columns = environment["COLUMNS"].flatMap({ Int($0) }), (20...9999).contains(columns) { return columns }
        for descriptor in [Int32(1), 2] {
            var size = winsize()
            if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        }
        return 80
    }

    /// Whether text for `stream` gets escape sequences.
    ///
    /// A choice of `always` or `never` beats the environment, and `NO_COLOR` beats `CLICOLOR_FORCE`.
    package func usesColor(on stream: OutputStream, choice: ColorChoice) -> Bool {
        switch choice {
        case .always: true
        case .never: false
        case .auto where noColor: false
        case .auto where forcesColor: true
        case .auto: (stream == .stdout ? stdoutIsTerminal : stderrIsTerminal) && understandsEscapes
        }
    }

    /// Whether a question can be put to a person: it is shown on stderr and answered on stdin.
    ///
    /// True for `TERM=dumb` too: there `LineEditor` reads a line without escape sequences.
    package var canPrompt: Bool { stdinIsTerminal && stderrIsTerminal }

    /// Whether a line on stderr can be redrawn in place.
    package var canAnimate: Bool { stderrIsTerminal && understandsEscapes }

    private var understandsEscapes: Bool { term != nil && term != "dumb" }
}
