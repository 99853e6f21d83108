import ParallelCLI
import ParallelTerminal
import TestSupport
import Testing

@Test(arguments: [([], true), (["--color=never"], false), (["--color", "never"], false), (["--color=always"], true)])
func `the word error is coloured on a terminal unless --color says otherwise`(flags: [String], isColored: Bool) async {
    let streams = Streams.captured()
    let terminal = TerminalInfo(stderrIsTerminal: true, term: "xterm")
    let code = await Run.run(
        ["mcp", "get", "nobody"] + flags, .test(ScriptedTransport([]), streams: streams, terminal: terminal))
    #expect(code == .usage)
    #expect(streams.capturedError.hasPrefix("\u{1B}[1;31merror:\u{1B}[0m ") == isColored)
}
