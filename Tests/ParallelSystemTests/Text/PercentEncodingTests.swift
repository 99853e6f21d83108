import ParallelSystem
import Testing

@Suite struct PercentEncodingTests {
    @Test(arguments: [
        ("az-AZ.09_~", "az-AZ.09_~"), ("a b/c?d", "a%20b%2Fc%3Fd"), ("é", "%C3%A9"), ("%41", "%2541"), ("", ""),
        ("a\u{301}", "a%CC%81"),
    ])
    func `every byte but the unreserved ones is encoded, and comes back`(text: String, encoded: String) {
        let bytes = PercentEncoding.encode(text.utf8, keeping: PercentEncoding.isUnreserved)
        #expect(String(decoding: bytes, as: UTF8.self) == encoded)
        #expect(PercentEncoding.decode(bytes) == (Array(text.utf8), true))
    }

    @Test func `the digits are those that were asked for`() {
        let bytes = PercentEncoding.encode([0x0A, 0xFF, 0x9C], digits: .lowercase) { _ in false }
        #expect(bytes == Array("%0a%ff%9c".utf8))
        #expect(PercentEncoding.decode("%0a%fF%9C".utf8).bytes == [0x0A, 0xFF, 0x9C])
    }

    @Test(arguments: [("%", "%"), ("%4", "%4"), ("%4g%41", "%4gA"), ("%%41", "%A"), ("a%+1", "a%+1"), ("%4é", "%4é")])
    func `what is no escape stays as it is, and is reported`(text: String, decoded: String) {
        #expect(PercentEncoding.decode(text.utf8) == (Array(decoded.utf8), false))
    }
}

@Suite struct HexDigitsTests {
    @Test func `every byte is two digits, which are read in both cases`() {
        for byte in UInt8.min...UInt8.max {
            for digits in HexDigits.allCases {
                let written = digits.digits(of: byte)
                #expect(written.count == 2 && written.allSatisfy(\.isASCIIHexDigit))
                #expect(written.compactMap(\.hexDigitValue).reduce(0) { $0 << 4 | Int($1) } == Int(byte))
            }
            let isDigit = "0123456789abcdefABCDEF".utf8.contains(byte)
            #expect(byte.isASCIIHexDigit == isDigit)
        }
        #expect(HexDigits.uppercase.digits(of: UInt8(0xA7)) == Array("A7".utf8))
        #expect(HexDigits.lowercase.digits(of: UInt16(0x0AF3)) == Array("0af3".utf8))
    }
}

@Suite struct AuthenticationSchemeTests {
    @Test(arguments: [("Bearer", AuthenticationScheme.bearer), ("BASIC", .basic), ("token", .token)])
    func `a scheme is known in any case`(word: String, scheme: AuthenticationScheme) {
        #expect(AuthenticationScheme(word) == scheme)
    }

    @Test(arguments: ["", "Bearer ", "to\u{212A}en", "Bearers", "Digest"])
    func `other words are none`(word: String) { #expect(AuthenticationScheme(word) == nil) }
}
