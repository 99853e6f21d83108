import ParallelSystem

/// What a batch keeps on disk.
package struct BatchFiles: Sendable {
    /// Why a batch can't begin here.
    package struct StateIsLost: Error, Sendable, Equatable {
        /// Results of a batch whose state file is gone.
        package let resultsPath: String
    }

    /// The rows of the input.
    package let spool: RowSpool
    /// What was collected, by this process or an earlier one.
    package let results: ResultFile
    /// Nil for a batch that can't be gone on with.
    package let journal: BatchJournal?
    private let hasNames: Bool

    /// Opens the state file at `path` and the results beside it, which keeps other processes away from the batch; or,
    /// without a path, files without names. Throws `StateIsLost`, `BatchJournal.Failure` and `FileError`, and leaves
    /// nothing behind then.
    package init(state path: String?, temporaryDirectory: String) throws {
        _ = try Self.header(state: path)
        let directory = path.map(Directory.containing) ?? temporaryDirectory
        let journal = try path.map { try BatchJournal(path: $0) }
        do {
            spool = try RowSpool(temporaryDirectory: directory)
            results = try ResultFile(path: path.map(Self.resultsPath(ofState:)), temporaryDirectory: directory)
        } catch {
            if journal?.header == nil { journal?.remove() }
            throw error
        }
        self.journal = journal
        hasNames = path != nil
    }

    /// Returns what the state file at `path` says of a batch that was begun; nil where none was. Throws as `init` does.
    package static func header(state path: String?) throws -> BatchHeader? {
        guard let path else { return nil }
        if let header = try BatchJournal.header(at: path) { return header }
        // Without a header there were no runs, so that empty files are all that such a batch leaves behind.
        let results = resultsPath(ofState: path)
        if UserFile.isTaken(results) { throw StateIsLost(resultsPath: results) }
        return nil
    }

    /// The state file of a batch whose results are to be written to `output`.
    package static func statePath(ofOutput output: String) -> String { output + ".batch" }

    /// The file of the results that came so far, beside the state file at `path`.
    package static func resultsPath(ofState path: String) -> String { path + ".results" }

    /// Does what comes before a batch; if that fails, one that had not begun leaves nothing behind.
    package func abandoning<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch {
            if journal?.header == nil {
                journal?.remove()
                if hasNames { results.remove() }
            }
            throw error
        }
    }
}
