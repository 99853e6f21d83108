import ParallelJSON
import ParallelSystem

/// Routes that give everybody the same answers. The strict mode has made them, and it refuses what has wrong types, so
/// that both have the shapes of the API.
struct ExampleRoutes: Sendable {
    let strict: Router
    /// The token and key that the strict mode is asked with.
    let token: String

    /// Asks for each example once, and returns its routes.
    ///
    /// - Throws: an `APIFailure` if the strict mode refuses one, which is a mistake in the list.
    func routes() async throws -> [Route] {
        var ids: [String: String] = [:]
        var routes: [Route] = []
        for example in Example.all {
            let segments = Request.segments(of: example.path)
            let path = segments.map { Self.name($0).map { ids[$0] ?? "?" } ?? $0 }.joined(separator: "/")
            let question = Array((example.question ?? "").utf8)
            let reply = if let made = example.answer { try made() } else { try await answer(example, path, question) }
            if case .bytes(let bytes) = reply.body, let body = try? JSONValue.parse(bytes) {
                for member in body.object ?? [:] where member.key.ends(with: "_id") {
                    ids[member.key] = member.value.string
                }
                if let run = body["run_ids"]?[0]?.string { ids["run_id"] = run }
            }
            var streamed: Reply?
            if example.types?.has("stream") == true, var body = try JSONValue.parse(question).object {
                body["stream"] = true
                streamed = try await answer(example, path, JSONValue.object(body).bytes())
            }
            let events = streamed
            let pattern = segments.map { Self.name($0) == nil ? $0 : "*" }.joined(separator: "/")
            // The API's description has no path in front of those of the Account API, the usual base URL has one.
            for place in pattern.begins(with: "/account/") ? [pattern, String(pattern.dropping(bytes: 8))] : [pattern] {
                routes.append(
                    Route(example.method, place) { request, _ in
                        guard let types = example.types else { return reply }
                        guard let body = try? RequestCheck.body(of: request), types.fit(body) else {
                            return try await strict.answer(asked(example.method, path, request.body, request.headers))
                        }
                        return body["stream"]?.bool == true ? events ?? reply : reply
                    })
            }
        }
        return routes
    }

    /// Returns the name in a segment such as `{run_id}`; nil for any other segment.
    private static func name(_ segment: String) -> String? {
        segment.begins(with: "{") ? String(segment.dropFirst().dropLast()) : nil
    }

    private func asked(
        _ method: String, _ path: String, _ body: [UInt8], _ headers: [String: String]
    ) -> Request {
        let own = ["x-api-key": token, "authorization": "Bearer \(token)"]
        return Request(method: method, path: path, headers: headers.merging(own) { $1 }, body: body)
    }

    /// Returns the strict mode's answer; that of a stream, when it has ended.
    private func answer(_ example: Example, _ path: String, _ question: [UInt8]) async throws -> Reply {
        let request = asked(example.method, path, question, ["content-type": "application/json"])
        var reply = try await strict.answer(request)
        guard (200...299).contains(reply.status) else {
            throw APIFailure(status: reply.status, message: "There is no example for \(example.method) \(path).")
        }
        if case .stream(let stream) = reply.body {
            var bytes: [UInt8] = []
            while let chunk = try await stream.next() { bytes += chunk }
            reply.body = .bytes(bytes)
        }
        return reply
    }
}
