import ParallelSystem

extension [Document.Inline] {
    /// The text alone: what a search would look through, and what a cell is for programs.
    package var plainText: String { reduce(into: "") { $1.append(to: &$0) } }

    /// Returns the line with every text changed. It loses its markup if `change` finds something that runs across
    /// parts.
    func mapText(_ change: (String) -> String) -> [Document.Inline] {
        let text = plainText
        let changed = change(text)
        guard changed.isExactly(text) else { return [.text(changed)] }
        return map { part in
            switch part {
            case .emphasis(let parts): .emphasis(parts.mapText(change))
            case .strong(let parts): .strong(parts.mapText(change))
            case .strikethrough(let parts): .strikethrough(parts.mapText(change))
            case .link(let parts, let url): .link(parts.mapText(change), url: change(url))
            case .note(let parts): .note(parts.mapText(change))
            case .text, .code, .citation, .mark, .time, .lineBreak: part
            }
        }
    }
}

extension Document.Inline {
    fileprivate func append(to text: inout String) {
        switch self {
        case .text(let part), .code(let part), .time(let part, _): text += part
        case .emphasis(let parts), .strong(let parts), .strikethrough(let parts), .link(let parts, _),
            .note(let parts):
            for part in parts { part.append(to: &text) }
        case .citation(let label): text += "[\(label)]"
        case .mark(let mark): text += mark.parts.word
        case .lineBreak: text += "\n"
        }
    }
}

extension Document.Block {
    /// The paragraphs of a text without markup: empty lines divide them, other line breaks stay.
    package static func paragraphs(_ text: String) -> [Document.Block] {
        var blocks: [Document.Block] = []
        var lines: [Document.Inline] = []
        for line in text.lines + [""] {
            if !line.isBlank {
                if !lines.isEmpty { lines.append(.lineBreak) }
                lines.append(.text(String(line)))
            } else if !lines.isEmpty {
                blocks.append(.paragraph(lines))
                lines = []
            }
        }
        return blocks
    }
}

extension Document {
    /// Returns the document with every text changed, as for masking secrets.
    ///
    /// What stands in one line is changed as a whole: if `change` finds something that runs across emphasis or links,
    /// the line loses its markup rather than show it.
    ///
    /// - Parameter parsingMarkdown: whether Markdown becomes the blocks that it means, as it is needed for a terminal.
    package func mapText(parsingMarkdown: Bool = false, _ change: (String) -> String) -> Document {
        Document(blocks.flatMap { Self.mapped($0, parsingMarkdown, change) })
    }

    private static func mapped(_ block: Block, _ parses: Bool, _ change: (String) -> String) -> [Block] {
        func line(_ parts: [Inline]) -> [Inline] { parts.mapText(change) }
        func inside(_ blocks: [Block]) -> [Block] { blocks.flatMap { mapped($0, parses, change) } }
        switch block {
        case .heading(let level, let parts): return [.heading(level, line(parts))]
        case .paragraph(let parts): return [.paragraph(line(parts))]
        case .code(let text, let language): return [.code(change(text), language: change(language))]
        case .quote(let blocks): return [.quote(inside(blocks))]
        case .rule: return [.rule]
        case .list(var list):
            list.items = list.items.map(inside)
            return [.list(list)]
        case .table(var table):
            for index in table.columns.indices { table.columns[index].heading = line(table.columns[index].heading) }
            table.rows = table.rows.map { $0.map(line) }
            return [.table(table)]
        case .fields(let fields):
            return [.fields(fields.map { Field(line($0.name), inside($0.value), note: line($0.note)) })]
        case .sources(let sources):
            return [
                .sources(
                    sources.map {
                        Source(
                            number: $0.number, title: $0.title.map(change), url: change($0.url),
                            excerpts: $0.excerpts.map(change))
                    })
            ]
        case .toolCalls(var trace):
            trace.calls = trace.calls.map {
                ToolCalls.Call(
                    server: change($0.server), tool: change($0.tool), arguments: change($0.arguments),
                    answer: change($0.answer), isError: $0.isError)
            }
            return [.toolCalls(trace)]
        case .markdown(let text):
            // Markup could divide what is looked for, so that it is found only in the text that the markup means.
            let changed = change(text)
            let blocks = Markdown.blocks(changed)
            let changedBlocks = inside(blocks)
            return !parses && changedBlocks == blocks ? [.markdown(changed)] : changedBlocks
        }
    }
}
