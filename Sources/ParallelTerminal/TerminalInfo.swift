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
    /// The type of the terminal, from `TERM`; nil if unset or empty.
    package var term: String?
    /// True if `NO_COLOR` is set and not empty (no-color.org).
    package var noColor: Bool
    /// True if `CLICOLOR_FORCE` is set, not empty and not 0.
    package var forcesColor: Bool
    /// Whether it is known to show links that are written as OSC 8.
    package var showsHyperlinks = false
    /// The lines that it shows at once.
    package var rows: Int { fixedRows ?? Self.size(of: 1)?.rows ?? 24 }
    private var fixedRows: Int?
    /// What shows what is longer than that.
    package var pager: Pager?
    private let width: Width

    private enum Width: Equatable {
        case fixed(Int)
        /// Asked of the terminal, with what `COLUMNS` says.
        case asked(variable: Int?)
    }

    package init(
        stdinIsTerminal: Bool = false, stdoutIsTerminal: Bool = false, stderrIsTerminal: Bool = false,
        columns: Int = 80, rows: Int = 24,
        term: String? = nil, noColor: Bool = false, forcesColor: Bool = false
    ) {
        self.stdinIsTerminal = stdinIsTerminal
        self.stdoutIsTerminal = stdoutIsTerminal
        self.stderrIsTerminal = stderrIsTerminal
        width = .fixed(columns)
        fixedRows = rows
        self.term = term
        self.noColor = noColor
        self.forcesColor = forcesColor
    }

    /// The facts about descriptors 0, 1 and 2 of this process.
    package static func system(environment: [String: String]) -> TerminalInfo { TerminalInfo(environment: environment) }

    private init(environment: [String: String]) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        (stdinIsTerminal, stdoutIsTerminal, stderrIsTerminal) = (isatty(0) == 1, isatty(1) == 1, isatty(2) == 1)
        let columns = value("COLUMNS").flatMap { Int($0) }
        width = .asked(variable: columns.flatMap { (20...9999).contains($0) ? $0 : nil })
        term = value("TERM")
        noColor = value("NO_COLOR") != nil
        forcesColor = value("CLICOLOR_FORCE").map { $0 != "0" } ?? false
        pager = Pager(environment: environment)
        // A multiplexer hands on the variables of the terminal around it, but not all of its abilities.
        let isInside = value("TMUX") != nil || value("STY") != nil
        let programs = ["iTerm.app", "WezTerm", "vscode", "ghostty", "Tabby", "rio"]
        showsHyperlinks =
            !isInside
            && (programs.contains(value("TERM_PROGRAM") ?? "") || (Int(value("VTE_VERSION") ?? "") ?? 0) >= 5_000
                || ["WT_SESSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID", "DOMTERM"].contains { value($0) != nil }
                || ["xterm-kitty", "xterm-ghostty", "alacritty", "foot", "contour"].contains(term ?? ""))
    }

    /// The width to lay out text for, in columns: `COLUMNS` if that is a number from 20 to 9999, else what the terminal
    /// on stdout or stderr says, else 80.
    ///
    /// Asked anew each time, as windows are made narrower and wider.
    package var columns: Int {
        switch width {
        case .fixed(let columns): columns
        case .asked(let variable): variable ?? Self.columns(of: 1) ?? Self.columns(of: 2) ?? 80
        }
    }

    /// The width for a line on stderr that is redrawn in place, in columns: whatever `COLUMNS` says, not more than the
    /// terminal has just now, where a wider line would fill one row after the other.
    package var redrawnColumns: Int {
        guard case .asked(let variable) = width, let columns = Self.columns(of: 2) else { return columns }
        return min(variable ?? columns, columns)
    }

    /// Nil for what is no terminal, and for one that does not know.
    private static func columns(of descriptor: Int32) -> Int? { size(of: descriptor)?.columns }

    private static func size(of descriptor: Int32) -> (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_col), size.ws_row > 0 ? Int(size.ws_row) : 24)
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
