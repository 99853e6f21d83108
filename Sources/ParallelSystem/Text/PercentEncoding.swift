/// Percent-encoding (RFC 3986 §2.1), applied byte by byte to UTF-8.
package enum PercentEncoding {
    /// Letters, digits and `-._~` (RFC 3986 §2.3).
    package static func isUnreserved(_ byte: UInt8) -> Bool {
        byte.isASCIILetterOrDigit || "-._~".utf8.contains(byte)
    }

    /// Whether a path may hold the byte unescaped (RFC 3986 §3.3); true for the `%` of an escape.
    package static func isPathByte(_ byte: UInt8) -> Bool {
        isUnreserved(byte) || "!$&'()*+,;=:@/%".utf8.contains(byte)
    }

    /// Whether a query may hold the byte unescaped (RFC 3986 §3.4); true for the `%` of an escape.
    package static func isQueryByte(_ byte: UInt8) -> Bool {
        isPathByte(byte) || byte == UInt8(ascii: "?")
    }

    /// Replaces every byte for which `isKept` is false by `%` and two digits.
    package static func encode(
        _ bytes: some Sequence<UInt8>, digits: HexDigits = .uppercase, keeping isKept: (UInt8) -> Bool
    ) -> [UInt8] {
        var encoded: [UInt8] = []
        for byte in bytes {
            if isKept(byte) { encoded.append(byte) } else { encoded += [UInt8(ascii: "%")] + digits.digits(of: byte) }
        }
        return encoded
    }

    /// Replaces every `%` and two digits by their byte. A `%` without digits stays and makes `isWellFormed` false.
    package static func decode(_ bytes: some Sequence<UInt8>) -> (bytes: [UInt8], isWellFormed: Bool) {
        var decoded: [UInt8] = []
        var isWellFormed = true
        var rest = Array(bytes)[...]
        while let byte = rest.popFirst() {
            let digits = byte == UInt8(ascii: "%") ? rest.prefix(2).compactMap(\.hexDigitValue) : []
            if digits.count == 2 {
                decoded.append(digits[0] << 4 | digits[1])
                rest = rest.dropFirst(2)
            } else {
                isWellFormed = isWellFormed && byte != UInt8(ascii: "%")
                decoded.append(byte)
            }
        }
        return (decoded, isWellFormed)
    }
}
