import ParallelJSON
import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file of JSON lines with the requests, the responses and the ends of runs.
///
/// Each line is one `write` to a file opened for appending, so lines of several threads stay whole. Only header fields
/// of an allow-list are logged, and secret values are masked, so no key ever reaches the file.
final class TrafficLog: Sendable {
    private let file: FileDescriptor
    private let includesResponses: Bool

    /// The maximum length of a list of inputs or run ids that is logged in full.
    static let maximumListLength = 100

    static let loggedHeaders = [
        "accept", "accept-encoding", "anthropic-beta", "anthropic-version", "connection", "content-length",
        "content-type", "idempotency-key",
        "mcp-method", "mcp-protocol-version", "parallel-beta", "user-agent", "x-stainless-async",
        "x-stainless-poll-helper", "x-stainless-retry-count",
    ]

    /// Opens or creates the file at `path` for appending.
    init(path: String, includesResponses: Bool) throws(SystemFailure) {
        do throws(FileError) {
            file = try FileDescriptor(path: path, flags: O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
        } catch {
            throw SystemFailure("cannot open \(path)", error)
        }
        self.includesResponses = includesResponses
    }

    func record(_ request: Request, number: Int) {
        let headers = Self.loggedHeaders.compactMap { name in
            request.headers[name].map { (name, JSONValue.string($0)) }
        }
        let query = request.query.sorted { $0.key < $1.key }.map { name, value in
            (name, JSONValue.string(SecretMask.isSecret(name, at: request.path) ? SecretMask.mask : value))
        }
        let authentication: JSONValue =
            request.headers["x-api-key"] != nil
            ? "x-api-key"
            : request.headers["x-goog-api-key"] != nil
                ? "x-goog-api-key" : request.headers["authorization"] != nil ? "bearer" : .null
        write(
            "request",
            [
                "id": .number(JSONNumber(number)), "method": .string(request.method), "path": .string(request.path),
                "query": .object(JSONObject(query)),
                "headers": .object(JSONObject(headers)), "auth": authentication,
                "body": Self.takesTokens(request) ? Self.withoutTokens(request) : Self.logged(request.body),
            ])
    }

    /// Logs a response. `fault` names a delivery other than whole; a dropped response has no status.
    ///
    /// - Returns: the reply to send; if it is a stream, its chunks are logged as they are sent.
    func record(_ reply: Reply, number: Int) -> Reply {
        var line: JSONObject = [
            "id": .number(JSONNumber(number)),
            "status": reply.delivery == .dropped ? .null : .number(JSONNumber(reply.status)),
        ]
        if reply.delivery != .whole { line["fault"] = reply.delivery == .dropped ? "drop" : "truncate" }
        if includesResponses, case .bytes(let body) = reply.body {
            line["body"] = Self.withoutTokens(Self.logged(body))
        }
        write("response", line)
        var reply = reply
        if includesResponses, case .stream(let stream) = reply.body {
            reply.body = .stream(LoggedStream(stream: stream, log: self, number: number))
        }
        return reply
    }

    fileprivate func record(piece: [UInt8], number: Int) {
        write(
            "piece",
            ["id": .number(JSONNumber(number)), "body": .string(String(decoding: piece, as: UTF8.self))])
    }

    /// - Parameter nanoseconds: the monotonic time just before waiting clients were woken.
    func record(run id: String, _ status: RunStatus, endedAt nanoseconds: Int) {
        write("run", ["run_id": .string(id), "status": .string(status.rawValue)], at: nanoseconds)
    }

    /// - Parameter status: the status of the answer; nil if there was none.
    func record(webhookOf id: String, attempt: Int, status: Int?) {
        write(
            "webhook",
            [
                "run_id": .string(id), "attempt": .number(JSONNumber(attempt)),
                "status": status.map { .number(JSONNumber($0)) } ?? .null,
            ])
    }

    private func write(_ event: String, _ members: JSONObject, at nanoseconds: Int = WallClock.monotonicNanoseconds()) {
        var line: JSONObject = [
            "event": .string(event), "time": .string(WallClock.timestamp()),
            "monotonic_ns": .number(JSONNumber(nanoseconds)),
        ]
        line.members += members.members
        var bytes = JSONValue.object(line).bytes()
        bytes.append(UInt8(ascii: "\n"))
        try? file.write(bytes)
    }

    /// Returns a body as JSON if it is valid, else as text; null if there is none. Long lists of runs are replaced by
    /// their count.
    private static func logged(_ body: [UInt8]) -> JSONValue {
        if body.isEmpty { return .null }
        guard let value = try? JSONValue.parse(body) else { return .string(String(decoding: body, as: UTF8.self)) }
        guard var object = withoutSecrets(value).object else { return value }
        if let inputs = object["inputs"]?.array { object["inputs"] = .array(inputs.map(withoutSecrets)) }
        // Only the count of a long list is logged, or the log would become as large as all requests together.
        for name in ["inputs", "run_ids"] {
            guard let list = object[name]?.array, list.count > maximumListLength else { continue }
            object[name] = .number(JSONNumber(list.count))
        }
        return .object(object)
    }

    private static func takesTokens(_ request: Request) -> Bool {
        ["/oauth/", "/getServiceKeys/", "/getKeys/"].contains { request.path.begins(with: $0) }
    }

    /// A JSON body for the authorization server, or the fields of a form that are no secrets.
    private static func withoutTokens(_ request: Request) -> JSONValue {
        let body = logged(request.body)
        if request.body.isEmpty || body.object != nil { return body }
        let form = Form(request)
        let shown = ["grant_type", "scope", "resource", "client_id", "redirect_uri"].compactMap { name in
            form[name].map { (name, JSONValue.string($0)) }
        }
        return .object(JSONObject(shown))
    }

    /// Returns an answer of the authorization server without tokens and secrets.
    private static func withoutTokens(_ body: JSONValue) -> JSONValue {
        guard var object = body.object else { return body }
        for name in ["access_token", "refresh_token", "client_secret", "device_code", "raw_api_key"]
        where object[name] != nil {
            object[name] = "***"
        }
        return .object(object)
    }

    private static func withoutSecrets(_ body: JSONValue) -> JSONValue {
        guard var object = body.object else { return body }
        for name in ["mcp_servers", "tools"] {
            if let list = object[name]?.array {
                object[name] = .array(list.map { withoutQuery(TaskRunRequest.withoutSecrets($0)) })
            }
        }
        if let webhook = object["webhook"] { object["webhook"] = withoutQuery(webhook) }
        return .object(object)
    }

    /// Returns a server without the query of its address, which may be a secret.
    private static func withoutQuery(_ server: JSONValue) -> JSONValue {
        guard var entry = server.object else { return server }
        for name in ["url", "server_url"] {
            if let url = entry[name]?.string { entry[name] = .string(SecretMask.address(url, ofServer: true)) }
        }
        return .object(entry)
    }
}

/// A stream whose chunks are logged.
private struct LoggedStream: ReplyStream {
    let stream: any ReplyStream
    let log: TrafficLog
    let number: Int

    func next() async throws -> [UInt8]? {
        let piece = try await stream.next()
        if let piece { log.record(piece: piece, number: number) }
        return piece
    }
}
