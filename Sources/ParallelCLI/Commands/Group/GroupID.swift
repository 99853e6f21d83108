import ParallelAPI
import ParallelSystem

/// The id of a group on the command line.
enum GroupID {
    static let positional = Positional("GROUP", .required, summary: "the id of a group")

    /// Refuses a word that can't be an id, so that a forgotten quote or a file's name is not sent as one.
    static func check(_ word: String) throws(UsageError) -> String {
        guard TaskRun.isTypable(word) else {
            throw UsageError(
                "GROUP: '\(UsageError.shown(word).shortened(to: 60))' is no group id; they look like tgrp_9907962f83aa4d9d98fd7f4bf745d654"
            )
        }
        try ResourceID.check(word, is: .group, in: "GROUP")
        return word
    }
}
