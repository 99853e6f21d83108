import ParallelAPI
import ParallelJSON
import ParallelSystem

/// The file of `--events-file`: each event of a run on a line of its own, written as it comes, so that it is there
/// however the program ends.
final class EventsFile: Sendable {
    private let file: Lock<LineFile>

    /// Creates the file, readable by the user alone. An existing one is opened if `replaces` is set, and keeps what it
    /// has until `begin`.
    ///
    /// Throws `UsageError` if there is no place for it, or if `output` names the same file.
    init(_ name: String, output: String?, replaces: Bool, _ context: Context) throws {
        do {
            guard case .file(let path, let exists) = try FileTarget(context.filePath(name)) else {
                throw UsageError("--events-file: \(name) is no file", hint: "for a pipe there is 'task events --json'")
            }
            if exists, !replaces {
                throw UsageError("--events-file: \(name) exists already", hint: "--force replaces it")
            }
            // All names of a file lead to it only once it is there; one that is there must not be touched.
            let output = output.map(context.filePath)
            let same = UsageError("--events-file and --output name the same file")
            if let output, UserFile.isSame(path, output) { throw same }
            let lines = try LineFile(path: path, temporaryDirectory: "", isForeign: true)
            if let output, UserFile.isSame(path, output) {
                lines.remove()
                throw same
            }
            file = Lock(lines)
        } catch let error as FileError {
            throw UsageError("--events-file: \(name) can't be written: \(error.reason)")
        }
    }

    /// Empties the file, for a run that exists now.
    func begin() throws { try file.withLock { try $0.truncate(to: 0) } }

    func write(_ event: RunEvent) throws {
        try file.withLock { file in
            try file.append(event.json.bytes())
            try file.flush()
        }
    }

    /// Removes the file if nothing was written to it.
    func discardIfEmpty() { file.withLock { if $0.isEmpty { $0.remove() } } }
}
