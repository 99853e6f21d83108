import ParallelSystem
import Testing

struct Base64Tests {
    /// RFC 4648 §10, and bytes that use both characters by which the alphabets differ.
    static let pairs: [([UInt8], String)] = [
        ([], ""), (Array("f".utf8), "Zg=="), (Array("fo".utf8), "Zm8="), (Array("foo".utf8), "Zm9v"),
        (Array("foob".utf8), "Zm9vYg=="), (Array("fooba".utf8), "Zm9vYmE="), (Array("foobar".utf8), "Zm9vYmFy"),
        ([0xFB, 0xFF, 0xFE], "+//+"), ([0], "AA=="), ([0xFF, 0xFF], "//8="),
    ]

    @Test(arguments: pairs)
    func `bytes are written, and what is written is read`(bytes: [UInt8], text: String) {
        #expect(Base64.encode(bytes) == text)
        #expect(Base64.decode(text) == bytes)
    }

    @Test(arguments: [
        ("Zg", "f"), ("Zm8", "fo"), ("Zm9v\nYmFy\r\n", "foobar"), ("\nZ\nm\n8\n=\n", "fo"),
        ("eyJhIjoiPz8_In0", #"{"a":"???"}"#),
        ("Pj4-", ">>>"), ("Zh==", "f"),
    ])
    func `padding may be missing, lines may break, and the alphabet of URLs is read`(text: String, meant: String) {
        #expect(Base64.decode(text) == Array(meant.utf8))
    }

    @Test(arguments: [
        "Z", "Zm9vY", "Zg=", "Zg===", "=", "====", "Zm9v=", "Zg==Zg==", "Zm 9v", "Zm9v!", "Zm9v\u{0}", "Zmé9", "Z=g=",
        "data:image/png;base64,Zm9v",
    ])
    func `any other text is none`(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func `every length survives the way there and back`() {
        for length in 0..<200 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ length) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
    }
}
