import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel images`: a web search for images.
struct ImagesCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var request = SearchRequest()
        var preview = PreviewOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "objective", value: FlagSpec.Value("TEXT"), summary: "What the images are for, in plain words"
                ) { options, text throws(InvalidValue) in options.request.objective = try FilledText.parse(text) },
                SearchFlags.mode(
                    SearchRequest.imageModes, details: "1,000 searches cost $1 with fast, $5 with advanced."
                ) { $0.request.mode = $1 },
                SearchFlags.limit("At most N images, up to 20 (default 10)").embedded(at: \.request),
                SourceFlags.location.embedded(at: \.request.location).asSetting(),
            ] + SearchFlags.calling.map { $0.embedded(at: \.request) }
            + PreviewFlags.all.map { $0.embedded(at: \.preview) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "images"

    static var command: Command {
        Command(
            summary: "Search the web for images",
            description: """
                Searches for images and prints their titles, addresses and sizes, and the pages that show them, best \
                first. Each QUERY is a few keywords; several look for the same in different words.
                """,
            usesNetwork: true,
            positionals: [Positional("QUERY", .oneOrMore, summary: "keywords, at most 5 queries of 200 characters")],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel images 'Forth Bridge daylight' 'Forth Bridge full span' --limit 5", "Look for images"),
                .init("parallel images 'Forth Bridge' --json | jq -r '.results[].image_url'", "Their addresses alone"),
            ],
            check: { options, words throws(UsageError) in
                try options.preview.check(&options.output)
                options.request.queries = words
                options.request.mode = options.request.mode ?? SearchRequest.usualMode
                do throws(InvalidRequest) { try options.request.check() } catch { throw UsageError(error.message) }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APICall.client(options.preview, options.connection, output, context)
        let request = options.request
        // Unlike those of a web search, further images cost nothing.
        var priced = SearchRequest()
        priced.mode = request.mode
        let call = APICall(
            endpoint: .searchImages, body: request.json,
            terms:
                "the search would be in the mode \(request.mode ?? "")\(priced.cost.map { ", about \($0.text)" } ?? "")",
            status: "searching")
        if request.queries.count > SearchRequest.usualImageQueries {
            output.warn("the API may drop queries after the third")
        }
        if let count = request.maxResults, count > SearchRequest.maximumResults {
            output.warn("the API gives at most \(SearchRequest.maximumResults) images")
        }
        if try await call.isShown(options.preview, client, output, context) { return .success }
        let answer = try await call.send(client, output, context)
        for warning in SearchResponse.warnings(in: answer) { output.warn(saying: warning) }
        try write(answer)
        try output.finish()
        return .success
    }

    private func write(_ answer: JSONValue) throws {
        if output.format.isJSON { return try output.write(document: answer) }
        let rows = (answer["results"]?.array ?? []).map { image -> [String] in
            let size = [image["width"]?.int, image["height"]?.int].compactMap { $0.map(String.init) }
            return [
                image["title"]?.string ?? "", size.count == 2 ? size.joined(separator: "x") : "",
                image["image_url"]?.string ?? "", image["source_page_url"]?.string ?? "",
            ]
        }
        if rows.isEmpty, output.format == .table { return output.note("no images") }
        try output.write(
            table: Document.Table(
                headings: ["title", "size", "image", "page"], rows: rows, kinds: [.text, .text, .url, .url]))
    }
}
