import ParallelAPI

/// The id of a group on the command line.
enum GroupID {
    static let positional = Positional(
        "GROUP", .required, completion: .ids(of: "group"), summary: "the id of a group")

    static func check(_ word: String) throws(UsageError) -> String {
        try ResourceID.checked(word, is: .group, in: "GROUP")
    }
}
