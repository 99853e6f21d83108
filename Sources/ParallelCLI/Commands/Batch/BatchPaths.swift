import ParallelBatch
import ParallelSystem

/// Where a batch keeps what it needs to go on, given the file of its results.
enum BatchPaths {
    /// What follows the output's name in that of the state file.
    static let suffix = ".batch"

    /// The results that came so far, as the API told them.
    static func results(_ state: String) -> String { state + ".results" }

    /// A fault of a state file as an error of the command line.
    static func error(_ fault: BatchRecord.Fault) -> UsageError {
        switch fault {
        case .isBusy(let path):
            UsageError("another process is working on this batch (\(path))", hint: "wait for it, or stop it first")
        case .isForeign(let path):
            UsageError("\(path) is not the state file of a batch", hint: "--state FILE names another place for it")
        }
    }

    /// The state file that a word of the command line means: that of an output file, or the file itself; nil where
    /// there is none.
    static func state(named word: String, _ context: Context) -> String? {
        let path = context.filePath(word)
        if UserFile.exists(path + suffix) { return path + suffix }
        return UserFile.exists(path) ? path : nil
    }
}
