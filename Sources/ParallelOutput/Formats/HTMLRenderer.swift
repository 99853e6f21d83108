import ParallelSystem
import ParallelTerminal

/// Writes a document as one HTML page that needs nothing else: no script, no font, no picture.
///
/// Everything that a document holds is escaped, and its control characters are made visible; only checked http and
/// https addresses become links. A content security policy forbids the rest, should something slip through.
package struct HTMLRenderer {
    private var output = ""
    /// The numbers in the lists of sources that are still to be written. Citations lead to the first of them: a page of
    /// several answers has a list below each.
    private var sources: ArraySlice<Set<Int>> = []
    /// The number of levels that headings are lowered by, so that those of an answer are below the title of the page.
    private var headingOffset = 0
    /// Numbers of sources mean those of the document only outside Markdown, which has its own.
    private var isInMarkdown = false

    private init() {}

    /// - Parameter title: what the window and a bookmark are called.
    package static func page(_ document: Document, title: String) -> String {
        var renderer = HTMLRenderer()
        for case .sources(let list) in document.blocks { renderer.sources.append(Set(list.map(\.number))) }
        renderer.output = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="\(HTMLStyle.policy)">
            <meta name="referrer" content="no-referrer">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(escaped(title.shortened(to: 100)))</title>
            <style>
            \(HTMLStyle.sheet)
            </style>
            </head>
            <body>
            <main>

            """
        renderer.add(document.blocks, level: 2)
        return renderer.output + "</main>\n</body>\n</html>\n"
    }

    /// `text` as content of an element or of an attribute in double quotes.
    static func escaped(_ text: String) -> String {
        let text = ControlCharacters.neutralisedLines(text)
        guard text.utf8.contains(where: { "&<>\"'".utf8.contains($0) }) else { return text }
        var output: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case Mark.ampersand: output += "&amp;".utf8
            case Mark.less: output += "&lt;".utf8
            case Mark.greater: output += "&gt;".utf8
            case Mark.quote: output += "&quot;".utf8
            case Mark.apostrophe: output += "&#39;".utf8
            default: output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    // MARK: - Blocks

    private mutating func add(_ blocks: [Document.Block], level: Int, tight: Bool = false) {
        var level = level
        for block in blocks {
            if case .heading(let own, _) = block { level = own + headingOffset + 1 }
            if tight, case .paragraph(let line) = block { add(line) } else { add(block, level) }
        }
    }

    private mutating func add(_ block: Document.Block, _ level: Int) {
        switch block {
        case .heading(let level, let line): element(heading(level + headingOffset)) { $0.add(line) }
        case .paragraph(let line): element("p dir=\"auto\"") { $0.add(line) }
        case .list(let list):
            let start = list.start.map { $0 == 1 ? "ol" : "ol start=\"\($0)\"" } ?? "ul"
            element(start, lines: true) {
                for item in list.items {
                    $0.element("li dir=\"auto\"") { $0.add(item, level: level, tight: !list.isLoose) }
                }
            }
        case .table(let table): add(table)
        case .fields(let fields): add(fields, level)
        case .code(let code, _): output += "<pre dir=\"auto\"><code>\(Self.escaped(code))</code></pre>\n"
        case .quote(let blocks): element("blockquote", lines: true) { $0.add(blocks, level: level) }
        case .rule: output += "<hr>\n"
        case .sources(let sources): add(sources)
        case .toolCalls(let trace):
            // A section like the one in front of it.
            element(heading(max(2, level - 1))) { $0.output += Self.escaped(trace.title) }
            add(trace)
        case .markdown(let text):
            let (offset, wasInMarkdown) = (headingOffset, isInMarkdown)
            (headingOffset, isInMarkdown) = (level - 1, true)
            add(Markdown.blocks(text), level: level)
            (headingOffset, isInMarkdown) = (offset, wasInMarkdown)
        }
    }

    /// An element around what `body` adds. `tag` may hold attributes; `lines` puts its tags on lines of their own.
    private mutating func element(_ tag: String, lines: Bool = false, _ body: (inout HTMLRenderer) -> Void) {
        output += lines ? "<\(tag)>\n" : "<\(tag)>"
        body(&self)
        output += "</\(tag.upTo { $0 == " " })>\n"
    }

    private func heading(_ level: Int) -> String { "h\(min(max(level, 1), 6)) dir=\"auto\"" }

    private mutating func add(_ table: Document.Table) {
        let used = table.columns.indices.filter { column in
            table.rows.isEmpty || table.rows.contains { column < $0.count && !$0[column].plainText.isBlank }
        }
        let layout = HTMLTableLayout(table, used)
        output += "<div class=\"table\">\n<table\(layout.isStacked ? " class=\"stacked\"" : "")>\n<thead>\n<tr>"
        for column in used { cell("th", table.columns[column].heading, table.columns[column], .atSpaces) }
        output += "</tr>\n</thead>\n<tbody>\n"
        for row in table.rows {
            output += "<tr>"
            for (column, breaking) in zip(used, layout.breaking) {
                let heading = Self.escaped(table.columns[column].heading.plainText)
                let label = heading.isEmpty ? "" : " data-label=\"\(heading)\""
                cell("td\(label)", column < row.count ? row[column] : [], table.columns[column], breaking)
            }
            output += "</tr>\n"
        }
        output += "</tbody>\n</table>\n</div>\n"
    }

    private mutating func cell(
        _ tag: String, _ line: [Document.Inline], _ column: Document.Column, _ breaking: HTMLTableLayout.Breaking
    ) {
        var classes = [breaking.className].compactMap(\.self)
        switch column.alignment {
        case .leading: break
        case .center: classes.append("center")
        case .trailing: classes.append("end")
        }
        output += "<\(tag)"
        if column.kind == .text { output += " dir=\"auto\"" }
        if !classes.isEmpty { output += " class=\"\(classes.joined(separator: " "))\"" }
        output += ">"
        add(line)
        output += "</\(tag.upTo { $0 == " " })>"
    }

    /// Short values side by side with their names, others under a heading.
    private mutating func add(_ fields: [Document.Field], _ level: Int) {
        var isInList = false
        for field in fields.linesFirst {
            let note: [Document.Inline] = field.note.isEmpty ? [] : [.note(field.note)]
            if (field.line != nil) != isInList {
                output += isInList ? "</dl>\n" : "<dl>\n"
                isInList.toggle()
            }
            if let line = field.line {
                output += "<dt dir=\"auto\">"
                add(field.name)
                output += "</dt><dd dir=\"auto\">"
                add(line + note)
                output += "</dd>\n"
            } else {
                element(heading(level)) { $0.add(field.name + note) }
                element("div class=\"inside\"", lines: true) { $0.add(field.value, level: level + 1) }
            }
        }
        if isInList { output += "</dl>\n" }
    }

    private mutating func add(_ sources: [Document.Source]) {
        element("ol class=\"sources\"", lines: true) {
            for source in sources {
                let identifier = $0.isInMarkdown ? "" : " id=\"\($0.anchor(of: source.number))\""
                $0.element("li value=\"\(source.number)\"\(identifier)") {
                    if let title = source.title, !title.isBlank { $0.output += Self.escaped(title) + "<br>" }
                    $0.add([.link([.text(source.url)], url: source.url)])
                    for excerpt in source.excerpts where !excerpt.isBlank {
                        $0.element("blockquote", lines: true) { $0.add(Document.Block.paragraphs(excerpt), level: 6) }
                    }
                }
            }
        }
        if !isInMarkdown { self.sources = self.sources.dropFirst() }
    }

    /// The name of a source of the next list: `source-1`, and in a second list `source-1-1`.
    private func anchor(of number: Int) -> String {
        sources.startIndex == 0 ? "source-\(number)" : "source-\(sources.startIndex)-\(number)"
    }

    private mutating func add(_ trace: Document.ToolCalls) {
        for call in trace.calls {
            element("details", lines: true) {
                let mark = call.isError ? " <span class=\"bad\">✗ error</span>" : ""
                $0.output += "<summary>\(Self.escaped("\(call.server) › \(call.tool)"))\(mark)</summary>\n"
                $0.output += "<p>Arguments</p>\n<pre><code>\(Self.escaped(call.arguments))</code></pre>\n"
                $0.output += "<p>\(call.isError ? "Error" : "Response")</p>\n"
                $0.output += "<pre><code>\(Self.escaped(call.answer))</code></pre>\n"
            }
        }
    }

    // MARK: - Spans

    private mutating func add(_ line: [Document.Inline]) {
        for part in line {
            switch part {
            case .text(let text): output += Self.escaped(text)
            case .emphasis(let parts): add(parts, in: "em")
            case .strong(let parts): add(parts, in: "strong")
            case .strikethrough(let parts): add(parts, in: "s")
            case .code(let text):
                // A name with hyphens in it would be broken at them.
                let isWhole = text.displayWidth <= HTMLTableLayout.shortText && !text.has(" ")
                output += "<code\(isWhole ? " class=\"whole\"" : "")>\(Self.escaped(text))</code>"
            case .citation(let label):
                let text = "[\(Self.escaped(label))]"
                let number = isInMarkdown ? nil : Int(label).flatMap { sources.first?.contains($0) == true ? $0 : nil }
                output += number.map { "<a href=\"#\(anchor(of: $0))\">\(text)</a>" } ?? text
            case .mark(let mark): output += Self.shown(mark)
            case .time(let text, let seconds):
                let shown = seconds.flatMap(TimeText.exact)
                output += shown == nil ? "<time>" : "<time datetime=\"\(Self.escaped(text))\">"
                output += "\(Self.escaped(shown ?? text))</time>"
            case .note(let parts):
                output += " <span class=\"note\">"
                add(parts)
                output += "</span>"
            case .lineBreak: output += "<br>"
            case .link(let parts, let url):
                if let target = WebAddress.linkTarget(url) {
                    output += "<a href=\"\(Self.escaped(target))\" rel=\"noreferrer noopener\">"
                    add(parts)
                    output += "</a>"
                } else {
                    add(parts)
                    if !parts.plainText.isExactly(url) { output += " (\(Self.escaped(url)))" }
                }
            }
        }
    }

    private mutating func add(_ parts: [Document.Inline], in tag: String) {
        output += "<\(tag)>"
        add(parts)
        output += "</\(tag)>"
    }

    private static func shown(_ mark: Document.Mark) -> String {
        let (sign, word, look) = mark.parts
        return "<span class=\"\(look.rawValue)\">\(sign.isEmpty ? "" : sign + " ")\(escaped(word))</span>"
    }
}
