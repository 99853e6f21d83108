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

/// What the program's streams are connected to, and what that means for colour, prompts and progress.
package struct TerminalInfo: Sendable, Equatable {
    /// The stream that a text is written to, for the decision on colour.
    package enum OutputStream: Sendable { case stdout, stderr }

    package var stdinIsTerminal: Bool
    package var stdoutIsTerminal: Bool
    package var stderrIsTerminal: Bool
    /// The terminal type, from `TERM`; nil if unset or empty.
    package var term: String?
    /// Whether `NO_COLOR` is set and not empty (no-color.org).
    package var noColor: Bool
    /// Whether `CLICOLOR_FORCE` is set, not empty and not 0.
    package var forcesColor: Bool
    /// Whether the terminal is known to support hyperlinks (OSC 8).
    package var showsHyperlinks = false
    /// Whether the terminal, when it gets narrower, breaks a line that it shows into several. Most do; xterm, the
    /// console of Linux and GNU screen cut it.
    package private(set) var rewrapsLines = true
    /// The height of the terminal, in lines.
    package var rows: Int { fixedRows ?? Self.size(of: 1)?.rows ?? 24 }
    private var fixedRows: Int?
    /// The program that shows output longer than the terminal; nil if there is none.
    package var pager: Pager?
    private let width: Width

    private enum Width: Equatable {
        case fixed(Int)
        /// Asked of the terminal on each use; `variable` is the value of `COLUMNS`.
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

    /// Returns the facts about descriptors 0, 1 and 2 of this process.
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
        // In a multiplexer, the variables describe the outer terminal, which may be able to do more.
        let isInside = value("TMUX") != nil || value("STY") != nil
        rewrapsLines =
            value("TMUX") != nil || value("STY") == nil && value("XTERM_VERSION") == nil && term != "linux"
        let programs = ["iTerm.app", "WezTerm", "vscode", "ghostty", "Tabby", "rio"]
        showsHyperlinks =
            !isInside
            && (programs.contains(value("TERM_PROGRAM") ?? "") || (Int(value("VTE_VERSION") ?? "") ?? 0) >= 5_000
                || ["WT_SESSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID", "DOMTERM"].contains { value($0) != nil }
                || ["xterm-kitty", "xterm-ghostty", "alacritty", "foot", "contour"].contains(term ?? ""))
    }

    /// The width to lay out text for, in columns: `COLUMNS` if that is a number from 20 to 9999, else the width of the
    /// terminal on stdout or stderr, else 80.
    ///
    /// Asked anew each time, because windows are resized.
    package var columns: Int {
        switch width {
        case .fixed(let columns): columns
        case .asked(let variable): variable ?? Self.columns(of: 1) ?? Self.columns(of: 2) ?? 80
        }
    }

    /// The width for a line on stderr that is redrawn in place, in columns. Whatever `COLUMNS` says, it is not more
    /// than the terminal has now, because each redraw of a wider line would fill another row.
    package var redrawnColumns: Int {
        guard case .asked(let variable) = width, let columns = Self.columns(of: 2) else { return columns }
        return min(variable ?? columns, columns)
    }

    /// Returns the width of the terminal; nil if it is no terminal or doesn't know its width.
    static func columns(of descriptor: Int32) -> Int? { size(of: descriptor)?.columns }

    private static func size(of descriptor: Int32) -> (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_col), size.ws_row > 0 ? Int(size.ws_row) : 24)
    }

    /// Whether text for `stream` gets escape sequences.
    ///
    /// A choice of `always` or `never` overrides the environment, and `NO_COLOR` overrides `CLICOLOR_FORCE`.
    package func usesColor(on stream: OutputStream, choice: ColorChoice) -> Bool {
        switch choice {
        case .always: true
        case .never: false
        case .auto where noColor: false
        case .auto where forcesColor: true
        case .auto: (stream == .stdout ? stdoutIsTerminal : stderrIsTerminal) && understandsEscapes
        }
    }

    /// Whether a person can be asked a question, which is shown on stderr and answered on stdin.
    ///
    /// Also true for `TERM=dumb`, where `LineEditor` reads a line without escape sequences.
    package var canPrompt: Bool { stdinIsTerminal && stderrIsTerminal }

    /// Whether a line on stderr can be redrawn in place.
    package var canAnimate: Bool { stderrIsTerminal && understandsEscapes }

    private var understandsEscapes: Bool { term != nil && term != "dumb" }
}
