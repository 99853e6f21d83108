/// What this version knows of the compute tiers by their names; any other name is left to the API.
package enum Processor {
    /// A tier with the seconds that its runs take at the longest, as a rule: documented for the standard and the fast form.
    private static let tiers: [(name: String, longest: Int, longestFast: Int)] = [
        ("lite", 60, 20), ("base", 100, 50), ("core", 300, 100), ("core2x", 600, 180), ("pro", 600, 300),
        ("ultra", 1_500, 600), ("ultra2x", 3_000, 1_200), ("ultra4x", 5_400, 2_400), ("ultra8x", 7_200, 3_600),
    ]

    package static let standard = tiers.map(\.name)

    /// Every name known to this version: the standard tiers and their `-fast` variants.
    package static let known = standard + standard.map { "\($0)-fast" }

    /// How many seconds a run usually takes at the longest; of a processor that is not known, as long as any.
    package static func longestUsualLatency(_ name: String) -> Int {
        for tier in tiers {
            if name == tier.name { return tier.longest }
            if name == "\(tier.name)-fast" { return tier.longestFast }
        }
        return tiers.map(\.longest).max() ?? 0
    }

    /// Whether a run on it calls at most one tool of MCP servers.
    package static func makesOneToolCall(_ name: String) -> Bool {
        ["lite", "lite-fast", "core", "core-fast"].contains(name)
    }
}
