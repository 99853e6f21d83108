import ParallelAPI
import ParallelJSON
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Run ids as words of a command line or lines of standard input.
enum RunIDs {
    /// Refuses what can't be an id, so that a forgotten quote is not sent as one.
    static func check(_ words: [String], _ kind: WorkID.Kind = .run) throws(UsageError) -> [String] {
        for word in words where word != "-" { try check(word, kind, in: place(kind)) }
        if words.count > 1, words.contains("-") { throw UsageError("- can't be mixed with other run ids") }
        return words
    }

    /// Returns the id for a command that takes only one.
    static func single(_ words: [String], _ kind: WorkID.Kind = .run) throws(UsageError) -> String {
        guard let word = words.first, word != "-" else { throw UsageError("- can't stand for a run id here") }
        try check(word, kind, in: place(kind))
        return word
    }

    /// The name of the argument that is the id of a run of this kind.
    private static func place(_ kind: WorkID.Kind) -> String { kind == .run ? "RUN_ID" : "FINDALL_ID" }

    /// Replaces `-` by the ids on standard input: one to a line, plain, as a JSON string, or as JSON with a `run_id`
    /// (of another `kind`, with its own member).
    static func read(_ ids: [String], _ context: Context, _ kind: WorkID.Kind = .run) throws -> [String] {
        guard ids == ["-"] else { return ids }
        let text = try InputSource.standardInput.text { try context.streams.readAll(upTo: UserFile.limit) }
        var found: [String] = []
        for (index, line) in text.lines.enumerated() {
            try Task.checkCancellation()
            let place = "standard input, line \(index + 1)"
            let trimmed = line.trimmed
            if trimmed.isEmpty { continue }
            if trimmed.begins(with: "{") || trimmed.begins(with: "\"") {
                found.append(try id(inJSON: String(trimmed), kind, place))
            } else if let number = RecentIDs.place(String(trimmed)), let log = context.log {
                let kind = kind == .run ? "run" : String(kind.rawValue.dropLast())
                do throws(InvalidValue) {
                    let entry = try RecentIDs(log: log).entry(String(trimmed), number, of: kind)
                    found.append(entry.id ?? String(trimmed))
                } catch {
                    throw UsageError("\(place): \(error.reason)", hint: error.hint)
                }
            } else {
                if trimmed.unicodeScalars.contains(where: \.properties.isWhitespace) {
                    throw UsageError("\(place): more than one word")
                }
                try check(String(trimmed), kind, in: place)
                found.append(String(trimmed))
            }
        }
        if found.isEmpty { throw UsageError("standard input holds no run ids") }
        return found
    }

    private static func id(inJSON line: String, _ kind: WorkID.Kind, _ place: String) throws -> String {
        let value: JSONValue
        do {
            value = try JSONValue.parse(line)
        } catch {
            throw UsageError("\(place) is not JSON: \(error.reason) at column \(error.column)")
        }
        guard let id = value.string ?? value[kind.member]?.string ?? value["run"]?[kind.member]?.string
        else {
            throw UsageError("\(place) has no \(kind.member)")
        }
        try check(id, kind, in: place)
        return id
    }

    private static func check(_ word: String, _ kind: WorkID.Kind, in place: String) throws(UsageError) {
        _ = try ResourceID.checked(word, is: kind, in: place)
    }
}
