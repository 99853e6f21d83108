import ParallelAPI
import ParallelHTTP
import ParallelMCP
import ParallelSettings
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

@testable import ParallelCLI

struct ErrorReportTests {
    @Test(
        arguments: [
            (StreamError.failed("no space"), ExitCode.unexpected, "standard output: no space"),
            (StreamError.unreadable("bad file"), .unexpected, "standard input: bad file"),
            (StreamError.tooLong(limit: 64 << 20), .usage, "standard input: more than 67108864 bytes"),
            (FileError(path: "/a", reason: "it is a directory"), .unexpected, "/a: it is a directory"),
            (InvalidRequest("too long"), .usage, "too long"),
            (InvalidArgument("too long"), .usage, "too long"),
            (CancellationError(), .interrupted, "interrupted"),
            (HTTPError(.cancelled, "c", mayHaveBeenSent: true), .interrupted, "interrupted"),
            (HTTPError(.timeout, "slow", mayHaveBeenSent: true), .unreachable, "slow"),
            (Settings.Fault.baseURL(variable: "V", reason: "bad"), .usage, "V: bad"),
            (Settings.Fault.key(source: "F", reason: "bad"), .notAuthenticated, "the API key in F can't be used: bad"),
        ] as [(any Error, ExitCode, String)])
    func `every error has its code and one line`(error: any Error, code: ExitCode, message: String) {
        let streams = Streams.captured()
        let context = Context.test(ScriptedTransport([]), streams: streams, interruption: 2)
        #expect(Run.report(error, context) == code)
        #expect(streams.capturedError == "error: \(message)\n")
    }

    @Test func `a closed pipe is success and says nothing`() {
        let streams = Streams.captured()
        #expect(Run.report(StreamError.closedPipe, .test(ScriptedTransport([]), streams: streams)) == .success)
        #expect(streams.capturedError.isEmpty)
    }
}
