import ParallelSystem

/// Says whether a request comes from this machine's own browser, and from the sandbox's page in it.
///
/// A page from elsewhere can send requests to this machine, and by DNS rebinding even read the answers, as if they came
/// from its own server. Then `Host` has its name. Everything but the page itself also needs a header field of its own,
/// which a browser sends to another origin only after asking there; the sandbox never allows it.
struct PageGuard: Sendable {
    /// The field that each request of the page's script has.
    static let field = "x-sandbox-page"

    /// The port that the sandbox listens on.
    let port: Int

    /// Returns why the request is refused; nil if it may have the page.
    func refusal(ofPage request: Request) -> String? {
        if let refusal = refusal(ofHost: request) { return refusal }
        let target = request.headers["sec-fetch-dest"] ?? "document"
        return target == "document" ? nil : "The sandbox's page is not shown inside other pages."
    }

    /// Returns why the request is refused; nil if it comes from the page's script.
    func refusal(ofData request: Request) -> String? {
        if let refusal = refusal(ofHost: request) { return refusal }
        let host = request.headers["host"] ?? ""
        let origin = request.headers["origin"] ?? "http://\(host)"
        guard origin == "http://\(host)", request.headers["sec-fetch-site"] ?? "same-origin" == "same-origin" else {
            return "Only the sandbox's own page may ask this."
        }
        return nil
    }

    private func refusal(ofHost request: Request) -> String? {
        let host = request.headers["host"]?.lowercased() ?? ""
        let names = ["127.0.0.1", "localhost", "[::1]"]
        let isKnown = names.contains { host == "\($0):\(port)" || port == 80 && host == $0 }
        return isKnown ? nil : "The sandbox's page is for this machine alone: open http://127.0.0.1:\(port)/"
    }
}
