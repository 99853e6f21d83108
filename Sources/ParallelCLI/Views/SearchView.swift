import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Shows search results: as a list on a terminal, as rows in a pipe.
struct SearchView {
    let output: Output

    /// - Parameter objective: the objective of the search, or its queries, as the title of a document.
    func write(_ response: SearchResponse, objective: String) throws {
        switch output.format {
        case .json, .jsonl:
            try output.write(document: response.json)
        case .text:
            try writeList(response)
        case .html, .markdown:
            let results = Self.blocks(response.results)
            let title = QuestionTitle(.string(objective), output)?.blocks(headingOfRest: "Objective") ?? []
            try output.write(Document(title + results))
        case .table where output.isLaidOut:
            if response.results.isEmpty { output.note("no results") }
            let results = response.results.flatMap { result -> [Document.Block] in
                let title = Document.Inline.text(result.title ?? result.url)
                // Without styles emphasis would be marked, and the title is alone in its line anyhow.
                let line = [output.usesColor ? .strong([title]) : title, .lineBreak] + Self.place(of: result)
                return [.paragraph(line)] + Self.excerpts(of: result)
            }
            try output.write(Document(results), isWhole: true)
        case .table, .csv, .tsv:
            try output.write(table: table(response))
        }
    }

    /// Returns results under their titles, as parts of a page.
    static func blocks(_ results: [SearchResponse.Result]) -> [Document.Block] {
        results.flatMap { result -> [Document.Block] in
            [.heading(2, [.link([.text(result.title ?? result.url)], url: result.url)])]
                + [.paragraph(place(of: result))] + excerpts(of: result)
        }
    }

    /// Returns URL and date of a result.
    private static func place(of result: SearchResponse.Result) -> [Document.Inline] {
        [.link([.text(result.url)], url: result.url)] + (result.publishDate.map { [.text("  " + $0)] } ?? [])
    }

    private static func excerpts(of result: SearchResponse.Result) -> [Document.Block] {
        let excerpts = result.excerpts.filter { !$0.isBlank }.map { Document.Block.markdown($0) }
        return excerpts.isEmpty ? [] : [.quote(excerpts)]
    }

    private func writeList(_ response: SearchResponse) throws {
        if response.results.isEmpty { output.note("no results") }
        let width = output.isTerminal ? min(output.columns, 100) : Int.max
        for (index, result) in response.results.enumerated() {
            let title = output.safe(result.title ?? result.url)
            let date = result.publishDate.map { "  " + output.style(.dim, output.safe($0)) } ?? ""
            var text = index == 0 ? "" : "\n"
            text += "\(output.style(.bold, title))\n"
            text += "\(output.style(.cyan, output.safe(result.url)))\(date)\n"
            for excerpt in result.excerpts {
                text += TextWrap.wrap(output.safe(excerpt), columns: width, indent: "  ") + "\n"
            }
            try output.write(text)
        }
    }

    private func table(_ response: SearchResponse) -> Document.Table {
        Document.Table(
            headings: ["url", "title", "date", "excerpts"],
            rows: response.results.map { result in
                [result.url, result.title ?? "", result.publishDate ?? "", result.excerpts.joined(separator: " … ")]
            })
    }
}
