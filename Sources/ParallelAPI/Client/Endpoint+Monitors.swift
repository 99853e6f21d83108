package import ParallelHTTP

/// The calls for monitors (`/v1/monitors`).
extension Endpoint {
    /// The list, or the creation of one, which costs money.
    package static func monitors(_ method: HTTPMethod, query: [(String, String)] = []) -> Endpoint {
        Endpoint(
            method, ["v1", "monitors"], query: query, resend: method == .post ? .never : .safe,
            creates: method == .post ? .monitor : nil)
    }

    /// A call for one monitor: `/v1/monitors/{monitor_id}`, or an action on it.
    ///
    /// - Parameter resend: `never` for what is done once more by a second request, such as an execution.
    package static func monitor(
        _ id: String, _ action: String? = nil, method: HTTPMethod = .get, query: [(String, String)] = [],
        resend: Resend = .safe
    ) -> Endpoint {
        Endpoint(
            method, ["v1", "monitors", id] + (action.map { [$0] } ?? []), query: query, resend: resend,
            subject: "monitor \(id)")
    }
}
