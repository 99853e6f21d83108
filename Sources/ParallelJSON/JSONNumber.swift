/// A JSON number, kept as the text it was written with, so that `1.10`, 20 digits and `1e400` survive a round trip.
package struct JSONNumber: Sendable, Equatable {
    /// The number in JSON's grammar (RFC 8259 §6).
    package let text: String

    /// Keeps text that a parser has already checked against the grammar.
    init(checked text: String) { self.text = text }

    /// Writes an integer in decimal.
    package init(_ value: Int) { text = String(value) }

    /// Writes a finite double; NaN and infinities have no JSON form and become `0`.
    package init(_ value: Double) {
        text = Int(exactly: value).map { String($0) } ?? (value.isFinite ? String(value) : "0")
    }

    /// The value as `Int`, if it is exactly one and fits.
    package var int: Int? {
        if let value = Int(text) { return value }
        // From 2^53 on, neighbouring integers are the same double.
        guard let value = double, value.magnitude < 9_007_199_254_740_992 else { return nil }
        return Int(exactly: value)
    }

    /// The nearest double; nil if the number is too large.
    package var double: Double? {
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }
}
