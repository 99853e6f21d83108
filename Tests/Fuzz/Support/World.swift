package import ParallelCLI
package import ParallelHTTP
import ParallelSystem
package import ParallelTerminal

/// A command line carried out in a made-up world: no file that it names is there, no network answers but `transport`,
/// and nothing waits.
package struct World: Sendable {
    package let code: ExitCode
    package let output: String
    package let errors: String

    package init(
        _ words: [String], _ transport: any HTTPTransport, terminal: TerminalInfo = TerminalInfo(),
        temporaryDirectory: String = "/tmp"
    ) {
        let streams = Streams.captured(stdin: Array("company,city\nAcme,Oslo\n".utf8))
        code = Simulation.run { clock in
            // Nothing can be made below a device, so that no command leaves anything behind.
            let environment = [
                "PARALLEL_API_KEY": "test-key", "HOME": "/dev/null", "TOKEN": "hush", "TMPDIR": temporaryDirectory,
            ]
            let context = Context(
                programName: "parallel", streams: streams, terminal: terminal, environment: environment,
                workingDirectory: nil, fileDirectory: "/dev/null", clock: clock, now: { 1_700_000_000 },
                random: { 1 }, transport: transport, prompter: Prompter { _ in .endOfInput }, interruption: { nil })
            return await Run.run(words, context)
        }
        output = streams.capturedOutput
        errors = streams.capturedError
        // The table of `mcp test` tells it by itself.
        require((code == .success) || !errors.isEmpty || !output.isEmpty, "a failure is told")
        Self.requireHarmless(errors)
        if terminal.stdoutIsTerminal { Self.requireHarmless(output) }
    }

    /// Nothing in a text that people see steers their terminal; colours are the program's own.
    private static func requireHarmless(_ text: String) {
        var isEscape = false
        for scalar in text.unicodeScalars {
            if isEscape {
                require("[0123456789;m".unicodeScalars.contains(scalar), "an escape sequence sets a colour")
                isEscape = scalar != "m"
            } else if scalar == "\u{1B}" {
                isEscape = true
            } else {
                let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
                require(!isControl || scalar == "\n" || scalar == "\t", "no control character: \(text)")
            }
        }
    }
}
