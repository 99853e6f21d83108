/// JSON text in which values are found without building the tree they are part of: for streams of which little is
/// needed.
///
/// Brackets and strings are followed; what stands between them is not checked, which is left to parsing the part that
/// is needed.
package struct JSONText: Sendable {
    package let bytes: ArraySlice<UInt8>

    package init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// The values of these members of an object, in the order of `keys`, nil for those that are missing; the first one
    /// where a key stands twice. Nil for what is no object; what follows the last of them is not looked at.
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

    /// The first byte of a member's value, which tells its type; nil where there is none. The value itself is not gone
    /// through.
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

    /// The elements of an array; nil for what is none.
    package var elements: [JSONText]? {
        let ranges = bytes.withUnsafeBufferPointer { buffer -> [Range<Int>]? in
            var found: [Range<Int>] = []
            var scanner = JSONScanner(bytes: buffer)
            return scanner.scanArray({ found.append($0) }) ? found : nil
        }
        return ranges.map { $0.map(part) }
    }

    /// The value that the text stands for; nil where it is no JSON.
    package var value: JSONValue? { bytes.withUnsafeBufferPointer { try? JSONValue.parse($0) } }

    /// The text of a string; nil for what is none.
    package var string: String? {
        guard bytes.first == UInt8(ascii: "\""), bytes.count >= 2 else { return nil }
        let inside = bytes.dropFirst().dropLast()
        if !inside.contains(UInt8(ascii: "\\")) { return String(validating: inside, as: UTF8.self) }
        return value?.string
    }

    package var isNull: Bool { self == "null" }

    /// Whether this is the very text.
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

/// Goes over JSON text from value to value; every step is false where the text breaks off or has no value.
private struct JSONScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Hands each key, without its quotes, and the place of its value to `member`, until that is false.
    ///
    /// Before, `beginning` gets the place where the value begins, and may end the scan, too.
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
