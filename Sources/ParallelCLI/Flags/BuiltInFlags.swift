/// The flags that every command has without declaring them.
enum BuiltInFlags {
    static let help = FlagSpec(
        name: "help", short: "h", value: nil, isRepeatable: false, summary: "Show help: -h in brief, --help in full",
        details: "")
    static let version = FlagSpec(
        name: "version", short: "V", value: nil, isRepeatable: false, summary: "Show the version", details: "")

    static let all = [help, version]

    /// Returns the built-in flag that `word` spells, if it is one.
    static func named(_ word: String) -> FlagSpec? { all.first { $0.spellings.contains(word) } }
}

extension FlagSpec {
    /// The ways to type the flag: `--processor`, `-p`.
    var spellings: [String] { ["--\(name)"] + (short.map { ["-\($0)"] } ?? []) }

    /// Whether `name` is the flag's long name or one of its older names.
    func isNamed(_ name: some StringProtocol) -> Bool { self.name == name || olderNames.contains { $0 == name } }
}
