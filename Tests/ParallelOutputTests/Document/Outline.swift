import ParallelOutput

/// A document as a short text, for comparing: `p[a em[b]]`.
enum Outline {
    static func of(_ blocks: [Document.Block]) -> String { blocks.map(of).joined(separator: " ") }

    static func of(markdown: String) -> String { of(Markdown.blocks(markdown)) }

    private static func of(_ block: Document.Block) -> String {
        switch block {
        case .heading(let level, let line): "h\(level)[\(of(line))]"
        case .paragraph(let line): "p[\(of(line))]"
        case .list(let list):
            (list.start.map { "ol\($0)" } ?? "ul") + (list.isLoose ? "~" : "")
                + "[\(list.items.map { "li[\(of($0))]" }.joined(separator: " "))]"
        case .table(let table):
            "table[\(([table.columns.map(\.heading)] + table.rows).map(row).joined(separator: " / "))]"
        case .fields(let fields): "fields[\(fields.map { "\(of($0.name))=\(of($0.value))" }.joined(separator: " "))]"
        case .code(let text, let language): "code\(language.isEmpty ? "" : "(\(language))")[\(text)]"
        case .quote(let blocks): "quote[\(of(blocks))]"
        case .rule: "rule"
        case .sources(let sources):
            "sources[\(sources.map { "\($0.number) \($0.title ?? "") \($0.url)" }.joined(separator: "; "))]"
        case .toolCalls(let trace): "calls\(trace.calls.count)"
        case .markdown(let text): "markdown[\(text)]"
        }
    }

    private static func row(_ cells: [[Document.Inline]]) -> String { cells.map(of).joined(separator: " | ") }

    static func of(_ line: [Document.Inline]) -> String {
        line.map { part in
            switch part {
            case .text(let text): text
            case .emphasis(let parts): "em[\(of(parts))]"
            case .strong(let parts): "strong[\(of(parts))]"
            case .strikethrough(let parts): "s[\(of(parts))]"
            case .code(let text): "code[\(text)]"
            case .link(let parts, let url): "a(\(url))[\(of(parts))]"
            case .citation(let label): "cite[\(label)]"
            case .mark(let mark): "mark[\(mark)]"
            case .time(let text, _): "time[\(text)]"
            case .note(let parts): "note[\(of(parts))]"
            case .lineBreak: "br"
            }
        }.joined()
    }
}
