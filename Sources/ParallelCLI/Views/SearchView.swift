import ParallelAPI
import ParallelOutput
import ParallelTerminal

/// Search results: to be read on a terminal, to be cut up in a pipe.
struct SearchView {
    let output: Output

    func write(_ response: SearchResponse) throws {
        switch output.format {
        case .json, .jsonl:
            try output.write(document: response.json)
        case .text:
            try writeList(response)
        case .table where output.isTerminal && output.options.format == nil:
            try writeList(response)
        case .table, .csv, .markdown:
            try output.write(table: table(response))
        }
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

    private func table(_ response: SearchResponse) -> Table {
        Table(
            headings: ["url", "title", "date", "excerpts"],
            rows: response.results.map { result in
                [result.url, result.title ?? "", result.publishDate ?? "", result.excerpts.joined(separator: " … ")]
            })
    }
}
