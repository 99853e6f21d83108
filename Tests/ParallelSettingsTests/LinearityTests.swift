import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelSettings

/// What a file or a server may hold is read in a time that grows with its length: with its square, each of these would
/// take longer than a test is waited for.
@Suite struct LinearityTests {
    @Test(arguments: [
        "${", "${A:-", "${A ", "$", "${A}", "${A:-x}", "${1", "}", "${A:-\u{301}",
    ])
    func `references that repeat for ever are read at once`(text: String) async throws {
        for ending in ["", "}"] {
            let long = String(repeating: text, count: 60_000) + ending
            let expanded = try await onThread { try VariableReference.expand(long, ["A": "1"]) }
            #expect(!expanded.isEmpty)
        }
    }

    @Test(arguments: [
        ("${A}\u{301}", "1\u{301}"), ("$\u{301}{A}", "$\u{301}{A}"), ("${\u{301}A}", "${\u{301}A}"),
        ("${A\u{301}}", "${A\u{301}}"), ("${N:-\u{FE0F}d\u{200D}}", "\u{FE0F}d\u{200D}"),
        ("{\u{301}${A}}", "{\u{301}1}"),
        ("\u{301}${A}", "\u{301}1"), ("${A:\u{301}-x}", "${A:\u{301}-x}"), ("\r\n${A}\r\n", "\r\n1\r\n"),
    ])
    func `marks that combine with a sign don't change where a reference begins and ends`(text: String, expected: String)
        throws
    {
        let expanded = try VariableReference.expand(text, ["A": "1"])
        #expect(Array(expanded.utf8) == Array(expected.utf8))
    }
}
