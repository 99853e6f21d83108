import ParallelSystem

/// An exact amount of money: every price of the API is a whole number of thousandths of a USD.
package struct Cost: Sendable, Hashable, Comparable {
    package let thousandths: Int

    package init(thousandths: Int) { self.thousandths = thousandths }

    /// Takes an amount in millionths of a USD, rounded up to a thousandth.
    package init(micro: Int) { thousandths = (micro + 999) / 1_000 }

    /// The amount in millionths of a USD.
    package var micro: Int { thousandths * 1_000 }

    /// Computes what `runs` cost on `processor`; nil if its price is unknown.
    package init?(runs: Int, processor: String) {
        guard let price = Processor.usdPer1000(processor) else { return nil }
        thousandths = runs * price
    }

    /// Parses `10`, `$12.50` or `0.005`; nil if the text is something else, negative, or finer than a thousandth of a
    /// USD.
    package init?(usd text: String) {
        let amount = Array((text.begins(with: "$") ? text.dropping(bytes: 1) : text[...]).utf8)
        let point = amount.firstIndex(of: UInt8(ascii: ".")) ?? amount.endIndex
        let whole = amount[..<point]
        let fraction = amount[point...].dropFirst()
        guard
            !whole.isEmpty, whole.count <= Self.maximumWholeDigits, fraction.count <= 3,
            point == amount.endIndex || !fraction.isEmpty, (whole + fraction).allSatisfy(\.isASCIIDigit)
        else { return nil }
        let digits = whole + fraction + repeatElement(UInt8(ascii: "0"), count: 3 - fraction.count)
        thousandths = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// The maximum number of digits before the point: more money than anybody has, and far below the limit of `Int`.
    private static let maximumWholeDigits = 12

    package static func < (left: Cost, right: Cost) -> Bool { left.thousandths < right.thousandths }

    /// The amount for people: `$12.50`, `$0.005`, `$1,250.00`.
    package var text: String {
        let fraction = String(1_000 + thousandths % 1_000).dropFirst()
        return "$\((thousandths / 1_000).grouped).\(fraction.ends(with: "0") ? fraction.dropLast() : fraction)"
    }
}
