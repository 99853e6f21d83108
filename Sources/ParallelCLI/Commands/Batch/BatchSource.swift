import ParallelAPI
import ParallelBatch
import ParallelSystem

/// A batch named on the command line: by its group, or by the file of its results.
struct BatchSource: Sendable {
    let group: String
    /// The header in its state file; nil if a group was named.
    let header: BatchHeader?
    /// The path of its state file; nil if a group was named.
    let statePath: String?

    /// Looks for the state file of the output `word` first, then for the state file `word`; otherwise `word` is a
    /// group. Throws `UsageError`.
    init(_ word: String, _ context: Context) throws {
        guard let state = Self.state(named: word, context) else {
            guard TaskRun.isTypable(word), RowFormat(path: word) == nil else {
                throw UsageError(
                    "'\(UsageError.shown(word).shortened(to: 60))' is neither a group nor the output of a batch",
                    hint: "groups look like tgrp_9907962f83aa4d9d98fd7f4bf745d654")
            }
            try ResourceID.check(word, is: .group, in: "GROUP")
            group = word
            header = nil
            statePath = nil
            return
        }
        do {
            guard let header = try BatchJournal.header(at: state) else {
                throw UsageError("\(state) has no batch yet")
            }
            self.header = header
            group = header.group
            statePath = state
        } catch let failure as BatchJournal.Failure {
            guard state == context.filePath(word) else { throw UsageError(failure) }
            throw UsageError(
                "\(word) has no state file of a batch beside it",
                hint: "name the group to get the results again")
        }
    }

    /// Finds the state file of a batch by its output, or by its own name. Throws `UsageError` if there is none.
    static func ofOutput(_ word: String, _ context: Context) throws -> (header: BatchHeader, statePath: String) {
        if hasState(word, context), case let source = try BatchSource(word, context), let header = source.header,
            let statePath = source.statePath
        {
            return (header, statePath)
        }
        let name = UsageError.shown(word)
        throw UsageError("\(name) is no output of a batch: there is no \(name).batch")
    }

    /// Whether a word means an output with a state file beside it, or such a file.
    static func hasState(_ word: String, _ context: Context) -> Bool {
        let path = context.filePath(word)
        return UserFile.exists(BatchFiles.statePath(ofOutput: path))
            || ((try? BatchJournal.header(at: path)) ?? nil) != nil
    }

    /// Returns the path of the state file that a word means; nil if there is none.
    private static func state(named word: String, _ context: Context) -> String? {
        let path = context.filePath(word)
        return [BatchFiles.statePath(ofOutput: path), path].first(where: UserFile.exists)
    }
}
