import ParallelSystem
import ParallelTerminal

/// Whole numbers as values of flags.
enum NumberText {
    /// Parses a whole number of at least 1.
    static func positive(_ text: String) throws(InvalidValue) -> Int {
        guard let value = Int(text), value > 0, text.utf8.allSatisfy(\.isASCIIDigit) else {
            throw InvalidValue("'\(text)' is no whole number above 0")
        }
        return value
    }

    /// Parses a duration that must be whole seconds, at least 1; returns the seconds.
    static func seconds(_ text: String) throws(InvalidValue) -> Int {
        let duration = try DurationText.parse(text)
        guard duration >= .seconds(1), duration.components.attoseconds == 0 else {
            throw InvalidValue("'\(text)' is no whole number of seconds above 0")
        }
        return Int(duration.components.seconds)
    }
}
