import ParallelSystem
import ParallelTerminal

/// Whole numbers as flag values.
enum NumberText {
    /// A whole number of at least 1.
    static func positive(_ text: String) throws(InvalidValue) -> Int {
        guard let value = Int(text), value > 0, text.utf8.allSatisfy(\.isASCIIDigit) else {
            throw InvalidValue("'\(text)' is no whole number above 0")
        }
        return value
    }

    /// A span of time in whole seconds.
    static func seconds(_ text: String) throws(InvalidValue) -> Int {
        let duration = try DurationText.parse(text)
        guard duration >= .seconds(1), duration.components.attoseconds == 0 else {
            throw InvalidValue("'\(text)' is no whole number of seconds above 0")
        }
        return Int(duration.components.seconds)
    }
}
