/// The groups of flags that commands share.
enum CommonFlags {
    static let all: [FlagSpec] = ConnectionFlags.all.map(\.spec) + OutputFlags.data().map(\.spec)

    /// Whether a flag is a common one, by name and meaning: a command may have its own flag under such a name.
    static func contains(_ flag: FlagSpec) -> Bool {
        all.contains { $0.name == flag.name && $0.summary == flag.summary }
    }

    /// The flags used most, which `-h` shows of a command with many flags and of those that commands share: `-h` must
    /// stay short for whoever pays for each word of it.
    static let usedMost: Set<String> = [
        // Questions, and the shape of their answers
        "processor", "field", "output-schema", "mcp", "include-domain", "report", "basis", "with", "model", "system",
        "instructions", "effort", "continue", "generator", "match-limit", "condition", "enrich", "frequency",
        "question",
        // Rows
        "column", "template", "limit", "retry-failed", "state",
        // Money and waiting
        "yes", "confirm-above", "max-cost", "dry-run", "no-wait", "wait", "timeout", "webhook",
        // Answers
        "json", "format", "output", "select", "pick", "digest", "quiet", "help",
    ]

    static func isUsedMost(_ flag: FlagSpec) -> Bool { usedMost.contains(flag.name) }
}
