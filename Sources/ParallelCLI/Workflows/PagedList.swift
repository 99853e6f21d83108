import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// A list that the API gives in pages, read as one.
struct PagedList {
    /// The member of a page that holds its elements.
    let member: String
    /// The most elements that a page may have.
    let largestPage: Int
    let endpoint: (_ query: [(String, String)]) -> Endpoint

    /// Returns the list as one document: the first page, with the elements of all. Its cursor is that of the first page
    /// that was not read; if there is none, the list is whole.
    ///
    /// - Parameters:
    ///   - limit: the maximum number of elements; nil means all.
    ///   - cursor: where to begin; nil means at the first element.
    func read(_ client: ParallelClient, limit: Int?, from cursor: String? = nil) async throws -> JSONObject {
        var cursor = cursor
        var whole: JSONObject?
        var elements: [JSONValue] = []
        var seen: Set<String> = []
        while true {
            let rest = limit.map { $0 - elements.count }
            var query = [("limit", String(min(largestPage, rest ?? largestPage)))]
            if let cursor { query.append(("cursor", cursor)) }
            let page = try await client.answer(to: endpoint(query))
            guard let object = page.object, let found = page[member]?.array else {
                throw UnexpectedAnswer(message: "the API's answer has no list of \(member)")
            }
            elements += found
            whole = whole ?? object
            let next = page["next_cursor"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            whole?["next_cursor"] = next.map(JSONValue.string) ?? object["next_cursor"]
            // A cursor that comes again would lead round in a circle.
            guard let next, seen.insert(next).inserted, !found.isEmpty, rest.map({ $0 > found.count }) ?? true else {
                break
            }
            cursor = next
        }
        whole?[member] = .array(elements)
        return whole ?? [:]
    }
}

/// How much of a list is read.
struct ListOptions: Sendable {
    var limit: Int?
    var isWhole = false
    var cursor: String?

    func check() throws(UsageError) {
        if limit != nil, isWhole { throw UsageError("--limit and --all exclude each other") }
    }

    /// The maximum number of elements; nil means all.
    func limit(usually usual: Int) -> Int? { isWhole ? nil : limit ?? usual }

    /// - Parameter usual: how many elements are listed without a flag.
    static func flags(of what: String, usually usual: Int) -> [Flag<ListOptions>] {
        [
            Flag("limit", short: "n", value: FlagSpec.Value("N"), summary: "List at most N \(what) (default \(usual))")
            {
                options, text throws(InvalidValue) in options.limit = try NumberText.positive(text)
            },
            Flag("all", summary: "List all \(what)") { $0.isWhole = $1 },
            Flag("cursor", value: FlagSpec.Value("CURSOR"), summary: "Go on where an earlier list ended") {
                options, text throws(InvalidValue) in options.cursor = try FilledText.parse(text)
            },
        ]
    }
}

extension Output {
    /// Says how to read what a list has left out.
    func tellOfRest(_ list: JSONObject) {
        guard let cursor = list["next_cursor"]?.string, !cursor.isEmpty else { return }
        note("there are more; --all lists them, or --cursor \(cursor.shortened(to: 200)) those that follow")
    }
}
