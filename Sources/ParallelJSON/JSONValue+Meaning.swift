extension JSONValue {
    /// Whether both mean the same: numbers by value (`1` and `1.0`), members in any order.
    ///
    /// `==` compares what was written.
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
        // Most often the order is the same, and then nothing has to be looked up.
        if zip(one, other).allSatisfy({ $0.hasKey($1.key) }) {
            return zip(one, other).allSatisfy { $0.value.means($1.value) }
        }
        // By bytes: as strings, keys that differ only in normalisation would be one.
        let values = Dictionary(other.map { (Array($0.key.utf8), $0.value) }) { $1 }
        return one.allSatisfy { values[Array($0.key.utf8)]?.means($0.value) ?? false }
    }
}

extension JSONNumber {
    fileprivate func means(_ other: JSONNumber) -> Bool {
        if text == other.text { return true }
        // Integers beyond 2^53 are told apart by `int` alone.
        if let int, let otherInt = other.int { return int == otherInt }
        guard let double, let otherDouble = other.double else { return false }
        return double == otherDouble
    }

    /// Whether the number has no fraction, however it is written and however large it is.
    package var isWhole: Bool { int != nil || double.map { $0.rounded() == $0 } ?? false }
}
