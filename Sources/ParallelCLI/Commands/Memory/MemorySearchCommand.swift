import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel memory search`: finds earlier work in the memory.
struct MemorySearchCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var query: String?
        var limit: Int?
        var kind: String?
        var since: String?
        var memory = MemoryOptions()
        var spending = SpendingOptions()
        var preview = PreviewOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "limit", value: FlagSpec.Value("N"), summary: "At most N entries, up to 25 (default 10)"
                ) { options, text throws(InvalidValue) in
                    let limit = try NumberText.positive(text)
                    if limit > 25 { throw InvalidValue("\(limit) entries; at most 25 can be had") }
                    options.limit = limit
                },
                MemoryOptions.kind("Only entries of this kind: task, monitor or findall") { $0.kind = $1 },
                Flag(
                    "since", value: FlagSpec.Value("TIME"),
                    summary: "Only entries changed since, such as 2026-11-01",
                    details: "A day, from its beginning in UTC, or a time with its zone: 2026-11-01T09:00:00+01:00."
                ) { options, text throws(InvalidValue) in options.since = try time(text) },
                MemoryOptions.flag.embedded(at: \.memory),
            ] + SpendingFlags.all(of: "a request").map { $0.embedded(at: \.spending) }
            + PreviewFlags.all.map { $0.embedded(at: \.preview) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }

        /// Returns a point in time as the API takes it, which wants a zone.
        private static func time(_ text: String) throws(InvalidValue) -> String {
            let time = SourcePolicy.isDate(text) ? text + "T00:00:00Z" : text
            let end = time.dropping(bytes: min(time.utf8.count, 19))
            let hasZone = end.ends(with: "Z") || end.ends(with: "z") || end.has("+") || end.has("-")
            guard hasZone, Timestamp.seconds(time) != nil else {
                throw InvalidValue("'\(text)' is no day such as 2026-11-01, nor a time with a zone")
            }
            return time
        }
    }

    static let name = "memory search"

    static var command: Command {
        Command(
            summary: "Find earlier runs and monitors in the memory",
            description: """
                Prints entries of the memory that fit the query, or the latest ones: what was asked, what came of it, \
                and the id by which the whole can be had. Finished work gets into the memory after a moment. Whether \
                there is a personal memory depends on the account; keys for applications need --scope-key.
                """,
            usesNetwork: true,
            positionals: [Positional("QUERY", .optional, summary: "what to look for, at most 500 characters")],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel memory search 'inference vendors'", "Has that been asked before?"),
                .init(
                    "parallel memory search --scope-key workspace_acme --kind task --since 2026-01-01",
                    "The latest tasks"),
            ],
            check: { options, words throws(UsageError) in
                try options.preview.check(&options.output)
                guard let query = words.first, !query.isBlank else { return }
                let length = query.unicodeScalars.count
                if length > 500 { throw UsageError("the query has \(length) characters; the limit is 500") }
                options.query = query
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APICall.client(options.preview, options.connection, output, context)
        var body = JSONObject()
        if let query = options.query { body["query"] = .string(query) }
        if let limit = options.limit { body["limit"] = .number(JSONNumber(limit)) }
        if let kind = options.kind { body["kind"] = .string(kind) }
        if let since = options.since { body["since"] = .string(since) }
        if let key = options.memory.scopeKey { body["memory_scope_key"] = .string(key) }
        let call = APICall(
            endpoint: .memory("retrieve"), body: .object(body), terms: "the memory would be searched",
            status: "searching")
        if try await call.isShown(options.preview, client, output, context) { return .success }
        try await Spending(options: options.spending, output: output, context: context)
            .approveOne(of: "a search of the memory: the price is not known", nil, unpriced: "a search of the memory")
        try write(try await call.send(client, output, context))
        try output.finish()
        return .success
    }

    private func write(_ answer: JSONValue) throws {
        if output.format.isJSON { return try output.write(document: answer) }
        let entries = answer["results"]?.array ?? []
        if entries.isEmpty, output.format == .table { return output.note("no entries") }
        let columns: [Document.Column] = [
            .init("id", .identifier), .init("kind"), .init("updated", .time), .init("asked"), .init("outcome"),
        ]
        let rows = entries.map { entry -> [[Document.Inline]] in
            let time = entry["updated_at"]?.string ?? ""
            return [
                [.text(entry["id"]?.string ?? "")], [.text(entry["kind"]?.string ?? "")],
                time.isEmpty ? [] : [.time(time, seconds: Timestamp.seconds(time))],
                [.text(entry["input_excerpt"]?.string ?? "")], [.text(Self.outcome(of: entry))],
            ]
        }
        try output.write(table: Document.Table(columns: columns, rows: rows))
    }

    /// Returns what came of an entry, whichever kind it is.
    private static func outcome(of entry: JSONValue) -> String {
        if let excerpt = entry["output_excerpt"]?.string { return excerpt }
        if let count = entry["matched_count"]?.int { return "\(count.grouped) matched" }
        let events = (entry["matched_events"]?.array ?? []).compactMap { $0["excerpt"]?.string }
        return ([entry["status"]?.string ?? ""] + events).filter { !$0.isEmpty }.joined(separator: "; ")
    }
}
