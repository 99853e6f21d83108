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
    /// The file as it is shown; nil for one without a name.
    let name: String?

    /// How a line begins; each 0 stands for any digit of a key.
    private static let beginning = Array("{\"key\":\"\(String(repeating: "0", count: 32))\",\"answer\":".utf8)

    /// Opens the journal at `path`, with the answers of earlier calls, or one without a name, whose answers are
    /// forgotten in the end. Throws `UsageError` if another process has it or it is another file, and `FileError`.
    init(_ path: String?, shown name: String, temporaryDirectory: String) throws {
        let file: LineFile
        if let path {
            // A file of somebody else must be refused before it is opened, because opening cuts off a last line without
            // a line break.
            guard try Self.isOwn(path) else { throw Self.foreign(name) }
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
                throw Self.foreign(name)
            }
            places[key] = offset
        }
        state = Lock(State(file: file, places: places))
        self.name = path == nil ? nil : name
    }

    private static func foreign(_ name: String) -> UsageError {
        UsageError("\(name) is no file with answers of 'batch decide'", hint: "move it away")
    }

    /// Whether no file is at `path`, or one whose lines begin as here, the last of which a kill may have cut off.
    private static func isOwn(_ path: String) throws -> Bool {
        guard UserFile.exists(path) else { return true }
        guard UserFile.isPlain(path) else { return false }
        var rest: [UInt8] = []
        var isOwn = true
        try UserFile.read(path) { piece in
            guard isOwn else { return }
            rest += piece
            if let end = rest.lastIndex(of: 0x0A) {
                let lines = rest[..<end].split(separator: 0x0A, omittingEmptySubsequences: false)
                isOwn = lines.allSatisfy { $0.count > beginning.count && hasBeginning($0) }
                rest.removeFirst(end + 1)
            }
            isOwn = isOwn && hasBeginning(rest[...])
        }
        return isOwn
    }

    /// Whether a line begins as those of this file do, as far as it goes.
    private static func hasBeginning(_ line: ArraySlice<UInt8>) -> Bool {
        zip(line, beginning).allSatisfy { byte, expected in
            byte == expected || expected == UInt8(ascii: "0") && "123456789abcdef".utf8.contains(byte)
        }
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

    /// Returns the number of answers to other requests than `keys`.
    func count(besides keys: Set<String>) -> Int {
        state.withLock { $0.places.keys.count(where: { !keys.contains($0) }) }
    }

    var isEmpty: Bool { state.withLock { $0.places.isEmpty } }

    func remove() { state.withLock { $0.file.remove() } }
}
