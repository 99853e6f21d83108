extension JSONValue {
    /// Whether both values mean the same: numbers compare by value (`1` equals `1.0`), members in any order.
    ///
    /// `==` compares them as they were written.
    package func means(_ other: JSONValue) -> Bool {
        switch (self, other) {
        case (.number(let one), .number(let other)): one.means(other)
        case (.array(let one), .array(let other)):
            one.count == other.count && zip(one, other).allSatisfy { $0.means($1) }
        case (.object(let one), .object(let other)): Self.areSame(one, other)
        default: self == other
        }
    }

    private static func areSame(_ one: JSONObject, _ other: JSONObject) -> Bool {
        guard one.count == other.count else { return false }
        // Usually the order is the same, and then no lookup is needed.
        if zip(one, other).allSatisfy({ $0.hasKey($1.key) }) {
            return zip(one, other).allSatisfy { $0.value.means($1.value) }
        }
        // Keyed by bytes: as strings, keys that differ only in normalisation would be equal.
        let values = Dictionary(other.map { (Array($0.key.utf8), $0.value) }) { $1 }
        return one.allSatisfy { values[Array($0.key.utf8)]?.means($0.value) ?? false }
    }
}

extension JSONNumber {
    fileprivate func means(_ other: JSONNumber) -> Bool {
        if text == other.text { return true }
        // Only `int` distinguishes integers beyond 2^53.
        if let int, let otherInt = other.int { return int == otherInt }
        guard let double, let otherDouble = other.double else { return false }
        return double == otherDouble
    }

    /// Whether the number has no fraction, in any notation and of any size.
    package var isWhole: Bool { int != nil || double.map { $0.rounded() == $0 } ?? false }
}

extension JSONValue {
    /// The value in a form that all values with its meaning share: members sorted by the bytes of their keys, numbers
    /// as the shortest text of their value. Its text can be hashed.
    ///
    /// Members of one name stay in their order, as the last of them counts.
    package var canonical: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.canonical))
        case .object(let object):
            .object(
                JSONObject(
                    object.map { ($0.key, $0.value.canonical) }.enumerated().sorted { one, other in
                        let (key, otherKey) = (one.element.0, other.element.0)
                        if key.utf8.elementsEqual(otherKey.utf8) { return one.offset < other.offset }
                        return key.utf8.lexicographicallyPrecedes(otherKey.utf8)
                    }.map(\.element)))
        case .number(let number):
            .number(number.int.map { JSONNumber($0) } ?? number.double.map { JSONNumber($0) } ?? number)
        default: self
        }
    }
}
