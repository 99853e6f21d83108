import ParallelHTTP
package import ParallelSystem

/// Waits on a port of this machine for the browser to bring the answer of a login (RFC 8252 §7.3).
///
/// The port is open from `init` on, so that no other program can take it before the browser opens.
package struct CallbackListener: Sendable {
    private let server: LoopbackServer
    package var port: Int { server.port }

    /// Throws `SystemError` if the port is taken.
    package init(port: Int = 0) throws(SystemError) {
        server = try LoopbackServer(port: port)
    }

    /// Returns the answer to `pending` once a browser brings it, and closes the port. Answers to other logins are
    /// refused. Throws `CancellationError` if the task is cancelled.
    package func answer(to pending: PendingLogin) async throws -> [(name: String, value: String)] {
        let found = Lock<[(name: String, value: String)]?>(nil)
        let path = pending.path
        await server.run { request in
            guard request.path == path else { return .init(404) }
            guard request.method == "GET" else { return .init(405) }
            let answer = request.queryItems
            guard pending.owns(answer) else {
                return Self.page(400, "This is the answer to another login, or to one that has ended.")
            }
            found.withLock { $0 = answer }
            let isRefused = answer.contains { $0.name == "error" }
            var reply = Self.page(
                200, isRefused ? "The login was refused." : "The answer has arrived. You can close this window.")
            reply.isLast = true
            return reply
        }
        guard let answer = found.withLock({ $0 }) else { throw CancellationError() }
        return answer
    }

    /// Returns a page that holds nothing of the request.
    private static func page(_ status: Int, _ text: String) -> LoopbackServer.Reply {
        var reply = LoopbackServer.Reply(
            status,
            "<!doctype html><meta charset=utf-8><title>parallel login</title><body style=\"font:1.2em sans-serif;margin:3em\">"
                + "<p>\(text)<p>Go on in the terminal.\n",
            type: "text/html; charset=utf-8")
        reply.response.headers.add("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
        reply.response.headers.add("cache-control", "no-store")
        reply.response.headers.add("referrer-policy", "no-referrer")
        return reply
    }
}
