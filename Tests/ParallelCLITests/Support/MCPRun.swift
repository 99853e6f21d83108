import ParallelCLI
import ParallelHTTP
import ParallelTerminal
import TestSupport

/// `parallel mcp …` against a scripted server at `MCPRun.url`, with patience unless a test that waits gives a clock.
enum MCPRun {
    static let url = "https://mcp.example/mcp"

    static func run(
        _ words: [String], _ server: any HTTPTransport, stdin: String = "", environment: [String: String] = [:],
        terminal: TerminalInfo = TerminalInfo(), directory: String = "/nowhere",
        clock: any Clock<Duration> = PatientClock(), answers: [LineEditor.Result] = []
    ) async -> CommandRun {
        await CommandRun(
            ["mcp"] + words, over: server, stdin: stdin, terminal: terminal, environment: environment,
            directory: directory, clock: clock, answers: answers)
    }

    static func tools(_ server: ScriptedMCPServer, _ words: String...) async -> CommandRun {
        await run(["tools", url] + words, server)
    }

    /// Calls the tool `echo`.
    static func call(_ server: ScriptedMCPServer, _ words: String...) async -> CommandRun {
        await run(["call", url, "echo"] + words, server)
    }

    /// A stream that says nothing of use while `span`, which somebody waits for, passes on `clock`.
    static func silence(_ span: Duration, on clock: ManualClock) async throws -> HTTPResponse {
        try await clock.untilAsleep()
        clock.advance(by: span)
        return .openEvents([": working\n\n"])
    }
}
