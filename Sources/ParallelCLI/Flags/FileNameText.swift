/// File names as values of flags.
enum FileNameText {
    /// Returns a name, which must not be empty.
    static func parse(_ text: String) throws(InvalidValue) -> String {
        if text.isEmpty { throw InvalidValue("the file name is empty") }
        return text
    }
}
