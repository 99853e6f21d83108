import ParallelSystem
import Testing

@Suite struct HintTests {
    private let hint: Hint = "secret and \(3) results; \("secret"): \(command: "parallel task result secret")"

    @Test func `a mask is for the text of a hint, and its command stays as it can be typed`() {
        #expect(
            hint.shown { $0 == "secret" ? "***" : $0.uppercased() }
                == "SECRET AND 3 RESULTS; ***: parallel task result secret")
        #expect(hint.description == "secret and 3 results; secret: parallel task result secret")
    }

    @Test func `hints in hints keep what is text and what is a command`() {
        let joined: Hint = "go on: \(hint)" + " (\(command: "x"))"
        #expect(joined.shown { _ in "" } == "parallel task result secretx")
        #expect(joined.description == "go on: \(hint.description) (x)")
    }
}
