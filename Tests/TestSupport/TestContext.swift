package import ParallelCLI
package import ParallelHTTP
import ParallelSystem
package import ParallelTerminal
package import Testing

extension Context {
    /// A world made of a script: nothing in it reaches the machine, and an unexpected request fails the test.
    ///
    /// The key is `test-key`, the API `https://api.parallel.ai`, home and working directory are `directory`. Waits of
    /// up to a minute pass at once.
    package static func test(
        _ transport: any HTTPTransport, streams: Streams = .captured(), terminal: TerminalInfo = TerminalInfo(),
        environment: [String: String] = [:], directory: String = "/nowhere",
        clock: any Clock<Duration> = ManualClock(passing: .seconds(60)), prompter: Prompter = .scripted([]),
        interruption: Int32? = nil
    ) -> Context {
        // Without a directory of its own, a test must not leave anything behind.
        let cache = directory == "/nowhere" ? "/dev/null" : directory + "/.cache"
        let base = ["PARALLEL_API_KEY": "test-key", "HOME": directory, "XDG_CACHE_HOME": cache]
        return Context(
            programName: "parallel", streams: streams, terminal: terminal,
            environment: base.merging(environment) { _, given in given }, workingDirectory: directory,
            fileDirectory: directory,
            clock: clock,
            now: { 1_700_000_000 }, random: { 1 }, transport: transport, prompter: prompter,
            interruption: { interruption })
    }
}

extension Prompter {
    /// Gives `answers` one after the other, then the end of input.
    package static func scripted(_ answers: [LineEditor.Result]) -> Prompter {
        let rest = Lock(answers[...])
        return Prompter { _ in rest.withLock { $0.popFirst() } ?? .endOfInput }
    }
}

extension ScriptedTransport.Exchange {
    /// A request that is answered only by its cancellation. Once it is there and somebody sleeps, `span` passes on
    /// `clock`.
    package static func unanswered(
        _ method: HTTPMethod, _ target: String, passing span: Duration = .zero, on clock: ManualClock? = nil
    ) -> ScriptedTransport.Exchange {
        .init(method, target) { _ in
            if let clock {
                try await clock.untilAsleep()
                clock.advance(by: span)
            }
            try? await Task.sleep(for: .seconds(3600))
            throw HTTPError(.cancelled, "cancelled", mayHaveBeenSent: true)
        }
    }
}

/// A command line that was carried out in a scripted world, and all that came of it.
package struct CommandRun: Sendable {
    package let code: ExitCode
    package let output: String
    package let errors: String
    package private(set) var requests: [HTTPRequest]
    /// What the person was asked.
    package let prompts: [String]

    /// The first request's body; empty if there is none.
    package var sentBody: String { String(decoding: requests.first?.body ?? [], as: UTF8.self) }

    /// Carries out `words`; `exchanges` are all the requests that may and must be sent.
    package init(
        _ words: [String], _ exchanges: [ScriptedTransport.Exchange] = [], stdin: String = "",
        terminal: TerminalInfo = TerminalInfo(), environment: [String: String] = [:], directory: String = "/nowhere",
        clock: any Clock<Duration> = ManualClock(passing: .seconds(60)), answers: [LineEditor.Result] = [],
        interruption: Int32? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let transport = ScriptedTransport(exchanges, sourceLocation: sourceLocation)
        await self.init(
            words, over: transport, stdin: stdin, terminal: terminal, environment: environment, directory: directory,
            clock: clock, answers: answers, interruption: interruption)
        requests = transport.requests
    }

    /// Carries out `words` over a network that is played otherwise; `requests` stays empty.
    package init(
        _ words: [String], over transport: any HTTPTransport, stdin: String = "",
        terminal: TerminalInfo = TerminalInfo(), environment: [String: String] = [:], directory: String = "/nowhere",
        clock: any Clock<Duration> = ManualClock(passing: .seconds(60)), answers: [LineEditor.Result] = [],
        interruption: Int32? = nil
    ) async {
        let streams = Streams.captured(stdin: Array(stdin.utf8))
        let script = Prompter.scripted(answers)
        let prompts = Lock<[String]>([])
        let prompter = Prompter { prompt in
            prompts.withLock { $0.append(prompt) }
            return try await script.ask(prompt)
        }
        code = await Run.run(
            words,
            .test(
                transport, streams: streams, terminal: terminal, environment: environment, directory: directory,
                clock: clock, prompter: prompter, interruption: interruption))
        output = streams.capturedOutput
        errors = streams.capturedError
        requests = []
        self.prompts = prompts.withLock { $0 }
    }
}
