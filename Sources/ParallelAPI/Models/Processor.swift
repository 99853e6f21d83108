/// What this version knows of the compute tiers by their names; any other name is left to the API.
package enum Processor {
    /// A tier: what 1,000 of its runs cost in whole USD, and the seconds that a run takes at the shortest and at the
    /// longest, as a rule: documented for the standard and the fast form, which cost the same.
    private static let tiers:
        [(name: String, usdPer1000: Int, latency: ClosedRange<Int>, fastLatency: ClosedRange<Int>)] = [
            ("lite", 5, 10...60, 10...20),
            ("base", 10, 15...100, 15...50),
            ("core", 25, 60...300, 15...100),
            ("core2x", 50, 60...600, 15...180),
            ("pro", 100, 120...600, 30...300),
            ("ultra", 300, 300...1_500, 60...600),
            ("ultra2x", 600, 300...3_000, 60...1_200),
            ("ultra4x", 1_200, 300...5_400, 60...2_400),
            ("ultra8x", 2_400, 300...7_200, 60...3_600),
        ]

    package static let standard = tiers.map(\.name)

    /// Every name known to this version: the standard tiers and their `-fast` variants.
    package static let known = standard + standard.map { "\($0)-fast" }

    /// What 1,000 runs cost in whole USD; nil for a processor that is not known.
    package static func usdPer1000(_ name: String) -> Int? {
        tiers.first { name == $0.name || name == "\($0.name)-fast" }?.usdPer1000
    }

    /// How many seconds a run usually takes; nil for a processor that is not known.
    package static func usualLatency(_ name: String) -> ClosedRange<Int>? {
        for tier in tiers {
            if name == tier.name { return tier.latency }
            if name == "\(tier.name)-fast" { return tier.fastLatency }
        }
        return nil
    }

    /// How many seconds a run usually takes at the longest; of a processor that is not known, as long as any.
    package static func longestUsualLatency(_ name: String) -> Int {
        usualLatency(name)?.upperBound ?? tiers.map(\.latency.upperBound).max() ?? 0
    }

    /// The smallest that writes long reports.
    package static let forReports = "pro"

    /// Whether it writes long reports; true of a processor that is not known.
    package static func writesReports(_ name: String) -> Bool {
        guard let first = standard.firstIndex(of: forReports),
            let place = tiers.firstIndex(where: { name == $0.name || name == "\($0.name)-fast" })
        else { return true }
        return place >= first
    }

    /// Whether a run on it calls at most one tool of MCP servers.
    package static func makesOneToolCall(_ name: String) -> Bool {
        ["lite", "lite-fast", "core", "core-fast"].contains(name)
    }
}
