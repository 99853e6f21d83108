import ParallelTerminal
import Testing

struct PrompterTests {
    @Test func `scripted answers come in order, then the input ends`() throws {
        let prompter = Prompter.scripted([.line("yes"), .interrupted])
        #expect(try prompter.ask("Sure? ") == .line("yes"))
        #expect(try prompter.ask("Really? ") == .interrupted)
        #expect(try prompter.ask("Sure? ") == .endOfInput)
    }
}
