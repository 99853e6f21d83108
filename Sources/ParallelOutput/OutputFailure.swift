/// Why there is no place for a result, before there is one.
package enum OutputRefusal: Error, Sendable {
    /// A file of that name exists.
    case exists(String)
    case notWritable(String, reason: String)
}

/// A result is not where it was asked to be.
package struct OutputFailure: Error {
    package let message: String
    /// Whether it is elsewhere, as the message says.
    package let isSaved: Bool

    package init(_ message: String, isSaved: Bool) {
        self.message = message
        self.isSaved = isSaved
    }
}
