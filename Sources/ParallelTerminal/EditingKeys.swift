import CEdit
import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What keys do to a line that is edited with libedit, beyond what libedit has for them.
///
/// Only the thread that reads the line uses it.
final class EditingKeys {
    private let assistance: LineAssistance?
    private let rewrapsLines: Bool
    private var folds = FoldedTexts()
    /// What the arrow up recalls, as it is edited.
    private var history: [String] = []

    init(_ assistance: LineAssistance?, rewrapsLines: Bool) {
        self.assistance = assistance
        self.rewrapsLines = rewrapsLines
    }

    /// What libedit calls; this object must outlive the editor.
    var calls: cedit_calls {
        cedit_calls(
            context: Unmanaged.passUnretained(self).toOpaque(),
            wait: { context, editor, input in EditingKeys.at(context)?.wait(editor, input) ?? false },
            press: { context, editor, key, pasted in
                guard let editor else { return false }
                return EditingKeys.at(context)?.press(key, pasted.map { String(cString: $0) }, editor) ?? false
            })
    }

    private static func at(_ context: UnsafeMutableRawPointer?) -> EditingKeys? {
        context.map { Unmanaged<EditingKeys>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Whether a text would be too high for the screen: libedit draws only the end of it, and the cursor in the wrong
    /// place.
    private func isHigh(_ text: String, _ editor: OpaquePointer) -> Bool {
        let size = cedit_terminal_size(editor)
        let rows = text.utf8.count { $0 == 0x0A } + text.utf8.count / Int(max(1, size.columns))
        return rows >= max(4, Int(size.rows) - 4)
    }

    /// Begins a line at the cursor, and folds what is before it if the text gets too high.
    private func addLine(to text: EditedText, _ editor: OpaquePointer) {
        if isHigh(text.whole, editor) {
            let count = Int32(clamping: text.before.unicodeScalars.count)
            cedit_replace(editor, count, folds.fold(unfolded(text.before)) + "\n")
        } else {
            cedit_replace(editor, 0, "\n")
        }
    }

    /// Adds a text that the arrow up recalls; the newest comes last.
    func recall(_ text: String, _ editor: OpaquePointer) {
        history.append(isHigh(text, editor) ? folds.fold(text) : text)
        cedit_add_history(editor, history[history.count - 1])
    }

    func unfolded(_ line: String) -> String { folds.unfold(line) }

    /// Waits for the next typed byte; returns false and sets `errno` if there can't be one.
    private func wait(_ editor: OpaquePointer?, _ input: Int32) -> Bool {
        do throws(SystemError) {
            try Suspension.waitForInput(on: input) {
                cedit_leave(editor)
                TerminalModes.leave()
            } resize: {
                cedit_resize(editor, rewrapsLines)
            } enter: {
                _ = TerminalModes.saveAgain()
                cedit_enter(editor)
            }
            return true
        } catch {
            errno = error.code
            return false
        }
    }

    /// Does the work of a key; returns false if libedit is to do it.
    private func press(_ key: cedit_key, _ pasted: String?, _ editor: OpaquePointer) -> Bool {
        let text = EditedText(cedit_current(editor))
        switch key {
        case CEDIT_COMPLETE: return complete(text, editor)
        case CEDIT_PASTE:
            let pasted = pasted ?? ""
            // What is shorter than the way it would be shown only makes the line longer.
            let isFolded = pasted.utf8.count > FoldedTexts.longestShown && isHigh(text.whole + pasted, editor)
            cedit_replace(editor, 0, isFolded ? folds.fold(pasted) : pasted)
        case CEDIT_END where assistance?.isUnfinished(unfolded(text.whole)) == true: addLine(to: text, editor)
        case CEDIT_BREAK: addLine(to: text, editor)
        case CEDIT_UP:
            // Several arrows up go through the history, also through its texts of several lines.
            let isRecalled = text.after.isEmpty && history.contains { $0.isExactly(text.before) }
            guard !isRecalled, let distance = text.distanceUp else { return false }
            cedit_move(editor, distance)
        case CEDIT_DOWN:
            guard let distance = text.distanceDown else { return false }
            cedit_move(editor, distance)
        case CEDIT_BACKSPACE, CEDIT_WORD_BACKSPACE:
            guard let length = folds.lengthOfFold(atEndOf: text.before) else { return false }
            cedit_replace(editor, length, "")
        default: return false
        }
        return true
    }

    private func complete(_ text: EditedText, _ editor: OpaquePointer) -> Bool {
        guard let completion = assistance?.complete(unfolded(text.before)), !completion.candidates.isEmpty else {
            return false
        }
        let size = cedit_terminal_size(editor)
        if let (replaced, addition) = completion.insertion(behind: text.before) {
            cedit_replace(editor, replaced, addition)
        } else {
            let rows = CompletionList.rows(completion.candidates, columns: Int(size.columns), rows: Int(size.rows))
            cedit_show_below(editor, rows.map { $0 + "\r\n" }.joined())
        }
        return true
    }
}

/// A text with a cursor in it.
struct EditedText {
    let before: String
    let after: String

    init(before: String, after: String) {
        self.before = before
        self.after = after
    }

    init(_ text: cedit_text) {
        let bytes = UnsafeRawBufferPointer(start: text.bytes, count: Int(text.length))
        before = String(decoding: bytes.prefix(Int(text.before)), as: UTF8.self)
        after = String(decoding: bytes.dropFirst(Int(text.before)), as: UTF8.self)
    }

    var whole: String { before + after }

    /// How many characters the cursor moves to the same column of the line above; nil on the first line.
    var distanceUp: Int32? {
        let lines = before.parts(between: "\n")
        guard lines.count > 1 else { return nil }
        let (column, above) = (lines[lines.count - 1].unicodeScalars.count, lines[lines.count - 2].unicodeScalars.count)
        return Int32(clamping: -max(column + 1, above + 1))
    }

    /// The same for the line below; nil on the last line.
    var distanceDown: Int32? {
        let lines = after.parts(between: "\n")
        guard lines.count > 1 else { return nil }
        let column = before.parts(between: "\n").last?.unicodeScalars.count ?? 0
        return Int32(clamping: lines[0].unicodeScalars.count + 1 + min(column, lines[1].unicodeScalars.count))
    }
}
