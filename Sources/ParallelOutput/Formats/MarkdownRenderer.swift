import ParallelSystem

/// Writes a document as Markdown (CommonMark with GitHub's tables).
///
/// What is text in the document stays text: signs of it that Markdown would take for markup get a backslash. Blocks
/// that are Markdown already are copied.
package struct MarkdownRenderer {
    package static func render(_ document: Document) -> String {
        let text = MarkdownRenderer().text(document.blocks, level: 2)
        return text.isEmpty ? "" : text + "\n"
    }

    /// Blocks with empty lines between them. `level` is that of the next heading for fields.
    private func text(_ blocks: [Document.Block], level: Int, tight: Bool = false) -> String {
        var level = level
        var parts: [String] = []
        var wasOther = true
        for block in blocks {
            if case .heading(let own, _) = block { level = own + 1 }
            // Two lists in a row would be one, unless their markers differ.
            let usesOther = Self.isList(block) && !wasOther
            let text = text(block, level, usesOtherMarker: usesOther)
            if text.isEmpty { continue }
            parts.append(text)
            wasOther = !Self.isList(block) || usesOther
        }
        return parts.joined(separator: tight ? "\n" : "\n\n")
    }

    private static func isList(_ block: Document.Block) -> Bool {
        switch block {
        case .list, .fields, .sources: true
        default: false
        }
    }

    private func text(_ block: Document.Block, _ level: Int, usesOtherMarker: Bool) -> String {
        switch block {
        case .heading(let level, let line): heading(level, text(line, isOneLine: true))
        case .paragraph(let line): text(line)
        case .list(let list): self.list(list, level, usesOtherMarker)
        case .table(let table): self.table(table)
        case .fields(let fields): self.fields(fields, level, usesOtherMarker)
        case .code(let code, let language): self.code(code, language)
        case .quote(let blocks): Self.prefixed(text(blocks, level: level), by: "> ")
        case .rule: "---"
        case .sources(let sources):
            sources.map { source($0, usesOtherMarker) }
                .joined(separator: sources.contains { !$0.excerpts.isEmpty } ? "\n\n" : "\n")
        case .toolCalls(let trace):
            // A section like the one in front of it.
            ([heading(max(2, level - 1), escaped(trace.title))] + toolCalls(trace)).joined(separator: "\n\n")
        case .markdown(let text): String(text.trimmed { $0 == "\n" || $0 == "\r" })
        }
    }

    private func heading(_ level: Int, _ text: String) -> String {
        // Number signs at the end of a heading would be dropped as its closing sequence.
        let isClosed = text.utf8.last == Mark.hash && text.utf8.last { $0 != Mark.hash } == Mark.space
        return String(repeating: "#", count: min(max(level, 1), 6)) + " " + (isClosed ? text.dropLast() + "\\#" : text)
    }

    private func list(_ list: Document.List, _ level: Int, _ usesOtherMarker: Bool) -> String {
        list.items.enumerated().map { index, item in
            let marker = list.start.map { Self.number($0 + index, usesOtherMarker) } ?? Self.bullet(usesOtherMarker)
            let indent = String(repeating: " ", count: marker.utf8.count)
            return marker
                + Self.prefixed(text(item, level: level, tight: !list.isLoose), by: indent).dropping(
                    bytes: indent.utf8.count)
        }.joined(separator: list.isLoose ? "\n\n" : "\n")
    }

    private static func bullet(_ usesOtherMarker: Bool) -> String { usesOtherMarker ? "* " : "- " }

    private static func number(_ number: Int, _ usesOtherMarker: Bool) -> String {
        "\(number)\(usesOtherMarker ? ")" : ".") "
    }

    private static func prefixed(_ text: String, by prefix: String) -> String {
        text.lines.map { $0.isEmpty ? String(prefix.trimmed) : prefix + $0 }.joined(separator: "\n")
    }

    /// Short values as a list, others under a heading.
    private func fields(_ fields: [Document.Field], _ level: Int, _ usesOtherMarker: Bool) -> String {
        var parts: [String] = []
        let ordered = fields.linesFirst
        let lines = ordered.compactMap { field in
            field.line.map { line in
                let name: [Document.Inline] = [.strong(field.name + [.text(":")]), .text(" ")]
                let note: [Document.Inline] = field.note.isEmpty ? [] : [.note(field.note)]
                return Self.bullet(usesOtherMarker) + text(name + line + note, isOneLine: true)
            }
        }
        if !lines.isEmpty { parts.append(lines.joined(separator: "\n")) }
        for field in ordered.dropFirst(lines.count) {
            parts.append(heading(level, text(field.name, isOneLine: true)))
            if !field.note.isEmpty { parts.append(text([.note(field.note)])) }
            parts.append(text(field.value, level: level + 1))
        }
        return parts.joined(separator: "\n\n")
    }

    private func table(_ table: Document.Table) -> String {
        // Programs read these, too, so that every column is in its place.
        let used = table.columns.indices
        func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        let lines = used.map { column in
            switch table.columns[column].alignment {
            case .leading: "---"
            case .center: ":-:"
            case .trailing: "--:"
            }
        }
        let rows = table.rows.map { cells in
            row(used.map { $0 < cells.count ? Self.cell(text(cells[$0], isOneLine: true)) : "" })
        }
        return ([row(used.map { Self.cell(text(table.columns[$0].heading, isOneLine: true)) }), row(lines)] + rows)
            .joined(separator: "\n")
    }

    /// A pipe ends a cell even in code, unless it is escaped.
    private static func cell(_ text: String) -> String {
        text.has("|") ? text.parts(between: "|").joined(separator: "\\|") : text
    }

    /// A fence that is longer than any in the code.
    private func code(_ code: String, _ language: String) -> String {
        let isBacktick = !language.has("`")
        let longest = Self.longestRun(of: isBacktick ? Mark.backtick : Mark.tilde, in: code)
        let fence = String(repeating: isBacktick ? "`" : "~", count: max(3, longest + 1))
        return "\(fence)\(language.lines.joined(separator: " "))\n\(code)\n\(fence)"
    }

    private static func longestRun(of byte: UInt8, in text: String) -> Int {
        var (longest, length) = (0, 0)
        for other in text.utf8 {
            length = other == byte ? length + 1 : 0
            longest = max(longest, length)
        }
        return longest
    }

    private func source(_ source: Document.Source, _ usesOtherMarker: Bool) -> String {
        let title = source.title.flatMap { $0.isBlank ? nil : $0 }
        let link = text([.link([.text(title ?? source.url)], url: source.url)])
        let marker = Self.number(source.number, usesOtherMarker)
        let indent = String(repeating: " ", count: marker.utf8.count)
        let excerpts = source.excerpts.filter { !$0.isBlank }.map {
            "\n\n" + Self.prefixed(text([.quote(Document.Block.paragraphs($0))], level: 6), by: indent)
        }
        return marker + link + excerpts.joined()
    }

    private func toolCalls(_ trace: Document.ToolCalls) -> [String] {
        trace.calls.enumerated().map { index, call in
            let parts = [
                "**\(escaped("\(call.server) › \(call.tool)"))**",
                "Arguments:", code(call.arguments, "json"),
                call.isError ? "Error:" : "Response:", code(call.answer, ""),
            ]
            let marker = Self.number(index + 1, false)
            let indent = String(repeating: " ", count: marker.utf8.count)
            return marker
                + Self.prefixed(parts.joined(separator: "\n\n"), by: indent).dropping(bytes: indent.utf8.count)
        }
    }

    // MARK: - Spans

    private func text(_ line: [Document.Inline], isOneLine: Bool = false) -> String {
        var output = ""
        for part in line {
            switch part {
            case .text(let text):
                let isStart = output.isEmpty || output.utf8.last == Mark.lineFeed
                // One line always has something in front of it: the sign of a heading, a cell or an item.
                output += escaped(text, isFirst: isStart, startsLine: isStart && !isOneLine)
            case .time(let text, let seconds): output += escaped(seconds.flatMap(TimeText.exact) ?? text)
            case .note(let parts):
                output += (output.isEmpty ? "" : " ") + "(\(self.text(parts, isOneLine: isOneLine)))"
            case .emphasis(let parts): output += spanned(parts, "*", isOneLine)
            case .strong(let parts): output += spanned(parts, "**", isOneLine)
            case .strikethrough(let parts): output += spanned(parts, "~~", isOneLine)
            case .code(let text): output += code(inLine: text)
            case .citation(let label): output += "[\(escaped(label))]"
            case .mark(let mark): output += escaped(mark.parts.word)
            case .lineBreak: output += isOneLine ? " " : "\\\n"
            case .link(let parts, let url): output += link(parts, url, isOneLine)
            }
        }
        return output
    }

    private func spanned(_ parts: [Document.Inline], _ mark: String, _ isOneLine: Bool) -> String {
        mark + text(parts, isOneLine: isOneLine) + mark
    }

    private func code(inLine code: String) -> String {
        let marks = String(repeating: "`", count: Self.longestRun(of: Mark.backtick, in: code) + 1)
        let space = code.utf8.first == Mark.backtick || code.utf8.last == Mark.backtick ? " " : ""
        return marks + space + code.lines.joined(separator: " ") + space + marks
    }

    private func link(_ parts: [Document.Inline], _ url: String, _ isOneLine: Bool) -> String {
        guard let target = WebAddress.linkTarget(url) else {
            let text = text(parts, isOneLine: isOneLine)
            return parts.plainText.isExactly(url) ? text : "\(text) (\(escaped(url)))"
        }
        // Parentheses would have to come in pairs, so they are encoded.
        let encoded = target.parts(between: "(").joined(separator: "%28").parts(between: ")").joined(separator: "%29")
        return parts.plainText.isExactly(target) && encoded.isExactly(target)
            ? "<\(target)>" : "[\(text(parts, isOneLine: true))](\(encoded))"
    }

    /// `text` on one line, with a backslash before what would be markup.
    ///
    /// - Parameters:
    ///   - isFirst: whether no other text stands directly in front of it.
    ///   - startsLine: whether nothing does, so that it could begin a block.
    private func escaped(_ text: String, isFirst: Bool = false, startsLine: Bool = false) -> String {
        var output: [UInt8] = []
        let bytes = Array(text.utf8)
        let start = startsLine ? bytes.firstIndex { !Self.isSpace($0) } ?? bytes.count : 0
        let blockMark = startsLine ? Self.blockMark(bytes[start...]) : nil
        for index in bytes.indices.dropFirst(start) {
            let byte = bytes[index]
            switch byte {
            case 0x0A where index > 0 && bytes[index - 1] == 0x0D: continue
            case 0x0A, 0x0D: output.append(Mark.space)
            case _ where index == blockMark || Self.isMarkup(bytes, at: index, isFirst: isFirst):
                output += [Mark.backslash, byte]
            default: output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte.isSpaceOrTab || byte == 0x0A || byte == 0x0D }

    /// Whether a byte could be a part of a span, wherever it stands in its line.
    private static func isMarkup(_ bytes: [UInt8], at index: Int, isFirst: Bool) -> Bool {
        let rest = bytes[(index + 1)...]
        let isBehindSpace = index == 0 ? isFirst : isSpace(bytes[index - 1])
        switch bytes[index] {
        case Mark.backslash, Mark.backtick, Mark.openBracket, Mark.closeBracket: return true
        case Mark.asterisk: return index == 0 || !isBehindSpace || !(rest.first.map(isSpace) ?? false)
        // Behind a space it can only begin a span, and what would end one is escaped.
        case Mark.tilde: return !isBehindSpace
        case Mark.underscore:
            let isInWord = index > 0 && bytes[index - 1].isASCIILetterOrDigit
            return !isInWord || rest.first?.isASCIILetterOrDigit != true
        case Mark.less:
            // What no name of an element, comment or address follows is a sign of less.
            return rest.first.map { $0.isASCIILetterOrDigit && !$0.isASCIIDigit || "/!?".utf8.contains($0) } ?? true
        case Mark.ampersand:
            let name = rest.prefix { $0.isASCIILetterOrDigit || $0 == Mark.hash }
            return rest.isEmpty || !name.isEmpty && bytes[name.endIndex...].first == Mark.semicolon
        default: return false
        }
    }

    /// The byte of a line that makes it a heading, a list, a quote, a rule or a table, if there is one.
    private static func blockMark(_ line: ArraySlice<UInt8>) -> Int? {
        guard let first = line.first else { return nil }
        let place = line.startIndex
        func ends(_ index: Int) -> Bool { index == line.endIndex || isSpace(line[index]) }
        func holdsOnly(_ marks: String) -> Bool { line.allSatisfy { marks.utf8.contains($0) || isSpace($0) } }
        switch first {
        case Mark.greater: return place
        case Mark.hash:
            let end = line.firstIndex { $0 != Mark.hash } ?? line.endIndex
            return end - place <= 6 && ends(end) ? place : nil
        case Mark.equals: return holdsOnly("=") ? place : nil
        case Mark.plus: return ends(place + 1) ? place : nil
        case Mark.dash where ends(place + 1): return place
        case Mark.dash, Mark.colon, Mark.pipe: return holdsOnly("-:|") ? place : nil
        default:
            let end = line.prefix(10).firstIndex { !$0.isASCIIDigit } ?? place
            guard end > place, line[end] == Mark.period || line[end] == Mark.closeParenthesis else { return nil }
            return ends(end + 1) ? end : nil
        }
    }
}
