import ParallelMCP
import ParallelSystem
import Testing

@Suite struct BearerTokenTests {
    /// `{"alg":"none"}`.
    private static let head = "eyJhbGciOiJub25lIn0"
    /// `{"exp":1700000000}`.
    private static let claims = "eyJleHAiOjE3MDAwMDAwMDB9"

    @Test(arguments: [
        "Bearer \(head).\(claims).c2ln", "bearer  \(head).\(claims).", "\t\(head).\(claims).c2ln ",
        "BEARER ?.\(claims).?",
        // {"exp":1700000000.9} and { "exp" : 1.7e9 }, the latter with its padding.
        "x.eyJleHAiOjE3MDAwMDAwMDAuOX0.y", "x.eyAiZXhwIiA6IDEuN2U5IH0=.y",
    ])
    func `the time in a token is read without looking at its signature`(value: String) {
        #expect(BearerToken.expiry(ofHeader: value) == 1_700_000_000)
    }

    @Test func `both alphabets of base64 are read`() {
        // {"a":" ~~~~???","exp":5}
        #expect(BearerToken.expiry(ofHeader: "Bearer a.eyJhIjoiIH5-fn4_Pz8iLCJleHAiOjV9.b") == 5)
        #expect(BearerToken.expiry(ofHeader: "Bearer a.eyJhIjoiIH5+fn4/Pz8iLCJleHAiOjV9.b") == 5)
    }

    @Test(arguments: [
        "", " ", "Bearer", "Bearer ", "Bearer sk-123", "Bearer a.b", "Bearer a.b.c", "Bearer a..c", "Bearer ...",
        "Basic \(head).\(claims).c", "Bearer a \(head).\(claims).c", "Bearer \(head).\(claims)",
        // Five parts are an encrypted token.
        "Bearer \(head).\(claims).c.d.e", "Bearer \(head).\(claims)!.c", "Bearer \(head).é\(claims).c",
        // [1], {"exp":"soon"}, {"exp":null}, {}, {"exp":1e300}, and JSON that breaks off.
        "a.WzFd.c", "a.eyJleHAiOiJzb29uIn0.c", "a.eyJleHAiOm51bGx9.c", "a.e30.c", "a.eyJleHAiOjFlMzAwfQ.c",
        "a.eyJleHAiOjE3MDAwMDAwMDB.c",
    ])
    func `a token that does not say when it expires has no time`(value: String) {
        #expect(BearerToken.expiry(ofHeader: value) == nil)
    }

    @Test(arguments: [("-9223372036854775808", -253_402_300_799), ("9e18", 253_402_300_799)])
    func `a time beyond the calendar is limited to it`(text: String, expiry: Int) {
        let claims = Base64.encode(Array("{\"exp\":\(text)}".utf8))
        #expect(BearerToken.expiry(ofHeader: "a.\(claims).c") == expiry)
    }

    @Test func `a token may have expired before 1970`() {
        // {"exp":-1}
        #expect(BearerToken.expiry(ofHeader: "a.eyJleHAiOi0xfQ.c") == -1)
    }
}
