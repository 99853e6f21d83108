import ParallelHTTP
import Testing

@testable import ParallelAuth

@Suite struct BearerChallengeTests {
    @Test(arguments: [
        ("Bearer", [], true),
        ("bearer resource_metadata=\"https://h/a,b\", scope=\"a b\"", ["https://h/a,b", "a b", nil], true),
        ("Bearer error=invalid_token,scope = x", [nil, "x", "invalid_token"], true),
        ("Basic realm=\"a \\\"b\\\", Bearer scope=no\", Bearer scope=\"yes\"", [nil, "yes", nil], true),
        ("Negotiate abc/d==, Bearer scope=s", [nil, "s", nil], true),
        ("Bearer scope=one, Bearer resource_metadata=\"https://h\", scope=two", ["https://h", "two", nil], true),
        ("Bearer realm=\"unclosed", [], true),
        ("Bearer ,,; scope=s", [nil, "s", nil], true),
        ("Bearer scope=\"\"", [], true),
        ("Digest scope=x", [], false), ("", [], false), ("=,=\"", [], false),
    ])
    func `a challenge is found among others`(field: String, expected: [String?], isBearer: Bool) {
        let challenge = BearerChallenge(HTTPHeaders([("WWW-Authenticate", field)]))
        let given = [challenge?.resourceMetadata, challenge?.scope, challenge?.error]
        #expect((challenge != nil) == isBearer && given == (expected.isEmpty ? [nil, nil, nil] : expected))
    }

    @Test func `several fields are read`() {
        let headers = HTTPHeaders([("www-authenticate", "Basic realm=x"), ("WWW-Authenticate", "Bearer scope=y")])
        #expect(BearerChallenge(headers)?.scope == "y")
    }
}
