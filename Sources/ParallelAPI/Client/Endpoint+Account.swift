import ParallelHTTP

/// The Account API, which is below an address of its own and takes the token of a login in place of a key.
extension Endpoint {
    package static let apps = Endpoint(.get, accountPath + ["apps"])

    /// Creates a key, which costs nothing; but a second one nobody would know of.
    package static func createKey(in app: String) -> Endpoint {
        Endpoint(.post, accountPath + ["apps", app, "keys"], resend: .never, subject: "app \(app)")
    }

    package static func deleteKey(_ id: String, in app: String) -> Endpoint {
        Endpoint(.delete, accountPath + ["apps", app, "keys", id], resend: .ifUnanswered, subject: "key \(id)")
    }

    package static let balance = Endpoint(.get, accountPath + ["balance"])

    /// Charges the card of the organisation, once for each idempotency key.
    package static let addBalance = Endpoint(.post, accountPath + ["balance", "add"])

    private static let accountPath = ["service", "v1"]
}
