import ParallelSystem

/// Texts as values of flags.
enum FilledText {
    /// Returns a text, which must not be blank, as that of a script's unset variable would be.
    static func parse(_ text: String, called what: String = "value") throws(InvalidValue) -> String {
        if text.isBlank { throw InvalidValue("the \(what) is empty") }
        return text
    }
}
