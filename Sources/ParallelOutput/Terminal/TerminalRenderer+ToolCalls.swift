import ParallelJSON
import ParallelSystem
import ParallelTerminal

extension TerminalRenderer {
    /// Tool calls one below the other: which server, which tool, what was asked, what came back.
    func toolCalls(_ trace: Document.ToolCalls, _ columns: Int) -> [StyledLine] {
        var lines = [StyledLine(trace.title, .bold)]
        var isShortened = false
        for (index, call) in trace.calls.enumerated() {
            if index > 0 { lines.append(.empty) }
            let title = ControlCharacters.neutralised("\(call.server) › \(call.tool)")
            lines += LineBreaker.lines(
                [Piece(text: "\(index + 1). "), Piece(text: title, look: .bold)], columns: columns)
            let limit = trace.lineLimit
            lines += section("arguments", [], Self.arguments(call.arguments), limit, columns, &isShortened)
            let label: (String, Look) = call.isError ? ("error", .red) : ("response", [])
            lines += section(label.0, label.1, Self.answer(call.answer), limit, columns, &isShortened)
        }
        if isShortened, !trace.whereAllIs.isEmpty {
            lines += [.empty, StyledLine(ControlCharacters.neutralised(trace.whereAllIs))]
        }
        return lines
    }

    /// Lines of a section before they are broken.
    private struct Section {
        var lines: [String]
        var mayStandBehindLabel = true
    }

    /// A labelled list of lines; a single one that is no list stands behind its label.
    private func section(
        _ label: String, _ look: Look, _ section: Section, _ limit: Int?, _ columns: Int, _ isShortened: inout Bool
    ) -> [StyledLine] {
        var title = StyledLine("   ")
        title.append(label, look)
        title.append(":")
        if section.lines.count == 1, section.mayStandBehindLabel,
            title.width + 1 + section.lines[0].displayWidth <= columns
        {
            title.append(" " + section.lines[0])
            return [title]
        }
        let lines = section.lines.flatMap { Self.broken($0, indent: 6, columns) }
        // A line that says that one more is hidden would take that one's place.
        guard let limit, lines.count > limit + 1 else { return [title] + lines }
        isShortened = true
        return [title] + lines.prefix(limit) + [StyledLine("      … \(lines.count - limit) more lines", .dim)]
    }

    /// `name: value`, one to a line; what is inside a value is laid out below it.
    private static func arguments(_ text: String) -> Section {
        guard let object = (try? JSONValue.parse(text))?.object else {
            return text.isEmpty ? Section(lines: ["none"]) : answer(text)
        }
        if object.isEmpty { return Section(lines: ["none"]) }
        let lines = object.members.flatMap { member -> [String] in
            let name = ControlCharacters.neutralised(member.key)
            var value = Self.lines(member.value.string ?? member.value.serialized(.pretty))
            // Of a text the lines below the first are indented; those of JSON show by themselves where they belong.
            if member.value.string != nil { value = value.prefix(1) + value.dropFirst().map { "  " + $0 } }
            return ["\(name): \(value[0])"] + value.dropFirst()
        }
        return Section(lines: lines, mayStandBehindLabel: false)
    }

    private static func answer(_ text: String) -> Section {
        text.isEmpty
            ? Section(lines: ["empty"])
            : Section(lines: lines((try? JSONValue.parse(text))?.serialized(.pretty) ?? text))
    }

    private static func lines(_ text: String) -> [String] {
        ControlCharacters.neutralisedLines(text).parts(between: "\n").map(String.init)
    }

    /// A line broken to the width; what did not fit stands deeper than it began.
    private static func broken(_ line: String, indent: Int, _ columns: Int) -> [StyledLine] {
        let spaces = line.utf8.prefix { $0 == Mark.space }.count
        let whole = String(repeating: " ", count: indent + min(spaces, columns / 2))
        let lines = TextWrap.lines(
            String(line.dropping(bytes: min(spaces, columns / 2))), columns: columns - 2, indent: whole)
        return lines.enumerated().map { StyledLine($0 == 0 || $1.isEmpty ? $1 : "  " + $1) }
    }
}
