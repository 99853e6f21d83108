/// The error for a request that violates the API's documented rules, thrown before anything is sent.
package struct InvalidRequest: Error, Sendable, Equatable {
    /// One line that names the limit and the offending part.
    package let message: String

    package init(_ message: String) { self.message = message }
}
