import ParallelAPI
import ParallelSettings
import Testing

/// The signatures were made by another program (Python's hmac).
@Suite struct WebhookMessageTests {
    private static let body = Array(
        #"{"type":"task_run.status","data":{"run_id":"trun_1","status":"completed"}}"#.utf8)
    private static let prefixed = "whsec_YSBrZXkgb2YgdHdlbnR5LWZvdXIgYnl0"
    private static let bare = "YSBrZXkgb2YgdHdlbnR5LWZvdXIgYnl0"
    private static let decoded = "v1,NxIRH6twHgxUknGLZKT2MK/s+TYSAq15tT8jRk6RXyc="
    private static let time = 1_790_000_000

    private static func message(
        _ signature: String?, id: String? = "whevent_1", time: String? = "1790000000", body: [UInt8] = body
    ) -> WebhookMessage {
        let fields = ["webhook-id": id, "webhook-timestamp": time, "webhook-signature": signature]
        return WebhookMessage({ fields[$0] ?? nil }, body: body)
    }

    private func problem(
        _ message: WebhookMessage, _ secret: String = prefixed, now: Int = time, tolerance: Int? = 300
    ) -> WebhookMessage.Problem? {
        message.problem(Secret(secret), now: now, tolerance: tolerance)
    }

    @Test(arguments: [
        (prefixed, decoded, true), (bare, decoded, true),
        // What accounts of before autumn 2026 have: the whole secret is the key.
        (prefixed, "v1,P47E7G8YGnUmcpaPAwbUa5hLyb9nOjNwGe+IcqujRnY=", true),
        (bare, "v1,SiQawWJPQOXySjtwNB5K3dC2G13e5ialRJ0Loc0kRys=", true),
        // The rest as it stands is no key.
        (prefixed, "v1,SiQawWJPQOXySjtwNB5K3dC2G13e5ialRJ0Loc0kRys=", false),
        ("no base64!", "v1,5N2+v5938Sr8OY/NE3AHDwdQAVlmYZRGg3bWeuoiXS8=", true),
        ("no base64!", decoded, false),
        // Several signatures while the secret changes; other versions and what has no version count for nothing.
        (prefixed, "v1,AAAA \(decoded)", true), (prefixed, "v1 \(decoded)", true),
        (prefixed, "v2,\(decoded.dropFirst(3))", false), (prefixed, String(decoded.dropFirst(3)), false),
        (prefixed, "v1,", false), (prefixed, "v1,\(decoded.dropFirst(3).dropLast(4))", false),
    ])
    func `a signature counts if either key of the secret made it`(secret: String, signature: String, isGenuine: Bool) {
        #expect(problem(Self.message(signature), secret) == (isGenuine ? nil : .signature))
    }

    @Test func `nothing that is signed may be changed`() {
        #expect(problem(Self.message(Self.decoded, body: Self.body + [0x20])) == .signature)
        #expect(problem(Self.message(Self.decoded, id: "whevent_2")) == .signature)
        #expect(problem(Self.message(Self.decoded, time: "1790000001")) == .signature)
    }

    @Test func `a field that is missing is named`() {
        #expect(problem(Self.message(nil)) == .missing("webhook-signature"))
        #expect(problem(Self.message(Self.decoded, id: "")) == .missing("webhook-id"))
        #expect(problem(Self.message(Self.decoded, time: nil)) == .missing("webhook-timestamp"))
        #expect(problem(Self.message(Self.decoded, time: "soon")) == .noTime("soon"))
        #expect(problem(Self.message(Self.decoded, time: "99999999999999999999")) == .noTime("99999999999999999999"))
    }

    @Test(arguments: [(0, 300, nil), (300, 300, nil), (301, 300, 301), (-301, 300, -301), (90_000, nil, nil)])
    func `a message may be as old as is allowed`(age: Int, tolerance: Int?, expected: Int?) {
        let found = problem(Self.message(Self.decoded), now: Self.time + age, tolerance: tolerance)
        #expect(found == expected.map(WebhookMessage.Problem.age))
    }
}
