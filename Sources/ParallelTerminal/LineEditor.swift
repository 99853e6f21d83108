import CEdit
import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads lines that a person types at a terminal, with libedit if it is installed, else with the terminal's own
/// editing.
///
/// Calls block their thread; `Prompter` makes them on a thread of their own. The terminal's settings are restored when
/// a call returns, and when the program exits during one.
package struct LineEditor: Sendable {
    /// How reading a line ended.
    package enum Result: Sendable, Equatable {
        /// The text that was typed, without its line end; pasted text may hold line feeds.
        case line(String)
        /// Ctrl-C; the text that was typed is lost.
        case interrupted
        /// Ctrl-D on an empty line, or the end of a pipe.
        case endOfInput
    }

    /// The terminal could not be read or written.
    package struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        package let reason: String
        package var description: String { "can't read from the terminal: \(reason)" }
    }

    /// The name of libedit's file, which has its version: `libedit.so.2.0.72`; nil if it is not installed.
    package static var library: String? {
        let path = cedit_library().map { String(cString: $0) }
        return path.flatMap { (UserFile.resolved($0) ?? $0).parts(between: "/").last.map(String.init) }
    }

    private let input: Int32
    private let output: Int32
    private let terminalType: String?
    private let rewrapsLines: Bool

    /// Makes an editor that reads the terminal `input` and shows prompt and echo on `output`: stderr by default, since
    /// stdout is data.
    ///
    /// - Parameters:
    ///   - terminalType: the value of `TERM`; for nil and `dumb` no escape sequences are written.
    ///   - rewrapsLines: `TerminalInfo.rewrapsLines`.
    package init(
        input: Int32 = STDIN_FILENO, output: Int32 = STDERR_FILENO, terminalType: String?, rewrapsLines: Bool = true
    ) {
        self.input = input
        self.output = output
        self.terminalType = terminalType
        self.rewrapsLines = rewrapsLines
    }

    /// Restores the terminal if another thread is reading a line, for ways of ending that skip `exit`, such as a
    /// signal.
    ///
    /// Returns whether another thread was reading a line.
    @discardableResult
    package static func restoreTerminal() -> Bool {
        TerminalModes.restore()
    }

    /// Discards what was typed and not read.
    package func discardInput() { tcflush(input, TCIFLUSH) }

    /// Reads a line after `prompt`, which is plain text. The up arrow recalls the lines of `history`, newest first.
    ///
    /// - Parameters:
    ///   - isHidden: whether what is typed is not shown.
    ///   - assistance: what completes words and says whether Enter ends the text; nil for a plain line.
    package func readLine(
        prompt: String, history: [String] = [], isHidden: Bool = false, assistance: LineAssistance? = nil
    ) throws(Failure) -> Result {
        do {
            try JobControl.awaitForeground(of: input)
            let leaving = understandsEscapes ? "\u{1B}[?2004l" : ""
            return try TerminalModes.preserving(input: input, output: output, leaving: leaving) {
                (modes) throws(SystemError) in
                guard let modes else {
                    return try readPlainText(prompt: prompt, isTerminal: false, assistance: assistance)
                }
                return try Suspension.handlingStops { () throws(SystemError) in
                    if !isHidden, let result = try edit(prompt: prompt, history: history, assistance: assistance) {
                        return result
                    }
                    TerminalModes.set(Self.lineModes(modes, isHidden), on: input)
                    let result = try readPlainText(
                        prompt: prompt, isTerminal: true, isHidden: isHidden, assistance: assistance)
                    // Nor was the line's end shown.
                    if isHidden, result != .interrupted { try show("\n") }
                    return result
                }
            }
        } catch {
            throw Failure(reason: error.reason)
        }
    }

    private var understandsEscapes: Bool { terminalType != nil && terminalType != "dumb" && isatty(output) == 1 }

    /// Reads a line with libedit; returns nil if libedit can't be used here.
    private func edit(
        prompt: String, history: [String], assistance: LineAssistance?
    ) throws(SystemError) -> Result? {
        guard understandsEscapes else { return nil }
        let keys = EditingKeys(assistance, rewrapsLines: rewrapsLines)
        defer { withExtendedLifetime(keys) {} }
        guard let editor = cedit_open(input, output, terminalType, keys.calls) else { return nil }
        defer { cedit_close(editor) }
        for line in history { keys.recall(line, editor) }
        var line: UnsafePointer<CChar>?
        switch cedit_read(editor, ControlCharacters.neutralisedLines(prompt), &line) {
        case CEDIT_LINE: return .line(line.map { keys.unfolded(String(cString: $0)) } ?? "")
        case CEDIT_INTERRUPTED: return .interrupted
        case CEDIT_END_OF_INPUT: return .endOfInput
        default: throw SystemError(code: errno)
        }
    }

    /// Returns the settings with which the terminal edits the line, Ctrl-C ends it and Ctrl-Z stops the program.
    private static func lineModes(_ modes: termios, _ isHidden: Bool) -> termios {
        var modes = modes
        if isHidden { modes.c_lflag &= ~tcflag_t(ECHO) }
        modes.c_lflag |= tcflag_t(ICANON | ISIG)
        withUnsafeMutableBytes(of: &modes.c_cc) {
            $0[Int(VINTR)] = noCharacter
            $0[Int(VQUIT)] = noCharacter
            $0[Int(VEOL)] = controlC
        }
        return modes
    }

    /// `_POSIX_VDISABLE`, which disables a special character.
    #if canImport(Darwin)
        private static let noCharacter: UInt8 = 0xFF
    #else
        private static let noCharacter: UInt8 = 0
    #endif

    private static let controlC: UInt8 = 3

    /// Reads lines until `assistance` takes them for a whole text.
    private func readPlainText(
        prompt: String, isTerminal: Bool, isHidden: Bool = false, assistance: LineAssistance?
    ) throws(SystemError) -> Result {
        var text: String?
        while true {
            let shown = text == nil ? prompt : Self.nextPrompt
            switch try readPlainly(prompt: shown, isTerminal: isTerminal, isHidden: isHidden) {
            case .line(let line):
                let whole = text.map { $0 + "\n" + line } ?? line
                guard assistance?.isUnfinished(whole) == true else { return .line(whole) }
                text = whole
            case .interrupted: return .interrupted
            case .endOfInput: return text.map(Result.line) ?? .endOfInput
            }
        }
    }

    /// What stands before the further lines of a text, where there is no editor.
    private static let nextPrompt = "> "

    /// Reads a line byte by byte, so that what follows it stays for the next reader.
    private func readPlainly(
        prompt: String, isTerminal: Bool, isHidden: Bool = false
    ) throws(SystemError) -> Result {
        try show(prompt)
        var line: [UInt8] = []
        while true {
            if isTerminal {
                try Suspension.waitForInput(on: input, leave: TerminalModes.leave) {
                    if let modes = TerminalModes.saveAgain() {
                        TerminalModes.set(Self.lineModes(modes, isHidden), on: input)
                    }
                    try? show(prompt)
                }
            }
            guard let byte = try FileDescriptor.read(upTo: 1, from: input).first else { break }
            if byte == UInt8(ascii: "\n") {
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                return .line(String(decoding: line, as: UTF8.self))
            }
            if byte == Self.controlC {
                try FileDescriptor.write(CollectionOfOne(UInt8(ascii: "\n")), to: output)
                return .interrupted
            }
            line.append(byte)
        }
        return line.isEmpty ? .endOfInput : .line(String(decoding: line, as: UTF8.self))
    }

    private func show(_ prompt: String) throws(SystemError) {
        try FileDescriptor.write(ControlCharacters.neutralisedLines(prompt).utf8, to: output)
    }
}
