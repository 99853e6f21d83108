import ParallelSystem
import Testing

struct ExtendedExpressionTests {
    @Test(arguments: [
        ("find", "Find things", true), ("Find", "find", false), ("Find", "Find", true), ("^a|b$", "xb", true),
        ("^a|b$", "xa", false), ("a+(c|d){2}", "aacd", true), ("[[:digit:]]", "a1", true), ("a.b", "a\0b", true),
        ("x", "", false), ("é", "café", true), ("^$", "", true),
    ])
    func `an expression is found as grep -E finds it, with capitals only if it has some`(
        pattern: String, text: String, isFound: Bool
    ) throws {
        #expect(try ExtendedExpression(pattern).matches(text) == isFound)
    }

    @Test(arguments: ["(", "[a", "*(", "a{2,1}"]) func `what is no expression is refused with a reason`(pattern: String)
    {
        do {
            _ = try ExtendedExpression(pattern)
            Issue.record("it was taken")
        } catch {
            #expect(!error.reason.isEmpty)
        }
    }
}
