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
            (
                StreamError.inputClosed, .usage,
                "standard input is closed; give it something to read, as with: < FILE"
            ),
            (StreamError.tooLong(limit: 64 << 20), .usage, "standard input: more than 67108864 bytes"),
            (FileError(path: "/a", reason: "it is a directory"), .unexpected, "/a: it is a directory"),
            (InvalidRequest("too long"), .usage, "too long"),
            (InvalidArgument("too long"), .usage, "too long"),
            (CancellationError(), .interrupted, "interrupted"),
            (HTTPError(.cancelled, "c", mayHaveBeenSent: true), .interrupted, "interrupted"),
            (HTTPError(.timeout, "slow", mayHaveBeenSent: true), .unreachable, "slow"),
            (SettingsError.address(.variable("V"), reason: "bad"), .usage, "V: bad"),
            (SettingsError.key(.file("F"), reason: "bad"), .notAuthenticated, "the API key in F can't be used: bad"),
            (
                SettingsError.key(.standardInput, reason: "bad"), .notAuthenticated,
                "the API key in standard input can't be used: bad"
            ),
        ] as [(any Error, ExitCode, String)])
    func `every error has its code and one line`(error: any Error, code: ExitCode, message: String) {
        let streams = Streams.captured()
        let context = Context.test(ScriptedTransport([]), streams: streams, interruption: 2)
        #expect(Run.report(error, context) == code)
        #expect(streams.capturedError == "error: \(message)\n")
    }

    @Test(
        arguments: [
            (.makePrivate(path: "/a key"), "run: chmod 600 '/a key'"),
            (.makePrivate(path: "-k"), "run: chmod 600 -- -k"),
            (.makePrivate(path: nil), "make the file behind it readable to you alone, as with: chmod 600 FILE"),
            (
                .copy(path: "/a key"),
                "copy it to a file that only you can read, or, if nothing else comes there, give it on standard "
                    + "input: --api-key-file - < '/a key'"
            ),
            (.copy(path: nil), "copy it to one that only you can read, as with: chmod 600 FILE"),
        ] as [(FileError.Remedy, String)])
    func `a secret that others can read is refused with what to do`(remedy: FileError.Remedy, hint: String) {
        let streams = Streams.captured()
        let context = Context.test(ScriptedTransport([]), streams: streams)
        let error = SettingsError.key(.file("F"), reason: "others can read it", remedy: remedy)
        #expect(Run.report(error, context) == .notAuthenticated)
        #expect(
            streams.capturedError == "error: the API key in F can't be used: others can read it\n  \(hint)\n")
        #expect(
            ErrorReport(FileError(path: "F", reason: "r", remedy: remedy), context).hints.map(\.description) == [hint])
    }

    @Test func `a closed pipe is success and says nothing`() {
        let streams = Streams.captured()
        #expect(Run.report(StreamError.closedPipe, .test(ScriptedTransport([]), streams: streams)) == .success)
        #expect(streams.capturedError.isEmpty)
    }
}
