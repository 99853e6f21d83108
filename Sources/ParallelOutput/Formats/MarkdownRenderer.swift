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
        return blocks.map { block in
            if case .heading(let own, _) = block { level = own + 1 }
            return text(block, level)
        }.filter { !$0.isEmpty }.joined(separator: tight ? "\n" : "\n\n")
    }

    private func text(_ block: Document.Block, _ level: Int) -> String {
        switch block {
        case .heading(let level, let line): heading(level, text(line, isOneLine: true))
        case .paragraph(let line): text(line)
        case .list(let list): self.list(list, level)
        case .table(let table): self.table(table)
        case .fields(let fields): self.fields(fields, level)
        case .code(let code, let language): self.code(code, language)
        case .quote(let blocks): Self.prefixed(text(blocks, level: level), by: "> ")
        case .rule: "---"
        case .sources(let sources):
            sources.map(source).joined(separator: sources.contains { !$0.excerpts.isEmpty } ? "\n\n" : "\n")
        case .toolCalls(let trace):
            ([heading(level, escaped(trace.title))] + toolCalls(trace)).joined(separator: "\n\n")
        case .markdown(let text): String(text.trimmed { $0 == "\n" || $0 == "\r" })
        }
    }

    private func heading(_ level: Int, _ text: String) -> String {
        String(repeating: "#", count: min(max(level, 1), 6)) + " " + text
    }

    private func list(_ list: Document.List, _ level: Int) -> String {
        list.items.enumerated().map { index, item in
            let marker = list.start.map { "\($0 + index). " } ?? "- "
            let indent = String(repeating: " ", count: marker.utf8.count)
            return marker
                + Self.prefixed(text(item, level: level, tight: !list.isLoose), by: indent).dropping(
                    bytes: indent.utf8.count)
        }.joined(separator: list.isLoose ? "\n\n" : "\n")
    }

    private static func prefixed(_ text: String, by prefix: String) -> String {
        text.lines.map { $0.isEmpty ? String(prefix.trimmed) : prefix + $0 }.joined(separator: "\n")
    }

    /// Short values as a list, others under a heading.
    private func fields(_ fields: [Document.Field], _ level: Int) -> String {
        var output = ""
        var wasShort = false
        for field in fields {
            let note = field.note.isEmpty ? "" : " (\(text(field.note, isOneLine: true)))"
            let name = escaped(field.name.isEmpty ? "–" : field.name)
            let isShort =
                switch field.value.first {
                case nil: true
                case .paragraph(let line) where field.value.count == 1: !line.contains(.lineBreak)
                default: false
                }
            if !output.isEmpty { output += isShort && wasShort ? "\n" : "\n\n" }
            output +=
                isShort
                ? "- **\(name):**" + (field.value.isEmpty ? "" : " ") + text(field.value, level: level) + note
                : heading(level, name) + "\n\n" + (note.isEmpty ? "" : note.dropping(bytes: 1) + "\n\n")
                    + text(field.value, level: level + 1)
            wasShort = isShort
        }
        return output
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

    private func source(_ source: Document.Source) -> String {
        let title = source.title.flatMap { $0.isBlank ? nil : $0 }
        let link = text([.link([.text(title ?? source.url)], url: source.url)], isOneLine: true)
        let marker = "\(source.number). "
        let indent = String(repeating: " ", count: marker.utf8.count)
        let excerpts = source.excerpts.filter { !$0.isBlank }.map {
            "\n\n" + Self.prefixed(text([.quote(Document.Block.paragraphs($0))], level: 6), by: indent)
        }
        return marker + link + excerpts.joined()
    }

    private func toolCalls(_ trace: Document.ToolCalls) -> [String] {
        trace.calls.enumerated().map { index, call in
            let parts = [
                "\(index + 1). **\(escaped("\(call.server) › \(call.tool)"))**",
                Self.prefixed(code(call.arguments, "json"), by: "   "),
                call.isError ? "   Error:" : "   Response:",
                Self.prefixed(code(call.answer, ""), by: "   "),
            ]
            return parts.joined(separator: "\n\n")
        }
    }

    // MARK: - Spans

    private func text(_ line: [Document.Inline], isOneLine: Bool = false) -> String {
        var output = ""
        for part in line {
            switch part {
            case .text(let text), .time(let text, _):
                output += escaped(text, startsLine: output.isEmpty || output.utf8.last == Mark.lineFeed)
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
    private func escaped(_ text: String, startsLine: Bool = false) -> String {
        var output: [UInt8] = []
        var isAtStart = startsLine
        var digits = startsLine
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case 0x0A where index > 0 && bytes[index - 1] == 0x0D: break
            case 0x0A, 0x0D: output.append(Mark.space)
            case Mark.space where isAtStart, 0x09 where isAtStart: break
            case Mark.underscore
            where index > 0 && bytes[index - 1].isASCIILetterOrDigit
                && index + 1 < bytes.count && bytes[index + 1].isASCIILetterOrDigit:
                output.append(byte)
            case Mark.backslash, Mark.backtick, Mark.asterisk, Mark.underscore, Mark.openBracket, Mark.closeBracket,
                Mark.less, Mark.ampersand, Mark.tilde:
                output += [Mark.backslash, byte]
            case Mark.hash where isAtStart, Mark.plus where isAtStart, Mark.dash where isAtStart,
                Mark.greater where isAtStart, Mark.equals where isAtStart:
                output += [Mark.backslash, byte]
            case Mark.period where digits && !isAtStart, Mark.closeParenthesis where digits && !isAtStart:
                output += [Mark.backslash, byte]
            default: output.append(byte)
            }
            isAtStart = isAtStart && byte.isSpaceOrTab
            digits = digits && (byte.isASCIIDigit || isAtStart)
        }
        return String(decoding: output, as: UTF8.self)
    }
}
