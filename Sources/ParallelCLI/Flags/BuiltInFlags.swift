/// The flags that every command line understands without declaring them.
enum BuiltInFlags {
    static let help = FlagSpec(
        name: "help", short: "h", value: nil, isRepeatable: false, summary: "Show help: -h in brief, --help in full",
        details: "")
    static let version = FlagSpec(
        name: "version", short: "V", value: nil, isRepeatable: false, summary: "Show the version", details: "")

    static let all = [help, version]

    /// The built-in flag that `word` is, if it is one.
    static func named(_ word: some StringProtocol) -> FlagSpec? {
        all.first { word == "--\($0.name)" || $0.short.map { word == "-\($0)" } == true }
    }
}
