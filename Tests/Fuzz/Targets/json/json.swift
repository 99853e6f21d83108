import FuzzSupport
import ParallelJSON

/// A document means the same after it was written and read again; number texts, lone surrogates in values and the order
/// of keys are kept; and a compact document comes back byte for byte.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = input(start, count)
    let parts = JSONText(bytes[...])
    _ = (parts.members("id", "a"), parts.opening(of: "id"), parts.string)
    let elements = parts.elements
    let value: JSONValue
    do throws(JSONSyntaxError) {
        value = try JSONValue.parse(bytes)
    } catch {
        require(error.offset <= bytes.count && error.line >= 1 && error.column >= 1, "a fault has a place in the text")
        return 0
    }
    let compact = value.bytes()
    require(Token.list(bytes) == Token.list(compact), "all that was written is kept")
    require(compact == reread(compact), "a compact document comes back as it is")
    require(compact == reread(value.bytes(.pretty)), "the layout changes nothing")
    let plain = withoutSpace(bytes)
    if !(plain + compact).contains(UInt8(ascii: "\\")) { require(plain == compact, "nothing is added and left out") }
    require(value.means(value), "a value means itself")
    touch(value)
    if let array = value.array, let elements {
        require(elements.map { $0.value?.bytes() } == array.map { $0.bytes() }, "elements are found where they stand")
    }
    return 0
}

private func reread(_ bytes: [UInt8]) -> [UInt8] {
    guard let value = try? JSONValue.parse(bytes) else { fatalError("what was written can be read") }
    return value.bytes()
}

/// Looks at every value in every way.
private func touch(_ value: JSONValue) {
    _ = (value.string, value.int, value.double, value.number?.isWhole)
    value.array?.forEach(touch)
    value.object?.forEach { touch($0.value) }
}

/// A document's bytes but for the spaces between its tokens.
private func withoutSpace(_ bytes: [UInt8]) -> [UInt8] {
    var isInString = false
    var kept: [UInt8] = []
    for byte in bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...] {
        // Escapes don't matter here: a document with a backslash is not compared.
        if byte == UInt8(ascii: "\"") { isInString.toggle() }
        if isInString || ![0x20, 0x09, 0x0A, 0x0D].contains(byte) { kept.append(byte) }
    }
    return kept
}

/// What a document consists of, read in the simplest way, which is enough for one that is known to be JSON.
private enum Token: Equatable {
    case string([UInt16])
    /// Brackets, commas, words and numbers.
    case byte(UInt8)

    static func list(_ bytes: [UInt8]) -> [Token] {
        var tokens: [Token] = []
        var units = Array(String(decoding: bytes, as: UTF8.self).utf16)[...]
        if units.first == 0xFEFF { units.removeFirst() }
        while let unit = units.popFirst() {
            switch unit {
            case 0x22: tokens.append(.string(string(&units)))
            case 0x20, 0x09, 0x0A, 0x0D: break
            case 0x3A:
                // The one thing that is not kept: half of a surrogate pair in a key is read as U+FFFD.
                if case .string(let key)? = tokens.popLast() {
                    tokens.append(.string(Array(String(decoding: key, as: UTF16.self).utf16)))
                }
                tokens.append(.byte(0x3A))
            default: tokens.append(.byte(UInt8(unit)))
            }
        }
        return tokens
    }

    private static func string(_ units: inout ArraySlice<UInt16>) -> [UInt16] {
        let escapes: [UInt16: UInt16] = [0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09]
        var text: [UInt16] = []
        while let unit = units.popFirst(), unit != 0x22 {
            guard unit == 0x5C else {
                text.append(unit)
                continue
            }
            guard let escape = units.popFirst() else { break }
            if escape == 0x75 {
                text.append(UInt16(String(decoding: units.prefix(4), as: UTF16.self), radix: 16) ?? 0)
                units.removeFirst(4)
            } else {
                text.append(escapes[escape] ?? escape)
            }
        }
        return text
    }
}
