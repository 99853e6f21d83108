import ParallelSystem

/// A tier of the Task API by its name, such as `core` or `ultra8x-fast`.
struct Processor: Sendable, Equatable {
    let name: String
    /// Output fields the tier is meant for; more give a warning.
    let fields: Int
    /// `pro` and above: events by default, structured automatic output.
    let isPremium: Bool

    var isFast: Bool { name.ends(with: "-fast") }
    var tier: String { isFast ? String(name.dropLast(5)) : name }

    /// `lite` and `core` make at most one MCP tool call in a run.
    var makesOneToolCall: Bool { tier == "lite" || tier == "core" }
    /// Cheap tiers cite pages without quoting them and give no confidence.
    var explainsItself: Bool { tier != "lite" && tier != "base" }

    static let all: [Processor] = tiers.flatMap { tier in
        ["", "-fast"].map { Processor(name: tier.name + $0, fields: tier.fields, isPremium: tier.isPremium) }
    }

    private static let tiers: [(name: String, fields: Int, isPremium: Bool)] = [
        ("lite", 2, false), ("base", 5, false), ("core", 10, false), ("core2x", 10, false), ("pro", 20, true),
        ("ultra", 20, true), ("ultra2x", 25, true), ("ultra4x", 25, true), ("ultra8x", 25, true),
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    static func named(_ name: String) -> Processor? { byName[name] }
}
