package import ParallelCLI
package import ParallelHTTP
import ParallelSystem
package import ParallelTerminal
package import Testing

extension Context {
    /// Returns a scripted context: nothing reaches the machine, and an unexpected request fails the test.
    ///
    /// The key is `test-key`, the API `https://api.parallel.ai`, home and working directory are `directory`. Waits of
    /// up to a minute end at once. There is no log of what is started, unless `environment` has an empty
    /// PARALLEL_NO_LOG.
    package static func test(
        _ transport: any HTTPTransport, streams: Streams = .captured(), terminal: TerminalInfo = TerminalInfo(),
        environment: [String: String] = [:], directory: String = "/nowhere",
        clock: any Clock<Duration> = ManualClock(passing: .seconds(60)), prompter: Prompter = .scripted([]),
        interruption: Int32? = nil
    ) -> Context {
        // A test without a directory must not leave files behind.
        let (cache, state) = directory == "/nowhere" ? ("/dev/null", "/dev/null") : (directory + "/.cache", directory)
        let base = [
            "PARALLEL_API_KEY": "test-key", "HOME": directory, "XDG_CACHE_HOME": cache, "XDG_STATE_HOME": state,
            "PARALLEL_NO_LOG": "1",
        ]
        var context = Context(
            programName: "parallel", streams: streams, terminal: terminal,
            environment: base.merging(environment) { _, given in given }, workingDirectory: directory,
            fileDirectory: directory,
            clock: clock,
            now: { 1_700_000_000 }, random: { 1 }, transport: transport, prompter: prompter,
            interruption: { interruption })
        context.programPath = "/usr/local/bin/parallel"
        return context
    }
}

extension Prompter {
    /// Returns a prompter that gives `answers` one after the other, then the end of input.
    package static func scripted(_ answers: [LineEditor.Result]) -> Prompter {
        let rest = Lock(answers[...])
        return Prompter { _ in rest.withLock { $0.popFirst() } ?? .endOfInput }
    }
}

extension ScriptedTransport.Exchange {
    /// Returns an exchange that only ends by cancellation. Once the request has come and there is a sleeper on `clock`,
    /// advances `clock` by `span`.
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

/// A command line that was run in a scripted context, and its results.
package struct CommandRun: Sendable {
    package let code: ExitCode
    package let output: String
    package let errors: String
    package private(set) var requests: [HTTPRequest]
    /// The prompts that were shown.
    package let prompts: [String]

    /// The first request's body; empty if there is none.
    package var sentBody: String { String(decoding: requests.first?.body ?? [], as: UTF8.self) }

    /// Runs `words`; `exchanges` are the requests that must be sent, and no others may be.
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

    /// Runs `words` over another transport; `requests` stays empty.
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
