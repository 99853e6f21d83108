import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// The trace of MCP tool calls as text: which server, which tool, what was asked, what came back.
struct ToolTrace {
    private(set) var text: String
    /// Whether the text leaves lines out.
    private(set) var isShortened = false
    private let output: Output
    private let limit: Int?

    /// On a terminal at most `limit` lines are shown of one list of arguments or one answer; nil shows everything.
    init(_ calls: [ToolCall], _ output: Output, limit: Int? = nil) {
        self.output = output
        self.limit = limit
        text = output.style(.bold, "MCP tool calls (\(calls.count))") + "\n"
        for (index, call) in calls.enumerated() {
            if index > 0, output.isTerminal { text += "\n" }
            text += block(call, number: index + 1)
        }
    }

    private mutating func block(_ call: ToolCall, number: Int) -> String {
        let (label, style, text): (String, Style?, String) =
            switch call.outcome {
            case .content(let text): ("response", nil, output.shown(text))
            case .error(let text): ("error", .red, output.shown(text))
            }
        let name = output.shown("\(call.server) › \(call.tool)")
        let given = output.shown(call.arguments)
        guard output.isTerminal else {
            return "\(number). " + output.style(.bold, Self.indented(name)) + "\n"
                + "   arguments: \(Self.compact(given))\n"
                + "   \(styled(label, style)): \(Self.compact(text))\n"
        }
        let title = ControlCharacters.neutralised(name)
        return "\(number). " + output.style(.bold, title) + "\n"
            + section("arguments", nil, arguments(given))
            + section(label, style, answer(text))
    }

    private func styled(_ label: String, _ style: Style?) -> String { style.map { output.style($0, label) } ?? label }

    // MARK: - In a pipe

    /// JSON on one line; other text as it is, its further lines indented so that none looks like a part of the trace.
    private static func compact(_ text: String) -> String {
        indented((try? JSONValue.parse(text))?.serialized() ?? text)
    }

    private static func indented(_ text: String) -> String {
        text.lines.joined(separator: "\n      ")
    }

    // MARK: - On a terminal

    /// A labelled list of lines; a single one that is no list stands behind its label.
    private mutating func section(_ label: String, _ style: Style?, _ lines: Lines) -> String {
        let shownLabel = "   \(styled(label, style)):"
        let indent = "      "
        if let line = lines.inline, line.displayWidth + label.count + 5 <= output.columns {
            return "\(shownLabel) \(line)\n"
        }
        let wrapped = lines.all.flatMap { wrap($0, indent) }
        // A line that says that one more is hidden would take that one's place.
        guard let limit, wrapped.count > limit + 1 else {
            return shownLabel + "\n" + wrapped.map { $0 + "\n" }.joined()
        }
        isShortened = true
        let rest = indent + output.style(.dim, "… \(wrapped.count - limit) more lines")
        return shownLabel + "\n" + (wrapped.prefix(limit) + [rest]).map { $0 + "\n" }.joined()
    }

    /// Lines of a section before they are wrapped.
    private struct Lines {
        var all: [String]
        var mayStandBehindLabel = true

        /// The only line, if it says enough without a line of its own.
        var inline: String? { all.count == 1 && mayStandBehindLabel ? all[0] : nil }
    }

    /// `name: value`, one to a line; what is inside a value is laid out below it.
    private func arguments(_ text: String) -> Lines {
        guard let object = (try? JSONValue.parse(text))?.object else {
            return text.isEmpty ? Lines(all: ["none"]) : answer(text)
        }
        guard !object.isEmpty else { return Lines(all: ["none"]) }
        let lines = object.members.flatMap { member -> [String] in
            let name = ControlCharacters.neutralised(member.key)
            var value = Self.lines(member.value.string ?? member.value.serialized(.pretty))
            // Of a text the lines below the first are indented; those of JSON show by themselves where they belong.
            if member.value.string != nil { value = value.prefix(1) + value.dropFirst().map { "  " + $0 } }
            return ["\(name): \(value[0])"] + value.dropFirst()
        }
        return Lines(all: lines, mayStandBehindLabel: false)
    }

    private func answer(_ text: String) -> Lines {
        if text.isEmpty { return Lines(all: ["empty"]) }
        return Lines(all: Self.lines((try? JSONValue.parse(text))?.serialized(.pretty) ?? text))
    }

    private static func lines(_ text: String) -> [String] {
        ControlCharacters.neutralisedLines(text).parts(between: "\n").map(
            String.init)
    }

    /// A line broken to the terminal's width; what did not fit stands deeper than it began.
    private func wrap(_ line: String, _ indent: String) -> [String] {
        let depth = min(line.prefix { $0 == " " }.count, output.columns / 2)
        let whole = indent + String(repeating: " ", count: depth)
        let lines = TextWrap.lines(String(line.dropFirst(depth)), columns: output.columns - 2, indent: whole)
        return lines.prefix(1) + lines.dropFirst().map { $0.isEmpty ? "" : "  " + $0 }
    }
}
