/// The groups of flags that commands share.
enum CommonFlags {
    static let all: [FlagSpec] = ConnectionFlags.all.map(\.spec) + OutputFlags.data().map(\.spec)

    /// By name and meaning: a command may have a flag of its own under one of these names.
    static func contains(_ flag: FlagSpec) -> Bool {
        all.contains { $0.name == flag.name && $0.summary == flag.summary }
    }
}
