import ParallelAPI
import ParallelJSON
import ParallelSystem

/// A file with what was said before: a JSON array of messages, readable by its owner alone.
struct ChatHistory {
    let path: String
    /// Where the lock of all histories is; nil where there is no home for it.
    let stateFolder: String?

    /// Returns the messages; none if there is no file yet.
    func read() throws -> [JSONValue] {
        let bytes: [UInt8]
        do {
            bytes = try UserFile.read(path, upTo: UserFile.limit)
        } catch  where error.isMissing {
            return []
        } catch {
            throw UsageError("--history: can't read \(error.path): \(error.reason)")
        }
        guard let messages = (try? JSONValue.parse(bytes))?.array,
            messages.allSatisfy({ $0["role"]?.string != nil && $0["content"]?.string != nil })
        else { throw UsageError("--history: \(path) is no JSON array of messages with role and content") }
        return messages
    }

    /// Adds messages to what the file has by now: another conversation may have gone on meanwhile.
    func append(_ messages: [JSONValue]) throws {
        guard let stateFolder, (try? Directory.create(stateFolder)) != nil,
            let lock = try? FileLock(path: stateFolder + "/history.lock")
        else { return try write(try read() + messages) }
        // Of two that read the file at the same time, one would lose its turn.
        _ = lock.wait(milliseconds: 5_000)
        try write(try read() + messages)
        lock.release()
    }

    private func write(_ messages: [JSONValue]) throws(FileError) {
        var file = try AtomicFile(path: path, mode: 0o600)
        try file.write(JSONValue.array(messages).bytes(.pretty) + [UInt8(ascii: "\n")])
        try file.commit(replacing: true)
    }
}
