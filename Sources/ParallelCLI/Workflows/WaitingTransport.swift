import ParallelHTTP
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Shows on a terminal that an answer is waited for, unless the command shows progress of its own.
struct WaitingTransport: HTTPTransport {
    let transport: any HTTPTransport
    let output: Output
    let context: Context

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        // A stream that a server may fill some day is nothing that a person waits for.
        if request.method == .get, request.headers["accept"]?.begins(with: "text/event-stream") == true {
            return try await transport.send(request)
        }
        let progress = RunProgress(context: context, output: output, events: .none, isInBackground: true)
        return try await progress.shown { try await transport.send(request) }
    }
}
