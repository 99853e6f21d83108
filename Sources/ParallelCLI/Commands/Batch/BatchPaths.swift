import ParallelBatch
import ParallelSystem

/// Where a batch keeps what it needs to go on, given the file of its results.
enum BatchPaths {
    /// What follows the output's name in that of the state file.
    static let suffix = ".batch"

    /// The state file that a word of the command line means: that of an output file, or the file itself; nil where
    /// there is none.
    static func state(named word: String, _ context: Context) -> String? {
        let path = context.filePath(word)
        if UserFile.exists(path + suffix) { return path + suffix }
        return UserFile.exists(path) ? path : nil
    }
}
