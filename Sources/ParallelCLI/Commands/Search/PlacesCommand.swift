import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel places`: a search for places near another one.
struct PlacesCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var search = PlaceSearch()
        var preview = PreviewOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "near", value: FlagSpec.Value("PLACE"),
                    summary: "Where: one city, neighbourhood, address or postal code"
                ) { options, text throws(InvalidValue) in options.search.location = try FilledText.parse(text) }
                .formerly("location"),
                SearchFlags.mode(
                    PlaceSearch.modes.map(\.name),
                    details: "1,000 searches cost $1 with fast; what advanced costs is not known to this version."
                ) { $0.search.mode = $1 },
            ] + PreviewFlags.all.map { $0.embedded(at: \.preview) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "places"

    static var command: Command {
        Command(
            summary: "Search for places, such as shops, near another one (preview)",
            description: """
                Prints up to 20 places, best first, with address, phone, distance, rating and website as far as they \
                are known. This is a preview: the API's own description of it is incomplete, so that requests may \
                be refused and columns be empty. --json prints what came.
                """,
            usesNetwork: true,
            positionals: [Positional("QUERY", .required, summary: "what to look for")],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel places '24 hour pharmacy' --near 94110", "Near a postal code"),
                .init("parallel places 'coffee' --near 'Mitte, Berlin' --json", "With opening hours, as JSON"),
            ],
            check: { options, words throws(UsageError) in
                try options.preview.check(&options.output)
                options.search.query = words[0]
                if options.search.location.isEmpty {
                    throw UsageError("missing --near", hint: "say where: --near 'Mitte, Berlin', or a postal code")
                }
                do throws(InvalidRequest) { try options.search.check() } catch { throw UsageError(error.message) }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APICall.client(options.preview, options.connection, output, context)
        let cost = options.search.cost.map { "about \($0.text)" } ?? "whose price is not known"
        let call = APICall(
            endpoint: .searchPlaces, body: options.search.json,
            terms: "the search would be in the mode \(options.search.mode), \(cost)", status: "searching")
        if try await call.isShown(options.preview, client, output, context) { return .success }
        let answer = try await call.send(client, output, context)
        for warning in SearchResponse.warnings(in: answer) { output.warn(saying: warning) }
        try write(answer)
        try output.finish()
        return .success
    }

    private func write(_ answer: JSONValue) throws {
        if output.format.isJSON { return try output.write(document: answer) }
        let places = PlaceSearch.places(in: answer)
        if places.isEmpty, output.format == .table {
            return output.note("no places")
        }
        let rows = places.map { place in
            PlaceSearch.columns.map { column in
                let value = column.members.lazy.compactMap { place[$0] }.first { !$0.isNull }
                return value.map { $0.string ?? $0.serialized() } ?? ""
            }
        }
        try output.write(
            table: Document.Table(
                headings: PlaceSearch.columns.map(\.heading), rows: rows,
                kinds: [.text, .text, .text, .number, .text, .text, .url]))
    }
}
