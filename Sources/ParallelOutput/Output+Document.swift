package import ParallelJSON
import ParallelSystem
import ParallelTerminal

extension Output {
    /// Whether a person reads what is written: a terminal for which no format was asked.
    package var isLaidOut: Bool { isTerminal && format == .table && options.format == nil }

    /// Whether a document can be written, as people read the format; elsewhere programs get rows.
    package var takesDocuments: Bool {
        switch format {
        case .markdown, .html: true
        case .csv, .tsv: false
        case .table, .text, .json, .jsonl: isTerminal
        }
    }

    /// Writes a document: as a part of the page of HTML, as Markdown, or else laid out for a terminal.
    ///
    /// - Parameter isWhole: whether nothing else is written, so that a pager may show what is longer than the terminal.
    package func write(_ document: Document, isWhole: Bool = false) throws {
        switch format {
        case .html: document.mapText(shown).blocks.forEach(addToPage)
        case .markdown:
            let text = MarkdownRenderer.render(isForPeople ? document.mapText(shown) : document)
            try write(showsControls ? ControlCharacters.neutralisedLines(text) : text)
        case .table, .text, .json, .jsonl, .csv, .tsv:
            let document = isForPeople ? document.mapText(parsingMarkdown: true, shown) : document
            var options = rendererOptions
            let text = TerminalRenderer.render(document, options)
            if isWhole, let pager, text.utf8.count(where: { $0 == Mark.lineFeed }) >= place.terminal.rows {
                options.usesColor = usesColor && pager.showsEscapes
                // Older ones show the sequences of hyperlinks.
                options.usesHyperlinks = false
                if pager.show(TerminalRenderer.render(document, options)) { return }
            }
            try write(text)
        }
    }

    /// Writes names with their values: as a list for people, for programs as a table of two columns.
    ///
    /// - Parameter headings: those of the columns.
    package func write(fields: [(name: [Document.Inline], value: [Document.Inline])], headings: [String]) throws {
        if takesDocuments {
            let fields = fields.map { Document.Field($0.name, [.paragraph($0.value)]) }
            return try write(Document([.fields(fields)]))
        }
        let columns = headings.map { Document.Column($0) }
        try write(table: Document.Table(columns: columns, rows: fields.map { [$0.name, $0.value] }))
    }

    /// Writes one block of several that come one by one; an empty line divides it from the block before.
    package func write(_ block: Document.Block, isFirst: Bool) throws {
        if !isFirst, format != .html { try write("\n") }
        try write(Document([block]))
    }

    /// Writes the headings above rows that come one by one, in the formats that have some.
    package func writeHeadings(_ headings: [String]) throws {
        if format.isDelimited || format == .html { try write(table: Document.Table(headings: headings)) }
    }

    /// Writes one of many values that come one by one, such as events: as `document` on a line of its own if JSON is
    /// asked for, in Markdown as an item of a list, otherwise as a row of `cells`, or not at all if these are nil. On a
    /// terminal, all cells but the last are padded to `widths`, which are a guess; a cell whose width is 0 is left out.
    package func write(
        document: JSONValue, asRow cells: @autoclosure () -> [[Document.Inline]]?, widths: [Int]
    ) throws {
        if format.isJSON { return try write(document: document, isOnly: false) }
        guard var cells = cells() else { return }
        if format == .markdown {
            let line = cells.filter { !$0.isEmpty }.joined(separator: [.text(" ")])
            return try write(Document([.list(.init(items: [[.paragraph(Array(line))]]))]))
        }
        cells = cells.map { $0.mapText(shown) }
        if format.isDelimited || format == .html {
            let columns = cells.map { _ in Document.Column("") }
            return try write(table: Document.Table(columns: columns, rows: [cells]))
        }
        guard isTerminal else { return try write(safe(rows: TabSeparated.line(cells.map(\.plainText)))) }
        try write(TerminalRenderer.row(cells, widths: widths, rendererOptions))
    }

    /// Returns a mark for a line of text: with its sign and colour on a terminal, elsewhere its word alone.
    package func shown(_ mark: Document.Mark) -> String {
        guard isTerminal else { return safe(mark.parts.word) }
        return TerminalRenderer.span([.mark(mark)].mapText(shown), rendererOptions)
    }

    private var rendererOptions: TerminalRenderer.Options {
        TerminalRenderer.Options(
            columns: columns, usesColor: usesColor, usesHyperlinks: usesColor && place.terminal.showsHyperlinks,
            now: place.now(), localOffset: place.localOffset)
    }

    /// Nil where none is wanted, or where none could be used.
    private var pager: Pager? {
        options.mayPage && options.file == nil && isTerminal ? place.terminal.pager : nil
    }

    // MARK: - The page

    /// Rows that come one by one make one table, and lines one block of text.
    func addToPage(_ block: Document.Block) {
        page.withLock { page in
            switch (page.last, block) {
            case (.table(var table), .table(let more)) where !more.hasHeadings:
                table.rows += more.rows
                page[page.count - 1] = .table(table)
            case (.code(let text, ""), .code(let more, "")): page[page.count - 1] = .code(text + more, language: "")
            default: page.append(block)
            }
        }
    }

    /// Writes the page, whose title is its first heading.
    func writePage() throws {
        let blocks = page.withLock { page in
            defer { page = [] }
            return page
        }
        if blocks.isEmpty { return }
        var title = place.programName
        if case .heading(_, let line) = blocks.first { title = line.plainText }
        try write(bytes: Array(HTMLRenderer.page(Document(blocks), title: title).utf8))
    }
}
