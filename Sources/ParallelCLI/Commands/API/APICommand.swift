import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel api`: any call of the API, as its reference describes it.
struct APICommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var method = HTTPMethod.get
        /// The path below the base URL, without the query.
        var path = ""
        var query: [(String, String)] = []
        /// The members of the body, or of the query of a GET.
        var fields: [(key: String, value: FieldValue)] = []
        var input: InputSource?
        var headers = HTTPHeaders()
        var followsPages = false
        var showsHead = false
        var preview = PreviewOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions.ofAnyFileName

        var writesJSON: Bool { true }
    }

    enum FieldValue: Sendable {
        case text(String)
        case json(InputSource)
    }

    static let name = "api"

    static var command: Command {
        Command(
            summary: "Call any endpoint of the API",
            description: """
                Sends a request as the API's reference describes it, with the key and the base URL of all other \
                commands, and prints the answer: JSON as it came, events of a stream as lines of JSON. For endpoints \
                that have no command of their own, and to see what the API itself says.

                A POST may create what costs money, so it is never sent again if it may have been accepted.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "METHOD", .required, completion: .words(HTTPMethod.allCases.map(\.rawValue)),
                    summary: "GET, POST, PUT, PATCH or DELETE"),
                Positional(
                    "PATH", .required, summary: "the path with its query, such as: api GET /v1/monitors?limit=5"),
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel api GET /v1/tasks/runs/trun_9907962f83aa4d9d98fd7f4bf745d654 | jq .status", "Read"),
                .init(
                    "parallel api POST /v1/search -F 'search_queries=[\"heat pumps\"]' -f mode=fast",
                    "Send a body made of fields"),
                .init("parallel api GET /v1/monitors --paginate | jq -r '.monitors[].monitor_id'", "All pages"),
            ],
            check: { options, words throws(UsageError) in try options.check(words) }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APICall.client(options.preview, options.connection, output, context)
        let body = try body()
        var query = options.query
        if options.method == .get { query += try fields().map { ($0.key, $0.value.string ?? $0.value.serialized()) } }
        if options.preview.sendsNothing {
            let request = try await client.preview(of: endpoint(query), bytes: body, headers: options.headers)
            let shown = body.flatMap { try? JSONValue.parse($0) }
            if shown == nil, body != nil { output.warn("the body is no JSON and is not shown") }
            try RequestPreview.show(request, body: shown, options.preview, terms: "it would be this", output, context)
            return .success
        }
        var seen: Set<String> = []
        var cursor = try await exchange(client, query, body)
        // A cursor that comes again would lead round in a circle.
        while options.followsPages, let next = cursor, seen.insert(next).inserted {
            cursor = try await exchange(client, query + [("cursor", next)], body)
        }
        try output.finish()
        return .success
    }

    private func endpoint(_ query: [(String, String)]) -> Endpoint {
        Endpoint(options.method, at: options.path, query: query)
    }

    /// Sends the request once and prints the answer. Returns the cursor of the page that follows, if there is one.
    private func exchange(
        _ client: ParallelClient, _ query: [(String, String)], _ body: [UInt8]?
    ) async throws -> String? {
        let endpoint = endpoint(query)
        let progress = RunProgress(context: context, output: output, events: .none, status: "waiting for the answer")
        let effect = Effect(
            work: "the API had the request",
            uncertain: ["it may have had its effect all the same; it was not sent again, since that may cost twice"],
            nothing: "nothing was done")
        let request = CreationRequest(body: body ?? [], of: nil)
        return try await progress.shown {
            guard endpoint.resend == .never else { return try await answer(client, endpoint, body) }
            return try await effect.performing(request, context, created: { _ in [] }) {
                try await answer(client, endpoint, body)
            }
        }
    }

    /// Sends the request and prints the answer as it comes. Returns the cursor of the page that follows.
    private func answer(_ client: ParallelClient, _ endpoint: Endpoint, _ body: [UInt8]?) async throws -> String? {
        let response: HTTPResponse
        do {
            response = try await client.response(to: endpoint, bytes: body, headers: options.headers)
        } catch let error as APIError where options.showsHead {
            try writeHead(error.status, error.headers)
            throw error
        }
        if options.showsHead { try writeHead(response.status, response.headers) }
        if response.headers["content-type"]?.asciiLowercased.begins(with: "text/event-stream") == true {
            for try await event in ServerSentEventStream(response.body) {
                let data = (try? JSONValue.parse(event.bytes)) ?? .string(event.data)
                try output.write(document: data, isOnly: false)
            }
            return nil
        }
        let bytes = try await response.body.collect(upTo: HTTPRequest.usualBodyBytes)
        guard let json = try? JSONValue.parse(bytes) else {
            if !options.output.reduction.isEmpty { output.warn("the answer is no JSON, and is printed whole") }
            // What is no JSON is passed on as it is; on a terminal it can do nothing.
            if output.isTerminal {
                try output.write(networkText: String(decoding: bytes, as: UTF8.self))
            } else {
                try output.write(bytes: bytes)
            }
            return nil
        }
        let isOnly = !options.followsPages
        try output.write(document: json, isOnly: isOnly, isPretty: output.isTerminal && isOnly)
        return json["next_cursor"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    private func writeHead(_ status: Int, _ headers: HTTPHeaders) throws {
        let lines = ["HTTP \(status)"] + headers.fields.map { "\($0.name): \($0.value)" }
        for line in lines { try output.write(networkText: line) }
        try output.write("\n")
    }

    // MARK: - The body

    private func fields() throws -> [(key: String, value: JSONValue)] {
        let sources = SourceText(context: context)
        return try options.fields.map { field in
            switch field.value {
            case .text(let text): (field.key, .string(text))
            case .json(let source): (field.key, try sources.json(of: source, for: "-F \(field.key)"))
            }
        }
    }

    private func body() throws -> [UInt8]? {
        if let input = options.input {
            return Array(try SourceText(context: context).text(of: input, for: "--input").utf8)
        }
        guard options.method != .get, !options.fields.isEmpty else { return nil }
        return JSONValue.object(JSONObject(try fields().map { ($0.key, $0.value) })).bytes()
    }
}

extension APICommand.Options {
    static let flags: [Flag<APICommand.Options>] =
        [
            Flag(
                "field", short: "f", value: FlagSpec.Value("KEY=TEXT"), isRepeatable: true,
                summary: "A text in the body, or in a GET's query (repeatable)"
            ) { options, text throws(InvalidValue) in
                let (key, value) = try member(text)
                options.fields.append((key, .text(value)))
            },
            Flag(
                "json-field", short: "F", value: FlagSpec.Value("KEY=JSON"), isRepeatable: true,
                summary: "A JSON value in the body: JSON or @FILE (repeatable)"
            ) { options, text throws(InvalidValue) in
                let (key, value) = try member(text)
                options.fields.append((key, .json(InputSource(value))))
            },
            Flag(
                "input", value: FlagSpec.Value("FILE", completion: .file, takesStandardInput: true),
                summary: "Send FILE, or - for standard input, as the body"
            ) { options, text throws(InvalidValue) in
                options.input = InputSource(fileName: try FileNameText.parse(text))
            },
            Flag(
                "header", short: "H", value: FlagSpec.Value("NAME: VALUE"), isRepeatable: true,
                summary: "A further header field (repeatable)",
                details: "Not the key, which no command line may hold: see --api-key-file."
            ) { options, text throws(InvalidValue) in
                guard let colon = text.place(of: ":") else { throw InvalidValue("write it as 'Name: value'") }
                let name = String(text[..<colon])
                let value = String(text.halves(around: colon).1.trimmed)
                guard HTTPHeaders.isValidName(name), HTTPHeaders.isValidValue(value) else {
                    throw InvalidValue("that is no header field; write it as 'Name: value'")
                }
                if ["authorization", "x-api-key", "cookie", "host", "content-length"].contains(name.asciiLowercased) {
                    throw InvalidValue("'\(name)' is not given here; the key comes from where all commands take it")
                }
                options.headers.set(name.asciiLowercased, value)
            },
            Flag("paginate", summary: "Follow next_cursor, and print a line for each page") { $0.followsPages = $1 },
            Flag("include", short: "i", summary: "Print status and header fields, too") { $0.showsHead = $1 },
        ] + PreviewFlags.all.map { $0.embedded(at: \.preview) }
        + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
        + OutputFlags.data().filter { $0.spec.name != "format" }.map { $0.embedded(at: \.output) }

    private static func member(_ text: String) throws(InvalidValue) -> (String, String) {
        guard let equals = text.place(of: "="), equals > text.startIndex else {
            throw InvalidValue("'\(text.shortened(to: 60))' is not KEY=VALUE")
        }
        let (key, value) = text.halves(around: equals)
        return (String(key), String(value))
    }

    mutating func check(_ words: [String]) throws(UsageError) {
        guard let method = HTTPMethod(rawValue: words[0].uppercased()) else {
            throw UsageError(
                "METHOD: '\(UsageError.shown(words[0]).shortened(to: 40))' is none of "
                    + HTTPMethod.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self.method = method
        let target = words[1]
        guard target.begins(with: "/"), !target.begins(with: "//"), !target.has("#"),
            target.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else {
            throw UsageError(
                "PATH: '\(UsageError.shown(target).shortened(to: 60))' is no path such as /v1/search",
                hint: "the base URL is that of all commands; PARALLEL_BASE_URL moves it")
        }
        path = String(target.upTo { $0 == "?" })
        if path.parts(between: "/").contains(where: { $0 == ".." || $0 == "." }) {
            throw UsageError("PATH: '..' and '.' have no place in it")
        }
        query = FormFields.parse(String(target.dropping(bytes: path.utf8.count + 1))).map { ($0.name, $0.value) }
        try preview.check(&output)
        if input != nil, !fields.isEmpty { throw UsageError("--input and fields of -f or -F exclude each other") }
        if input != nil, method == .get { throw UsageError("--input: a GET has no body") }
        if followsPages, method != .get { throw UsageError("--paginate goes with GET") }
    }
}
