/// The groups of flags that commands share.
enum CommonFlags {
    static let all: [FlagSpec] = ConnectionFlags.all.map(\.spec) + OutputFlags.data().map(\.spec)

    /// Whether a flag is a common one, by name and meaning: a command may have its own flag under such a name.
    static func contains(_ flag: FlagSpec) -> Bool {
        all.contains { $0.name == flag.name && $0.summary == flag.summary }
    }
}
