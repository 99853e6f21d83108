/// Base64 (RFC 4648). Writes the standard alphabet; also reads that of URLs and file names.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Returns the padded Base64 of `bytes` on one line.
    package static func encode(_ bytes: [UInt8]) -> String {
        let (groups, rest) = bytes.count.quotientAndRemainder(dividingBy: 3)
        return String(unsafeUninitializedCapacity: (groups + (rest == 0 ? 0 : 1)) * 4) { output in
            alphabet.withUnsafeBufferPointer { alphabet in
                bytes.withUnsafeBufferPointer { bytes in
                    for group in 0..<groups {
                        let first = bytes[group * 3]
                        let second = bytes[group * 3 + 1]
                        let third = bytes[group * 3 + 2]
                        output[group * 4] = alphabet[Int(first >> 2)]
                        output[group * 4 + 1] = alphabet[Int(first << 4 & 0x3F | second >> 4)]
                        output[group * 4 + 2] = alphabet[Int(second << 2 & 0x3F | third >> 6)]
                        output[group * 4 + 3] = alphabet[Int(third & 0x3F)]
                    }
                    guard rest > 0 else { return }
                    let first = bytes[groups * 3]
                    let second = rest == 2 ? bytes[groups * 3 + 1] : 0
                    output[groups * 4] = alphabet[Int(first >> 2)]
                    output[groups * 4 + 1] = alphabet[Int(first << 4 & 0x3F | second >> 4)]
                    output[groups * 4 + 2] = rest == 2 ? alphabet[Int(second << 2 & 0x3F)] : padding
                    output[groups * 4 + 3] = padding
                }
            }
            return output.count
        }
    }

    /// Returns the decoded bytes; nil if `text` is not Base64.
    ///
    /// Accepts either alphabet, padding or none, and line breaks anywhere (RFC 2045 §6.8 breaks lines at 76
    /// characters).
    package static func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { characters in
            var isValid = true
            let bytes = values.withUnsafeBufferPointer { values in
                [UInt8](unsafeUninitializedCapacity: characters.count / 4 * 3 + 3) { output, count in
                    var bits: UInt32 = 0
                    var digits = 0
                    var paddings = 0
                    for character in characters {
                        let value = values[Int(character)]
                        if value < 64, paddings == 0 {
                            bits = bits << 6 | UInt32(value)
                            digits += 1
                            guard digits == 4 else { continue }
                            output[count] = UInt8(truncatingIfNeeded: bits >> 16)
                            output[count + 1] = UInt8(truncatingIfNeeded: bits >> 8)
                            output[count + 2] = UInt8(truncatingIfNeeded: bits)
                            count += 3
                            digits = 0
                        } else if character == padding {
                            paddings += 1
                        } else if character != UInt8(ascii: "\n"), character != UInt8(ascii: "\r") {
                            isValid = false
                            return
                        }
                    }
                    // A single digit makes no byte; padding, if there is any, must fill the last group of four.
                    isValid = digits != 1 && (paddings == 0 || digits >= 2 && digits + paddings == 4)
                    if digits >= 2 {
                        output[count] = UInt8(truncatingIfNeeded: bits >> (digits == 2 ? 4 : 10))
                        count += 1
                    }
                    if digits == 3 {
                        output[count] = UInt8(truncatingIfNeeded: bits >> 2)
                        count += 1
                    }
                }
            }
            return isValid ? bytes : nil
        }
    }

    /// Returns the Base64 of `bytes` in the alphabet for URLs, without padding (RFC 4648 §5).
    package static func encodeForURL(_ bytes: [UInt8]) -> String {
        let text = encode(bytes).utf8.filter { $0 != padding }.map { byte in
            byte == UInt8(ascii: "+") ? UInt8(ascii: "-") : byte == UInt8(ascii: "/") ? UInt8(ascii: "_") : byte
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static let padding = UInt8(ascii: "=")

    /// The value of every byte as a Base64 digit; 0xFF if it is none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
        values[Int(UInt8(ascii: "-"))] = 62
        values[Int(UInt8(ascii: "_"))] = 63
        return values
    }()
}
