import ParallelHTTP
import ParallelSystem
import ParallelTerminal

/// Shows on a terminal that an answer is waited for, unless the command shows progress of its own.
struct WaitingTransport: HTTPTransport {
    let transport: any HTTPTransport
    let context: Context

    /// How often the line is drawn anew. Most answers come before it is drawn at all.
    private static let interval = Duration.seconds(1)
    /// The time after which the line is gone. It bounds the loop where a clock's sleeps return at once, as in tests.
    private static let longest = Duration.seconds(600)

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        // A stream that a server may fill some day is nothing that a person waits for.
        if request.method == .get, request.headers["accept"]?.begins(with: "text/event-stream") == true {
            return try await transport.send(request)
        }
        async let _: Void = draw()
        return try await transport.send(request)
    }

    /// Draws the line until the task is cancelled, then erases it.
    private func draw() async {
        defer { context.streams.setStatus(nil, inBackground: true) }
        var state = ProgressLine.State(status: "waiting")
        while state.elapsed < Self.longest, (try? await context.clock.sleep(for: Self.interval)) != nil {
            state.frame += 1
            state.elapsed += Self.interval
            let line = ProgressLine.draw(state, columns: context.terminal.redrawnColumns)
            context.streams.setStatus(line, inBackground: true)
        }
    }
}
