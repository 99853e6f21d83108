/// Values of an enum by their names, as flags take them.
enum ChoiceText {
    static func parse<Value: CaseIterable & RawRepresentable<String>>(_ text: String) throws(InvalidValue) -> Value {
        guard let value = Value(rawValue: text) else {
            throw InvalidValue("'\(text)' is none of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }
}
