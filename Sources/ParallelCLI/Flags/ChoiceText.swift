/// Enum values as values of flags, by their raw values.
enum ChoiceText {
    static func parse<Value: CaseIterable & RawRepresentable<String>>(_ text: String) throws(InvalidValue) -> Value {
        guard let value = Value(rawValue: text) else {
            throw InvalidValue("'\(text)' is none of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }
}
