import ParallelJSON
import ParallelSystem

/// The answers of `batch decide` that are there, on disk, each by what was asked: written as they come, so that none is
/// paid for twice.
final class DecisionJournal: Sendable {
    private struct State {
        let file: LineFile
        /// Where the answer to each request is.
        var places: [String: Int] = [:]
    }

    private let state: Lock<State>
    /// Nil where the answers are forgotten in the end.
    let path: String?

    /// Opens the journal at `path`, with the answers of earlier calls, or one without a name. Throws `UsageError` if
    /// another process has it or it is another file, and `FileError`.
    init(_ path: String?, shown name: String, temporaryDirectory: String) throws {
        self.path = path
        let file: LineFile
        if let path {
            guard let claimed = try LineFile(claiming: path) else {
                throw UsageError("another process is deciding for \(name)", hint: "wait for it, or give another file")
            }
            file = claimed
        } else {
            file = try LineFile(path: nil, temporaryDirectory: temporaryDirectory)
        }
        var places: [String: Int] = [:]
        try file.forEach { offset, line in
            guard let key = (try? JSONValue.parse(Array(line)))?["key"]?.string else {
                throw UsageError("\(name) is no file with answers of 'batch decide'", hint: "move it away")
            }
            places[key] = offset
        }
        state = Lock(State(file: file, places: places))
    }

    /// Names a request by its body.
    static func key(of body: JSONValue) -> String {
        let digits = SHA256.hash(body.bytes()).prefix(16).flatMap { HexDigits.lowercase.digits(of: $0) }
        return String(decoding: digits, as: UTF8.self)
    }

    func has(_ key: String) -> Bool { state.withLock { $0.places[key] != nil } }

    /// Writes down an answer, so that it survives the end of this process.
    func add(_ answer: JSONValue, to key: String) throws {
        try state.withLock { state in
            let place = try state.file.append((["key": .string(key), "answer": answer] as JSONValue).bytes())
            try state.file.flush()
            state.places[key] = place
        }
    }

    func answer(to key: String) throws -> JSONValue? {
        try state.withLock { state in
            guard let place = state.places[key], let line = try state.file.line(at: place) else { return nil }
            return try JSONValue.parse(Array(line.bytes))["answer"]
        }
    }

    var isEmpty: Bool { state.withLock { $0.places.isEmpty } }

    func remove() { state.withLock { $0.file.remove() } }
}
