import ParallelJSON
import Testing

@testable import ParallelAPI

struct SourcePolicyTests {
    @Test(arguments: [
        "example.com", "docs.example.com", ".gov", ".co.uk", "example.com/docs", "xn--bcher-kva.example", "a-b.example",
        "8chan.example", "bücher.example", "wwwexample.com", "docs.python.org/3/library",
    ])
    func `a domain, an extension and a path below a domain are taken`(text: String) {
        #expect(SourcePolicy.problem(inDomain: text) == nil)
    }

    @Test(arguments: [
        ("https://example.com/a", "leave the scheme out: example.com"),
        ("http://www.example.com:80/a", "leave the scheme out: example.com"),
        ("www.example.com", "leave 'www.' out: example.com"),
        ("example.com:443", "a port, query or fragment has no place here: example.com"),
        ("example.com/a?b=c", "a port, query or fragment has no place here: example.com"),
        ("example.com#top", "a port, query or fragment has no place here: example.com"),
    ])
    func `an exceeded limit is reported with the limit`(text: String, reason: String) {
        #expect(SourcePolicy.problem(inDomain: text) == reason)
    }

    @Test(arguments: [
        "", ".", "com", "localhost", "example..com", "example.com.", "..gov", "exa mple.com", "*.example.com",
        "user@example.com", "/example.com", "example,com.org",
    ])
    func `an invalid domain is refused`(text: String) {
        #expect(SourcePolicy.problem(inDomain: text)?.hasPrefix("not a domain") == true)
    }

    @Test(arguments: [
        "2026-01-31", "2024-02-29", "2000-02-29", "2025-02-28", "2026-04-30", "2026-12-31", "1999-10-01",
    ])
    func `a day of the calendar is a date`(text: String) {
        #expect(SourcePolicy.isDate(text))
    }

    @Test(arguments: [
        "", "2026", "2026-1-31", "2026-01-1", "26-01-31", "2026-13-01", "2026-00-10", "2026-01-00", "2026-01-32",
        "2026-04-31", "2025-02-29", "1900-02-29", "2100-02-29", "2024-02-30", "2026/01/31", "2026-01-31T00:00:00Z",
        "-026-01-31", "2026-+1-31", "２０２６-01-31", "2026-01-31-", " 2026-01-31",
    ])
    func `any other text is none`(text: String) {
        #expect(!SourcePolicy.isDate(text))
    }

    @Test func `only what was set is written`() {
        var policy = SourcePolicy()
        #expect(policy.isEmpty)
        #expect(policy.json == [:])
        policy.afterDate = "2026-01-31"
        #expect(policy.json == ["after_date": "2026-01-31"])
        policy.excludeDomains = ["b.example"]
        policy.includeDomains = ["a.example", ".gov"]
        #expect(!policy.isEmpty)
        #expect(
            policy.json.serialized()
                == #"{"include_domains":["a.example",".gov"],"exclude_domains":["b.example"],"after_date":"2026-01-31"}"#
        )
    }

    @Test func `both lists together may hold 200 domains`() throws {
        var policy = SourcePolicy()
        policy.includeDomains = Array(repeating: "a.example", count: 120)
        policy.excludeDomains = Array(repeating: "b.example", count: 80)
        try policy.check()
        policy.excludeDomains.append("c.example")
        #expect(throws: InvalidRequest("201 domains; at most 200 may be included and excluded")) { try policy.check() }
    }
}
