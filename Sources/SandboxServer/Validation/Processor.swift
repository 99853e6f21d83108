import ParallelSystem

/// A processor of the Task API, such as `core` or `ultra8x-fast`.
struct Processor: Sendable, Equatable {
    let name: String
    /// The number of output fields that the processor is meant for; more cause a warning.
    let fields: Int
    /// The price of a run, in thousandths of a dollar.
    let price: Int
    /// Whether this is `pro` or above, with events by default and structured automatic output.
    let isPremium: Bool

    var isFast: Bool { name.ends(with: "-fast") }
    var tier: String { isFast ? String(name.dropLast(5)) : name }

    /// Whether citations have excerpts and fields a confidence, which the cheap tiers leave out.
    var explainsItself: Bool { tier != "lite" && tier != "base" }

    static let all: [Processor] = tiers.flatMap { tier in
        ["", "-fast"].map {
            Processor(name: tier.name + $0, fields: tier.fields, price: tier.price, isPremium: tier.isPremium)
        }
    }

    private static let tiers: [(name: String, fields: Int, price: Int, isPremium: Bool)] = [
        ("lite", 2, 5, false), ("base", 5, 10, false), ("core", 10, 25, false), ("core2x", 10, 50, false),
        ("pro", 20, 100, true), ("ultra", 20, 300, true), ("ultra2x", 25, 600, true), ("ultra4x", 25, 1_200, true),
        ("ultra8x", 25, 2_400, true),
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    static func named(_ name: String) -> Processor? { byName[name] }
}
