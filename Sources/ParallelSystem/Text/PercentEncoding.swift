/// Percent-encoding of RFC 3986 §2.1, byte by byte over UTF-8.
package enum PercentEncoding {
    /// Letters, digits and `-._~` (RFC 3986 §2.3).
    package static func isUnreserved(_ byte: UInt8) -> Bool {
        byte.isASCIILetterOrDigit || "-._~".utf8.contains(byte)
    }

    /// What a path may hold as it is, the `%` of an escape included (RFC 3986 §3.3).
    package static func isPathByte(_ byte: UInt8) -> Bool {
        isUnreserved(byte) || "!$&'()*+,;=:@/%".utf8.contains(byte)
    }

    /// What a query may hold as it is (RFC 3986 §3.4).
    package static func isQueryByte(_ byte: UInt8) -> Bool {
        isPathByte(byte) || byte == UInt8(ascii: "?")
    }

    /// Replaces every byte that is not kept by `%` and two digits.
    package static func encode(
        _ bytes: some Sequence<UInt8>, digits: HexDigits = .uppercase, keeping isKept: (UInt8) -> Bool
    ) -> [UInt8] {
        var encoded: [UInt8] = []
        for byte in bytes {
            if isKept(byte) { encoded.append(byte) } else { encoded += [UInt8(ascii: "%")] + digits.digits(of: byte) }
        }
        return encoded
    }

    /// Replaces every `%` and two digits by their byte. A `%` without them stays, and `isWellFormed` is false then.
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
