import ParallelMCP
import ParallelSystem
import ParallelTerminal

/// Ports as values of flags.
enum PortText {
    static func parse(_ text: String) throws(InvalidValue) -> Int {
        guard let port = UInt16(text), port > 0 else { throw InvalidValue("'\(text)' is no port") }
        return Int(port)
    }
}

/// How long to wait for a person who signs in, as the value of a flag.
enum PatienceText {
    static func parse(_ text: String) throws(InvalidValue) -> Duration {
        let duration = try DurationText.parse(text)
        guard duration > .zero else { throw InvalidValue("nobody can sign in at once") }
        return duration
    }
}

/// Names of logins as values of flags.
enum ProfileText {
    static let variable = "PARALLEL_PROFILE"
    /// The login where none is named.
    static let usual = "default"

    static func parse(_ text: String) throws(InvalidValue) -> String {
        let isName = text.utf8.allSatisfy { $0.isASCIILetterOrDigit || "-_.".utf8.contains($0) }
        guard isName, text.utf8.first?.isASCIILetterOrDigit == true, text.utf8.count <= 64 else {
            throw InvalidValue("'\(text)' is no name of a login: up to 64 letters, digits and any of - _ .")
        }
        return text
    }
}

/// Programs with their arguments as values of flags.
enum ProgramText {
    /// Splits a line like a shell.
    static func parse(_ text: String) throws(InvalidValue) -> [String] {
        guard let words = LocalProgram.words(of: text) else {
            throw InvalidValue("a quotation mark or a backslash at its end leaves it open")
        }
        guard words.first?.isEmpty == false else { throw InvalidValue("it names no program") }
        return words
    }
}
