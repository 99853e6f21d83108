import ParallelSystem

/// The files of a batch.
package struct BatchFiles: Sendable {
    /// The error for a batch that can't begin, because results of another batch exist whose state file is gone.
    package struct StateIsLost: Error, Sendable, Equatable {
        /// The path of these results.
        package let resultsPath: String
        /// The groups that the results came from; empty if they name none.
        package let groups: [String]
    }

    /// The rows of the input.
    package let spool: RowSpool
    /// The results collected by this process or an earlier one.
    package let results: ResultFile
    /// The state file; nil for a batch that can't be resumed.
    package let journal: BatchJournal?
    private let hasNames: Bool

    /// Opens the state file at `path`, which locks it against other processes, and the file of results beside it.
    /// Without a path, opens files without names. Throws `StateIsLost`, `BatchJournal.Failure` and `FileError`, and
    /// leaves no new file behind then.
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

    /// Copies the state file at `path` and the file of results beside it, so that looking at them changes neither.
    package init(copyOf path: String, temporaryDirectory: String) throws {
        spool = try RowSpool(temporaryDirectory: temporaryDirectory)
        journal = try BatchJournal(copyOf: path, temporaryDirectory: temporaryDirectory)
        let path = Self.resultsPath(ofState: path)
        results =
            UserFile.isRegular(path)
            ? try ResultFile(copyOf: path, temporaryDirectory: temporaryDirectory)
            : try ResultFile(path: nil, temporaryDirectory: temporaryDirectory)
        hasNames = false
    }

    /// Takes over what the batch with the state file at `other` has, for a batch that has not begun. Throws the errors
    /// of `BatchJournal.takeOver`.
    package func takeOver(state other: String) throws {
        guard let journal, journal.header == nil else { return }
        // The state first: results without it would keep another batch from beginning.
        try journal.takeOver(other, temporaryDirectory: spool.temporaryDirectory)
        let theirs = Self.resultsPath(ofState: other)
        if UserFile.isRegular(theirs) { try results.takeOver(theirs, temporaryDirectory: spool.temporaryDirectory) }
    }

    /// Removes the file of results of a batch that has ended if there are none in it, because they may not be needed.
    package func removeEmptyResults() {
        if hasNames, journal?.ending != nil, results.isEmpty { results.remove() }
    }

    /// Returns the header in the state file at `path`; nil if no batch has begun. Throws the same errors as `init`.
    package static func header(state path: String?) throws -> BatchHeader? {
        guard let path else { return nil }
        if let header = try BatchJournal.header(at: path) { return header }
        // Without a header there were no runs, so such a batch leaves only empty files behind.
        let results = resultsPath(ofState: path)
        if UserFile.isTaken(results) {
            throw StateIsLost(resultsPath: results, groups: try ResultFile.groups(at: results))
        }
        return nil
    }

    /// Returns the path of the state file of a batch that writes to `output`.
    package static func statePath(ofOutput output: String) -> String { output + ".batch" }

    /// Returns the path of the results collected so far, beside the state file at `path`.
    package static func resultsPath(ofState path: String) -> String { path + ".results" }

    /// Removes what a batch has left beside its `output`, but not the output: the file of results, the note of
    /// `IncompleteOutput` and the state file at `path`, which is locked meanwhile. Returns the paths of the files that
    /// were there. A file of results that is none stays.
    ///
    /// - Parameter mayForget: gets the header, and the groups of a batch that has not ended; throws to keep everything.
    ///
    /// Throws `BatchJournal.Failure` and `FileError`.
    package static func forget(
        state path: String, output: String?,
        mayForget: (_ header: BatchHeader?, _ unfinished: [String]) throws -> Void
    ) throws -> [String] {
        let results = resultsPath(ofState: path)
        let journal = UserFile.exists(path) ? try BatchJournal(path: path) : nil
        var paths: [String] = []
        var groups = journal?.header?.groups ?? []
        if UserFile.isRegular(results) {
            let named = try ResultFile.groups(at: results)
            let isOwn = try !named.isEmpty || UserFile.readRegular(results).isEmpty
            if isOwn { paths.append(results) }
            if journal?.header == nil { groups = named }
        }
        if let output, IncompleteOutput(of: output) != nil { paths.append(IncompleteOutput.path(of: output)) }
        if journal?.ending == nil, !groups.isEmpty { try mayForget(journal?.header, groups) }
        for path in paths { UserFile.remove(path) }
        // Last, because results without it would keep another batch from beginning.
        journal?.remove()
        let removed = paths + (journal == nil ? [] : [path])
        // In a folder that can't be written to, the files are still there.
        for path in removed where UserFile.exists(path) { try UserFile.delete(path) }
        return removed
    }

    /// Does `work`, which precedes a batch. If it fails, removes the files of a batch that had not begun, also of one
    /// that has taken another one over, and the file of results that a batch which has ended does not need.
    package func removingOnFailure<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch {
            if journal?.header == nil || journal?.isOnlyTakenOver == true {
                journal?.remove()
                if hasNames { results.remove() }
            }
            removeEmptyResults()
            throw error
        }
    }
}
