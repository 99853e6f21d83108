import ParallelHTTP

/// One call of the API: method, path, and whether it may be sent twice.
struct Endpoint: Sendable {
    let method: HTTPMethod
    /// Below the base URL; ids in it are already encoded.
    let path: String
    var query: [(String, String)] = []
    /// `never` for what costs money.
    var resend = Resend.safe

    static let createRun = Endpoint(method: .post, path: "/v1/tasks/runs", resend: .never)
    /// A read in effect: nothing is created by asking again.
    static let search = Endpoint(method: .post, path: "/v1/search")

    static func run(_ id: String) -> Endpoint { Endpoint(method: .get, path: runPath(id)) }

    /// The long-poll; `timeout` in whole seconds.
    static func result(_ id: String, timeout: Int) -> Endpoint {
        Endpoint(method: .get, path: runPath(id) + "/result", query: [("timeout", String(timeout))])
    }

    static func input(_ id: String) -> Endpoint { Endpoint(method: .get, path: runPath(id) + "/input") }
    static func events(_ id: String) -> Endpoint { Endpoint(method: .get, path: runPath(id) + "/events") }

    private static func runPath(_ id: String) -> String { "/v1/tasks/runs/\(HTTPURL.encodeSegment(id))" }
}
