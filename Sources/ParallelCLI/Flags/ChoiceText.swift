import ParallelSystem

/// Enum values as values of flags, by their raw values.
enum ChoiceText {
    static func parse<Value: CaseIterable & RawRepresentable<String>>(_ text: String) throws(InvalidValue) -> Value {
        guard let value = Value(rawValue: text) else { throw unknown(text, among: Value.allCases.map(\.rawValue)) }
        return value
    }

    /// Returns the error for a word that is none of the values of a flag, with the one that is probably meant.
    static func unknown(_ text: String, among names: [String]) -> InvalidValue {
        let near = Suggestions.nearest(to: text, among: names)
        return InvalidValue(
            "'\(text)' is none of \(names.joined(separator: ", "))", hint: near.map { "did you mean '\($0)'?" })
    }
}
