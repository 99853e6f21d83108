import ParallelSystem

/// One request of a connection, until its answer is sent.
struct ServerExchange: Sendable {
    let socket: ServerSocket
    let request: ServerRequest

    /// Has the handler answer, and sends the answer. Returns whether the connection may be used again and whether this
    /// was the last reply; nil if the connection broke or the answer could not be sent whole.
    func run(_ handler: @escaping LoopbackServer.Handler) async -> (isKept: Bool, isLast: Bool)? {
        // A client that closes its connection doesn't want the answer any more.
        await withTaskGroup(of: (isKept: Bool, isLast: Bool)??.self) { group in
            defer { group.cancelAll() }
            group.addTask { await socket.isClosedByClient() ? .some(nil) : nil }
            group.addTask {
                let reply: LoopbackServer.Reply
                do {
                    reply = try await handler(request)
                } catch {
                    reply = LoopbackServer.Reply(500)
                }
                if Task.isCancelled { return .some(nil) }
                let asksToClose = reply.response.headers["connection"]?.asciiLowercased == "close"
                let isKept = request.keepsConnection && !asksToClose && !reply.isLast
                do {
                    try await send(reply, isKept: isKept)
                } catch {
                    return .some(nil)
                }
                return .some((isKept, reply.isLast))
            }
            for await result in group {
                if let result { return result }
            }
            return nil
        }
    }

    /// Sends an answer. Throws if the client is gone, and the error that ends its body early.
    func send(_ reply: LoopbackServer.Reply, isKept: Bool) async throws {
        let response = reply.response
        let hasBody = request.method != "HEAD" && ![204, 304].contains(response.status)
        if let bytes = response.body.wholeBytes {
            let head = Self.head(response, length: response.status == 204 ? nil : bytes.count, isKept: isKept)
            return try await socket.send(head + (hasBody ? bytes : []))
        }
        // HTTP/1.0 knows no chunks; there the end of the connection is the end of the body.
        let isChunked = request.isHTTP11 && hasBody
        try await socket.send(Self.head(response, length: nil, isKept: isKept, isChunked: isChunked))
        guard hasBody else { return }
        for try await chunk in response.body {
            let size = Array((String(chunk.count, radix: 16) + "\r\n").utf8)
            try await socket.send(isChunked ? size + chunk + [0x0D, 0x0A] : chunk)
        }
        if isChunked { try await socket.send(Array("0\r\n\r\n".utf8)) }
    }

    /// The fields that belong to one connection, which only this server knows (RFC 9110 §7.6.1).
    private static let ownFields: Set<String> = [
        "connection", "keep-alive", "content-length", "transfer-encoding", "upgrade", "te", "trailer",
    ]

    /// Returns the head of an answer. Fields that would break it are left out.
    static func head(_ response: HTTPResponse, length: Int?, isKept: Bool, isChunked: Bool = false) -> [UInt8] {
        var lines = ["HTTP/1.1 \(response.status) \(response.status == 200 ? "OK" : "")"]
        for field in response.headers where !ownFields.contains(field.name.asciiLowercased) {
            guard HTTPHeaders.isValidName(field.name), HTTPHeaders.isValidValue(field.value) else { continue }
            lines.append("\(field.name): \(field.value)")
        }
        if let length { lines.append("Content-Length: \(length)") }
        if isChunked { lines.append("Transfer-Encoding: chunked") }
        if !isKept { lines.append("Connection: close") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }
}
