/// JSON text in which single values are found without building the whole tree, for streams of which little is needed.
///
/// Only brackets and strings are scanned. Everything else is checked when the needed part is parsed.
package struct JSONText: Sendable {
    package let bytes: ArraySlice<UInt8>

    package init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// Returns an object's values for `keys`, in that order, nil for a missing key; of a duplicate key the first value.
    /// Returns nil if this is no object. Doesn't scan what follows the last value that it needs.
    package func members(_ keys: StaticString...) -> [JSONText?]? {
        let ranges = bytes.withUnsafeBufferPointer { buffer -> [Range<Int>?]? in
            var found: [Range<Int>?] = Array(repeating: nil, count: keys.count)
            var missing = keys.count
            var scanner = JSONScanner(bytes: buffer)
            let isObject = scanner.scanObject(member: { key, value in
                for (index, wanted) in keys.enumerated() where found[index] == nil && buffer[key].elementsEqual(wanted)
                {
                    found[index] = value
                    missing -= 1
                }
                return missing > 0
            })
            return isObject ? found : nil
        }
        return ranges.map { $0.map { $0.map(part) } }
    }

    /// Returns the first byte of a member's value, which tells its type, without scanning the value; nil if the member
    /// is missing.
    package func opening(of key: StaticString) -> UInt8? {
        bytes.withUnsafeBufferPointer { buffer in
            var scanner = JSONScanner(bytes: buffer)
            var found: UInt8?
            _ = scanner.scanObject { name, value in
                if buffer[name].elementsEqual(key) { found = buffer[value] }
                return found == nil
            } member: { _, _ in
                true
            }
            return found
        }
    }

    /// The elements of an array; nil if this is none.
    package var elements: [JSONText]? {
        let ranges = bytes.withUnsafeBufferPointer { buffer -> [Range<Int>]? in
            var found: [Range<Int>] = []
            var scanner = JSONScanner(bytes: buffer)
            return scanner.scanArray({ found.append($0) }) ? found : nil
        }
        return ranges.map { $0.map(part) }
    }

    /// The parsed value; nil if the text is not JSON.
    package var value: JSONValue? { bytes.withUnsafeBufferPointer { try? JSONValue.parse($0) } }

    /// The text of a string; nil if this is none.
    package var string: String? {
        guard bytes.first == UInt8(ascii: "\""), bytes.count >= 2 else { return nil }
        let inside = bytes.dropFirst().dropLast()
        if !inside.contains(UInt8(ascii: "\\")) { return String(validating: inside, as: UTF8.self) }
        return value?.string
    }

    package var isNull: Bool { self == "null" }

    /// Whether this is exactly the text `other`.
    package static func == (text: JSONText, other: StaticString) -> Bool { text.bytes.elementsEqual(other) }

    private func part(_ range: Range<Int>) -> JSONText {
        JSONText(bytes[(bytes.startIndex + range.lowerBound)..<(bytes.startIndex + range.upperBound)])
    }
}

extension Collection<UInt8> {
    fileprivate func elementsEqual(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount
            && elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

/// Steps through JSON text from value to value; every step returns false if the text breaks off or has no value there.
private struct JSONScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Calls `member` with the ranges of each key, without its quotes, and of its value, until it returns false.
    ///
    /// Calls `beginning` first, with the offset at which the value begins; it ends the scan by returning false.
    mutating func scanObject(
        _ beginning: (_ key: Range<Int>, _ value: Int) -> Bool = { _, _ in true },
        member: (_ key: Range<Int>, _ value: Range<Int>) -> Bool
    ) -> Bool {
        skipWhitespace()
        guard take(UInt8(ascii: "{")) else { return false }
        skipWhitespace()
        if take(UInt8(ascii: "}")) { return true }
        while true {
            let key = position
            guard skipString() else { return false }
            let end = position
            skipWhitespace()
            guard take(UInt8(ascii: ":")) else { return false }
            skipWhitespace()
            let value = position
            guard value < bytes.count else { return false }
            guard beginning((key + 1)..<(end - 1), value) else { return true }
            guard skipValue() else { return false }
            guard member((key + 1)..<(end - 1), value..<position) else { return true }
            skipWhitespace()
            if take(UInt8(ascii: "}")) { return true }
            guard take(UInt8(ascii: ",")) else { return false }
            skipWhitespace()
        }
    }

    mutating func scanArray(_ element: (Range<Int>) -> Void) -> Bool {
        skipWhitespace()
        guard take(UInt8(ascii: "[")) else { return false }
        skipWhitespace()
        if take(UInt8(ascii: "]")) { return true }
        while true {
            let start = position
            guard skipValue() else { return false }
            element(start..<position)
            skipWhitespace()
            if take(UInt8(ascii: "]")) { return true }
            guard take(UInt8(ascii: ",")) else { return false }
            skipWhitespace()
        }
    }

    private mutating func skipValue() -> Bool {
        guard position < bytes.count else { return false }
        switch bytes[position] {
        case UInt8(ascii: "\""): return skipString()
        case UInt8(ascii: "{"), UInt8(ascii: "["): return skipNested()
        default:
            let start = position
            while position < bytes.count, !Self.endsWord(bytes[position]) { position += 1 }
            return position > start
        }
    }

    private mutating func skipNested() -> Bool {
        var depth = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                guard skipString() else { return false }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            position += 1
            if depth == 0 { return true }
        }
        return false
    }

    private mutating func skipString() -> Bool {
        guard take(UInt8(ascii: "\"")) else { return false }
        while true {
            position = ByteScan.plainRun(bytes, from: position, stopsBeyondASCII: false).end
            guard position < bytes.count else { return false }
            let byte = bytes[position]
            position += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { return true }
        }
    }

    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0x20, 0x0A, 0x0D, 0x09: true
        default: false
        }
    }
}
