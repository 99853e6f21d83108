package import ParallelHTTP
import ParallelSystem
package import Testing

/// A transport that answers from a script. An unexpected request fails the test, and so does an exchange that is still
/// unused when the transport is released.
///
/// Each exchange serves one request. Requests match by method and path, in any order, because concurrent code sends
/// them; exchanges that match the same request are used in order.
package final class ScriptedTransport: HTTPTransport {
    package struct Exchange: Sendable {
        fileprivate let method: HTTPMethod
        fileprivate let target: String
        fileprivate let respond: @Sendable (HTTPRequest) async throws -> HTTPResponse

        /// - Parameter target: the URL's path; with `?query`, only requests with exactly that query match.
        package init(
            _ method: HTTPMethod, _ target: String,
            respond: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
        ) {
            self.method = method
            self.target = target
            self.respond = respond
        }

        package init(
            _ method: HTTPMethod, _ target: String, status: Int = 200, headers: [(String, String)] = [],
            body: String = ""
        ) {
            let fields = HTTPHeaders(headers)
            self.init(method, target) { _ in
                HTTPResponse(status: status, headers: fields, body: HTTPBody(Array(body.utf8)))
            }
        }

        package init(_ method: HTTPMethod, _ target: String, failing error: HTTPError) {
            self.init(method, target) { _ in throw error }
        }

        fileprivate func matches(_ request: HTTPRequest) -> Bool {
            let wanted = target.contains("?") ? request.url.path + "?" + (request.url.query ?? "") : request.url.path
            return method == request.method && target == wanted
        }

        fileprivate var name: String { "\(method.rawValue) \(target)" }
    }

    private struct State {
        var unused: [Exchange]
        var requests: [HTTPRequest] = []
    }

    private let state: Lock<State>
    private let sourceLocation: SourceLocation

    package init(_ exchanges: [Exchange], sourceLocation: SourceLocation = #_sourceLocation) {
        state = Lock(State(unused: exchanges))
        self.sourceLocation = sourceLocation
    }

    deinit {
        for exchange in state.withLock({ $0.unused }) {
            Issue.record("nobody sent the expected \(exchange.name)", sourceLocation: sourceLocation)
        }
    }

    /// All requests so far, in the order of arrival.
    package var requests: [HTTPRequest] { state.withLock { $0.requests } }

    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let exchange = state.withLock { state -> Exchange? in
            state.requests.append(request)
            return state.unused.firstIndex { $0.matches(request) }.map { state.unused.remove(at: $0) }
        }
        guard let exchange else {
            let message = "nobody expected \(request.method.rawValue) \(request.url.redacted())"
            Issue.record("\(message)", sourceLocation: sourceLocation)
            throw HTTPError(.protocolError, message, mayHaveBeenSent: false)
        }
        return try await exchange.respond(request)
    }
}
