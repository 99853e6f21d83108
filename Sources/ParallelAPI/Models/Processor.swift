import ParallelSystem

/// The compute tiers that this version knows by name; the API decides about any other name.
package enum Processor {
    /// A tier: the price of 1,000 runs in whole USD; the documented range of seconds that a run usually takes, for the
    /// standard and the fast variant, which cost the same; and about how many fields it is meant for.
    private static let tiers:
        [(name: String, usdPer1000: Int, latency: ClosedRange<Int>, fastLatency: ClosedRange<Int>, fields: Int)] = [
            ("lite", 5, 10...60, 10...20, 2),
            ("base", 10, 15...100, 15...50, 5),
            ("core", 25, 60...300, 15...100, 10),
            ("core2x", 50, 60...600, 15...180, 10),
            ("pro", 100, 120...600, 30...300, 20),
            ("ultra", 300, 300...1_500, 60...600, 20),
            ("ultra2x", 600, 300...3_000, 60...1_200, 25),
            ("ultra4x", 1_200, 300...5_400, 60...2_400, 25),
            ("ultra8x", 2_400, 300...7_200, 60...3_600, 25),
        ]

    package static let standard = tiers.map(\.name)

    /// Every name known to this version: the standard tiers and their `-fast` variants.
    package static let known = standard + standard.map { "\($0)-fast" }

    /// Returns the price of 1,000 runs in whole USD; nil for an unknown processor.
    package static func usdPer1000(_ name: String) -> Int? {
        tiers.first { name == $0.name || name == "\($0.name)-fast" }?.usdPer1000
    }

    /// Returns about how many fields a processor is meant for; nil for an unknown one.
    package static func fields(_ name: String) -> Int? {
        tiers.first { name == $0.name || name == "\($0.name)-fast" }?.fields
    }

    /// What the standard processors are for, in their order.
    package static let uses = [
        "metadata", "enrichment", "enrichment, cross-referenced", "enrichment, complex and cross-referenced",
        "exploration, and reports", "deep research", "deeper research", "deeper research", "the deepest research",
    ]

    /// Whether a processor is the fast variant of another one.
    package static func isFast(_ name: String) -> Bool { name.ends(with: "-fast") }

    /// Returns how many seconds a run usually takes; nil for an unknown processor.
    package static func usualLatency(_ name: String) -> ClosedRange<Int>? {
        for tier in tiers {
            if name == tier.name { return tier.latency }
            if name == "\(tier.name)-fast" { return tier.fastLatency }
        }
        return nil
    }

    /// Returns the most seconds that a run usually takes; for an unknown processor, the most of any tier.
    package static func longestUsualLatency(_ name: String) -> Int {
        usualLatency(name)?.upperBound ?? tiers.map(\.latency.upperBound).max() ?? 0
    }

    /// The smallest processor that writes long reports.
    package static let forReports = "pro"

    /// Whether a processor writes long reports; true for unknown names.
    package static func writesReports(_ name: String) -> Bool { isAtLeastPro(name) ?? true }

    /// Whether a processor records events unless a request says otherwise; false for unknown names.
    package static func recordsEvents(_ name: String) -> Bool { isAtLeastPro(name) ?? false }

    /// Whether a processor is `pro` or above; nil for unknown names.
    private static func isAtLeastPro(_ name: String) -> Bool? {
        guard let first = standard.firstIndex(of: forReports),
            let place = tiers.firstIndex(where: { name == $0.name || name == "\($0.name)-fast" })
        else { return nil }
        return place >= first
    }

    /// Whether a run on this processor makes, as a rule, at most one MCP tool call.
    package static func makesOneToolCall(_ name: String) -> Bool {
        ["lite", "lite-fast", "core", "core-fast"].contains(name)
    }
}
