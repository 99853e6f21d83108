import ParallelSystem
import Testing

@testable import ParallelCLI

struct FailureReasonsTests {
    private static func summary(_ reasons: [String], hiding secrets: KnownSecrets = KnownSecrets()) -> String {
        var counts = FailureReasons()
        for reason in reasons { counts.add(reason) }
        return counts.summary(hiding: secrets)
    }

    @Test func `the most frequent reasons come first, and the rest is counted`() {
        let many = (1...7).flatMap { number in Array(repeating: "reason \(number)", count: number) }
        #expect(
            Self.summary(many) == "7 × reason 7, 6 × reason 6, 5 × reason 5, 4 × reason 4, 3 × reason 3, 3 others")
        #expect(Self.summary(["a", "b", "b", "c"]) == "2 × b, 1 × a, 1 × c")
    }

    @Test(arguments: [
        (
            "No luck. Reference ID: 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
            "No luck. Reference ID: 9c858901-8a57-4791-81fe-4c455b099bc9", "2 × No luck."
        ),
        (
            "trun_9907962f83aa4d9d98fd7f4bf745d654 timed out", "trun_0007962f83aa4d9d98fd7f4bf745d654 timed out",
            "2 × … timed out"
        ),
        ("over 3 pages", "over 4 pages", "1 × over 3 pages, 1 × over 4 pages"),
    ])
    func `reasons are the same if only ids differ`(one: String, other: String, expected: String) {
        #expect(Self.summary([one, other]) == expected)
    }

    @Test func `a long reason is cut, and not within a secret`() {
        let secrets = KnownSecrets()
        secrets.hide("sk-0123456789")
        let reason = String(repeating: "x ", count: 46) + "at sk-0123456789 and more and more"
        let summary = Self.summary([reason], hiding: secrets)
        #expect(summary.utf8.count < 120 && !summary.contains("sk-0"), "\(summary)")
    }

    @Test func `a thousand different reasons are bounded`() {
        #expect(Self.summary((1...1_000).map { "reason \($0)" }).hasSuffix(", 995 others"))
    }
}
