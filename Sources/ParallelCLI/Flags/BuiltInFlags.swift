/// The flags that every command line understands without declaring them.
enum BuiltInFlags {
    static let help = FlagSpec(
        name: "help", short: "h", value: nil, isRepeatable: false, summary: "Show help: -h in brief, --help in full",
        details: "")
    static let version = FlagSpec(
        name: "version", short: "V", value: nil, isRepeatable: false, summary: "Show the version", details: "")

    static let all = [help, version]

    /// The built-in flag that `word` is, if it is one.
    static func named(_ word: String) -> FlagSpec? { all.first { $0.spellings.contains(word) } }
}

extension FlagSpec {
    /// How the flag is typed: `--processor`, `-p`.
    var spellings: [String] { ["--\(name)"] + (short.map { ["-\($0)"] } ?? []) }
}
