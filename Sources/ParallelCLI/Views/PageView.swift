import ParallelAPI
import ParallelOutput
import ParallelSystem

/// Shows the pages that were read: each as a document under its title, or as rows where these are asked for.
struct PageView {
    let output: Output
    /// The pages that wait for the end, because a table is written as a whole.
    private var rows: [[String]] = []
    private var isFirst = true

    init(output: Output) { self.output = output }

    /// Writes the pages of one answer of several, which come in order.
    mutating func write(_ response: ExtractResponse, isOnly: Bool) throws {
        if output.format.isJSON { return try output.write(document: response.json, isOnly: isOnly) }
        for page in response.pages { try write(page, isOnly: isOnly && response.pages.count == 1) }
    }

    /// Writes what is only known to be whole in the end.
    func end() throws {
        guard writesRows else { return }
        try output.write(table: Document.Table(headings: ["url", "title", "date", "content"], rows: rows))
    }

    private var writesRows: Bool {
        output.format.isDelimited || output.format == .table && output.options.format != nil
    }

    private mutating func write(_ page: SearchResponse.Result, isOnly: Bool) throws {
        let content = Self.content(of: page)
        if writesRows {
            return rows.append([page.url, page.title ?? "", page.publishDate ?? "", content])
        }
        let document = Self.document(page, content)
        if output.format == .html || output.format == .markdown || output.isLaidOut {
            if !isFirst, output.format != .html { try output.write("\n") }
            try output.write(Document(document), isWhole: isOnly)
        } else if output.format == .text {
            try output.write(networkText: content)
        } else {
            if !isFirst { try output.write("\n") }
            try output.write(networkText: output.shown(MarkdownRenderer.render(Document(document))))
        }
        isFirst = false
    }

    /// Returns a page as a file of its own has it.
    static func document(_ page: SearchResponse.Result) -> Document { Document(document(page, content(of: page))) }

    private static func document(_ page: SearchResponse.Result, _ content: String) -> [Document.Block] {
        let date = page.publishDate.map { "  " + $0 } ?? ""
        return [
            .heading(1, [.text(page.title ?? page.url)]),
            .paragraph([.link([.text(page.url)], url: page.url), .text(date)]), .markdown(content),
        ]
    }

    /// Returns the whole page where it was asked for, otherwise its excerpts.
    static func content(of page: SearchResponse.Result) -> String {
        page.fullContent ?? page.excerpts.joined(separator: "\n\n")
    }
}
