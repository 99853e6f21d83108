import ParallelSystem
import ParallelTerminal
import Testing

@Suite struct HintTests {
    @Test func `secrets are masked in the text of a hint, and its command stays whole`() {
        let streams = Streams.captured()
        for secret in ["a'b;id;'c", "parallel", "result"] { streams.secrets.hide(secret) }
        let hint: Hint =
            "a'b;id;'c and \(3) results; \("result"): \(command: "parallel task result 'a'\\''b;id;'\\''c'")"
        streams.note(hint, behind: "  ")
        #expect(
            streams.capturedError
                == "  *** and 3 results; ***: parallel task result 'a'\\''b;id;'\\''c'\n")
        #expect(hint.description == "a'b;id;'c and 3 results; result: parallel task result 'a'\\''b;id;'\\''c'")
    }

    @Test func `a hint is one line, whatever is in it`() {
        let streams = Streams.captured()
        streams.note("a\nb\u{1B}[2J \("\u{202E}x")" as Hint + " \(command: "y")")
        #expect(streams.capturedError == "a b␛[2J \\u{202e}x y\n")
    }

    @Test func `a command keeps the line feeds that a word ends with`() {
        let streams = Streams.captured()
        streams.note("a\n\(command: "parallel mcp remove 'x\n\n'")" as Hint)
        #expect(streams.capturedError == "a parallel mcp remove 'x\n\n'\n")
    }
}
