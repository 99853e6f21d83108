import ParallelTerminal
import Testing

struct StyleTests {
    @Test func `a style marks every line and ends by itself`() {
        #expect(Style.bold.apply("a\n\nb", enabled: true) == "\u{1B}[1ma\u{1B}[22m\n\n\u{1B}[1mb\u{1B}[22m")
        #expect(
            Style.red.apply("a" + Style.underline.apply("b", enabled: true), enabled: true)
                == "\u{1B}[31ma\u{1B}[4mb\u{1B}[24m\u{1B}[39m")
    }

    @Test func `a style that is off leaves the text alone`() {
        #expect(Style.cyan.apply("a", enabled: false) == "a")
        #expect(Style.cyan.apply("", enabled: true) == "")
    }
}
