import ParallelJSON
import ParallelSystem

/// `/v1/monitors`: makes, lists, changes and ends monitors, and shows what they have found.
struct MonitorRoutes: Sendable {
    let monitors: MonitorStore
    let runs: RunStore

    var routes: [Route] {
        [
            Route("POST", "/v1/monitors") { request, _ in .json(201, try await create(request)) },
            Self.route("GET", "/v1/monitors") { request, _ in .json(200, try await list(request)) },
            Route("GET", "/v1/monitors/stats") { _, _ in .json(200, await stats()) },
            Self.route("GET", "/v1/monitors/*") { _, ids in .json(200, try await monitors.monitor(ids[0]).json) },
            Route("POST", "/v1/monitors/*/update") { request, ids in
                let body = try MonitorRequest.update(request, of: try await monitors.monitor(ids[0]))
                return .json(200, try await monitors.change(ids[0]) { $0.update(body) }.json)
            },
            Route("POST", "/v1/monitors/*/cancel") { _, ids in
                .json(200, try await monitors.change(ids[0]) { $0.cancel() }.json)
            },
            Route("POST", "/v1/monitors/*/trigger") { _, ids in
                if try await monitors.monitor(ids[0]).isCancelled {
                    throw APIFailure(status: 422, message: "A cancelled monitor can't be triggered")
                }
                try await monitors.begin(ids[0])
                return .noContent
            },
            Route("GET", "/v1/monitors/*/events") { request, ids in
                .json(200, try await events(request, of: ids[0]))
            },
        ]
    }

    /// Returns a route whose 422 responses have the form that the list and a monitor alone use.
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

    private func create(_ request: Request) async throws -> JSONValue {
        let body = try MonitorRequest.creation(request)
        guard let id = body["settings"]?["task_run_id"]?.string, body["type"]?.string == "snapshot" else {
            return await monitors.add(Monitor(body, watching: nil)).json
        }
        guard let run = await runs.record(id), run.status == .completed else {
            let place: JSONValue = ["body", "settings", "task_run_id"]
            throw APIFailure.validation([
                ["loc": place, "msg": "Input should be the id of a completed run", "type": "value_error"]
            ])
        }
        let output = (try? JSONValue.parse(RunAnswer.output(of: run))) ?? .null
        let query = run.request.publicBody["input"] ?? .null
        let text = query.string ?? query.serialized()
        return await monitors.add(Monitor(body, watching: (.string(text), output))).json
    }

    private func list(_ request: Request) async throws -> JSONValue {
        let (start, limit) = try Self.page(request, usual: 100, largest: 10_000)
        let statuses = try Self.choices("status", ["active", "cancelled"], request)
        let types = try Self.choices("type", ["event_stream", "snapshot"], request)
        let all = await monitors.all.filter { monitor in
            (statuses.isEmpty ? ["active"] : statuses).contains(monitor.isCancelled ? "cancelled" : "active")
                && (types.isEmpty || types.contains(monitor.type))
        }
        return Self.page(of: all.map(\.json), named: "monitors", from: start, limit)
    }

    private func stats() async -> JSONValue {
        let all = await monitors.all
        var counts: JSONObject = [:]
        for monitor in all {
            let status = monitor.isCancelled ? "cancelled" : "active"
            let processor = monitor.members["processor"]?.string ?? ""
            let frequency = monitor.members["frequency"]?.string ?? ""
            var processors = counts[status]?.object ?? [:]
            var frequencies = processors[processor]?.object ?? [:]
            frequencies[frequency] = .number(JSONNumber((frequencies[frequency]?.int ?? 0) + 1))
            processors[processor] = .object(frequencies)
            counts[status] = .object(processors)
        }
        return ["total": .number(JSONNumber(all.count)), "processor_counts": .object(counts)]
    }

    private func events(_ request: Request, of id: String) async throws -> JSONValue {
        let (start, limit) = try Self.page(request, usual: 20, largest: 100)
        let completions = request.query["include_completions"] ?? "false"
        guard ["true", "false"].contains(completions) else {
            throw Self.failure("include_completions", "Input should be a valid boolean", "bool_parsing")
        }
        var events = try await monitors.monitor(id).events
        if completions == "false" { events.removeAll { $0["event_type"]?.string == "completion" } }
        if let group = request.query["event_group_id"] {
            events.removeAll { $0["event_group_id"]?.string != group }
            return ["events": .array(events), "next_cursor": .null, "warnings": .null]
        }
        var page = Self.page(of: events, named: "events", from: start, limit).object ?? [:]
        page["warnings"] = .some(.null)
        return .object(page)
    }

    // MARK: - Queries

    /// Returns where a page begins, and how many elements it may have. The cursor is a number in disguise.
    private static func page(_ request: Request, usual: Int, largest: Int) throws(APIFailure) -> (Int, Int) {
        var (start, limit) = (0, usual)
        if let text = request.query["limit"] {
            guard let number = Int(text), (1...largest).contains(number) else {
                throw failure("limit", "Input should be a number from 1 to \(largest)", "int_range")
            }
            limit = number
        }
        if let cursor = request.query["cursor"] {
            guard cursor.begins(with: "page-"), let number = Int(cursor.dropping(bytes: 5)), number >= 0 else {
                throw failure("cursor", "Invalid cursor", "value_error")
            }
            start = number
        }
        return (start, limit)
    }

    private static func page(of all: [JSONValue], named name: String, from start: Int, _ limit: Int) -> JSONValue {
        let page = all.dropFirst(start).prefix(limit)
        let end = start + page.count
        return .object([
            name: .array(Array(page)), "next_cursor": end < all.count ? .string("page-\(end)") : .null,
        ])
    }

    /// Returns the values of a parameter that may be repeated, or hold several with commas between them.
    private static func choices(_ name: String, _ known: [String], _ request: Request) throws(APIFailure) -> [String] {
        let words = request.queryItems.filter { $0.0 == name }.flatMap { $0.1.parts(between: ",").map(String.init) }
        if let other = words.first(where: { !known.contains($0) }) {
            throw failure(name, "Input should be one of \(known.joined(separator: ", ")), not '\(other)'", "enum")
        }
        return words
    }

    private static func failure(_ name: String, _ message: String, _ type: String) -> APIFailure {
        .validation([["loc": ["query", .string(name)], "msg": .string(message), "type": .string(type)]])
    }
}
