import ParallelJSON
import ParallelSystem

/// `/v1beta/findall`: finds all entities that fulfil conditions, all of them made up.
struct FindAllRoutes: Sendable {
    private static let maximumTimeout = 6_000

    let store: FindAllStore
    let runs: RunStore
    let streamLimit: Duration?

    var routes: [Route] {
        let base = "/v1beta/findall"
        let run = base + "/runs/*"
        return [
            Self.route("POST", base + "/ingest") { request, _ in .json(200, try Self.ingest(request)) },
            Self.route("POST", base + "/entity-search") { request, _ in .json(200, try Self.entities(request)) },
            Route("POST", base + "/runs") { request, _ in try await create(request) },
            Self.route("GET", run) { _, ids in .json(200, try await store.record(ids[0]).json) },
            Self.route("GET", run + "/result") { _, ids in .json(200, try await store.record(ids[0]).result) },
            Self.route("GET", run + "/schema") { _, ids in .json(200, try await store.record(ids[0]).schema) },
            Self.route("GET", run + "/events") { request, ids in try await events(request, of: ids[0]) },
            Self.route("POST", run + "/cancel") { _, ids in try await cancel(ids[0]) },
            Route("POST", run + "/enrich") { request, ids in
                _ = try await store.record(ids[0])
                let enrichment = try FindAllEnrichment(request)
                return .json(200, try await store.change(ids[0]) { $0.enrich(enrichment, at: $1, lasting: $2) }.schema)
            },
            Route("POST", run + "/extend") { request, ids in
                _ = try await store.record(ids[0])
                var check = RequestCheck()
                let count = check.member(
                    "additional_match_limit", of: try RequestCheck.body(of: request), at: ["body"], required: true,
                    as: RequestCheck.integer(from: 1))
                try check.throwIfAny()
                return .json(
                    200, try await store.change(ids[0]) { try $0.extend(by: count ?? 0, at: $1, lasting: $2) }.schema)
            },
        ]
    }

    /// Returns a route whose 422 responses are lists of errors.
    private static func route(
        _ method: String, _ path: String,
        answer: @escaping @Sendable (_ request: Request, _ parameters: [String]) async throws -> Reply
    ) -> Route {
        Route(method, path) { request, ids in
            do { return try await answer(request, ids) } catch let failure as APIFailure {
                throw failure.asHTTPValidation
            }
        }
    }

    private func create(_ request: Request) async throws -> Reply {
        let new = try FindAllRequest(request)
        let fault = await runs.takeCreationFault(of: request.body, plan: new.scenario.creation) ?? .none
        return try await fault.apply(actsFirst: true, retryAfter: new.scenario.retryAfter) {
            .json(200, try await store.create(new).json)
        }
    }

    private func cancel(_ id: String) async throws -> Reply {
        _ = try await store.change(id) { record, _, _ in
            guard record.isActive else {
                throw APIFailure(status: 409, message: "FindAll run has already ended")
            }
            record.cancel()
        }
        return .noContent
    }

    private func events(_ request: Request, of id: String) async throws -> Reply {
        let record = try await store.record(id)
        var check = RequestCheck()
        let timeout = request.query["timeout"].map { Seconds.parse($0) ?? -1 } ?? Double(Self.maximumTimeout)
        if !(0...Double(Self.maximumTimeout)).contains(timeout) {
            check.report(
                ["query", "timeout"], "Input should be a number from 0 to \(Self.maximumTimeout)", "float_parsing")
        }
        let cursor = request.query["last_event_id"].flatMap { $0.isEmpty ? nil : $0 }
        let position = cursor.map { record.position(behind: $0) } ?? 0
        if position == nil {
            check.report(["query", "last_event_id"], "There is no such event of this run", "value_error")
        }
        try check.throwIfAny()
        let limit = min(.seconds(timeout), streamLimit ?? .seconds(timeout))
        return .events(
            FindAllEventStream(of: id, in: store, from: position ?? 0, heartbeat: .seconds(10), limit: limit))
    }

    // MARK: - Answers without a run

    /// Makes a schema of an objective such as `Find all startups that build robots and raised money with their CEO`:
    /// what is looked for, a condition for each clause, and what the words `with their` ask for as an enrichment.
    private static func ingest(_ request: Request) throws -> JSONValue {
        var check = RequestCheck()
        let objective = check.member(
            "objective", of: try RequestCheck.body(of: request), at: ["body"], required: true,
            as: RequestCheck.string(from: 1))
        try check.throwIfAny()
        let words = (objective ?? "").split(separator: " ").map(String.init)
        let wish = words.indices.first { words[$0...].prefix(2).map(\.asciiLowercased) == ["with", "their"] }
        var clauses: [[String]] = [[]]
        for word in words[..<(wish ?? words.endIndex)] {
            let starts = ["that", "who", "which", "and", "in", "with", "founded"].contains(word.asciiLowercased)
            if starts, clauses[clauses.count - 1].count > 1 { clauses.append([]) }
            clauses[clauses.count - 1].append(word)
        }
        let subject = clauses[0].filter { !["find", "all", "the"].contains($0.asciiLowercased) }
        let type = subject.last?.asciiLowercased ?? "entities"
        let conditions = (clauses.count > 1 ? clauses.dropFirst() : clauses[...]).map { clause -> JSONValue in
            let name = clause.joined(separator: "_").asciiLowercased.utf8
                .map { $0.isASCIILetterOrDigit ? $0 : UInt8(ascii: "_") }
            return [
                "name": .string(String(decoding: name.prefix(40), as: UTF8.self) + "_check"),
                "description": .string("Each of the \(type) must fulfil: \(clause.joined(separator: " "))"),
            ]
        }
        var enrichments: JSONValue = .null
        if let wish {
            let task = SuggestAnswer(intent: words[(wish + 2)...].joined(separator: " "), previous: nil).answer
            let output: JSONValue = ["type": "json", "json_schema": task["output_schema"] ?? [:]]
            enrichments = [["processor": "core", "output_schema": output]]
        }
        return [
            "objective": .string(objective ?? ""), "entity_type": .string(type), "match_conditions": .array(conditions),
            "enrichments": enrichments, "generator": "core", "match_limit": .null,
        ]
    }

    private static func entities(_ request: Request) throws -> JSONValue {
        let body = try RequestCheck.body(of: request)
        var check = RequestCheck()
        let type = check.member(
            "entity_type", of: body, at: ["body"], required: true, as: RequestCheck.choice(["people", "companies"]))
        let objective = check.member(
            "objective", of: body, at: ["body"], required: true, as: RequestCheck.string(from: 1))
        let limit = check.member(
            "match_limit", of: body, at: ["body"], as: FindAllRequest.integer(FindAllRequest.limits))
        try check.throwIfAny()
        let meaning: FieldMeaning = type == "people" ? .person : .company
        let entities = (1...(limit ?? 100)).map { number -> JSONValue in
            let choice = Int(StableHash.of("\(objective ?? "")\n\(number)") % (1 << 20))
            return [
                "name": .string("\(meaning.text(choice) ?? "Entity") \(number)"),
                "url": .string("https://entity-\(number).parallel.example/"),
                "description": .string("Made up by parallel-sandbox for “\(objective ?? "")”."),
            ]
        }
        return ["entity_set_id": .string(Identifier.make("entity_set_")), "entities": .array(entities)]
    }
}
