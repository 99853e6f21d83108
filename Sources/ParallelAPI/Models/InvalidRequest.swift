/// The error for a request that violates the API's documented rules, thrown before anything is sent.
package struct InvalidRequest: Error, Sendable, Equatable {
    /// One line that names the limit and the offending part.
    package let message: String

    /// Whether search queries beside the objective would make it valid.
    package let needsQueries: Bool

    package init(_ message: String, needsQueries: Bool = false) {
        self.message = message
        self.needsQueries = needsQueries
    }
}
