/// Why there is no place for a result, before there is one.
package enum OutputRefusal: Error, Sendable {
    /// A file of that name exists.
    case exists(String)
    case notWritable(String, reason: String)
    /// The file's name says another format than was asked for.
    case contradiction(OutputFormat, file: String)
    /// The file's name has an extension, with its dot, that no format has.
    case unknownExtension(String, ofFile: String)
    /// A part of an answer is wanted, in a format that is not JSON.
    case onlyJSON
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
