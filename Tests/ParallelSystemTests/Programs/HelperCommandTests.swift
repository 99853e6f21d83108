import ParallelSystem
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct HelperCommandTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func run(
        _ script: String, input: String = "", within limit: Duration = .seconds(60),
        isInterrupted: @Sendable () -> Bool = { false }
    ) throws -> (lines: [String], notes: [String]) {
        let notes = Lock<[String]>([])
        let lines = try HelperCommand.run(
            ["/bin/sh", "-c", script], input: Array(input.utf8), within: limit, isInterrupted: isInterrupted
        ) { line in notes.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
        return (lines, notes.withLock { $0 })
    }

    private func reason(_ script: String, within limit: Duration = .seconds(60)) -> String? {
        #expect(throws: HelperCommand.Failure.self) { try run(script, within: limit) }?.reason
    }

    @Test func `a program gets its input, and its lines come back`() throws {
        let result = try run("cat; echo more; echo aside >&2", input: "a secret\n")
        #expect(result.lines == ["a secret", "more"] && result.notes == ["aside"])
        #expect(try run("exit 0").lines.isEmpty)
    }

    @Test func `a word is never taken for a shell's`() throws {
        let lines = try HelperCommand.run(["/bin/echo", "$HOME; ls `pwd`"]) { _ in }
        #expect(lines == ["$HOME; ls `pwd`"])
    }

    @Test func `how a program failed is told without what it has written`() {
        #expect(reason("echo secret-4711; exit 3") == "it ended with code 3")
        #expect(reason("kill -9 $$") == "it was ended by signal 9")
        #expect(reason("printf '\\377\\n'") == "it has written what is not text")
        #expect(reason("while :; do echo x; done") == "it has written more than a secret")
        #expect(reason("head -c 100000 /dev/zero | tr '\\0' x; echo") == "it has written more than a secret")
        let missing = #expect(throws: HelperCommand.Failure.self) {
            try HelperCommand.run([folder.file("none"), "get"]) { _ in }
        }
        #expect(missing?.reason.hasPrefix("it can't be started: ") == true)
    }

    @Test func `a program that doesn't end is ended, with what it has started`() throws {
        let mark = folder.file("alive")
        let told = reason("(sleep 60; touch \(mark)) & sleep 60", within: .milliseconds(200))
        #expect(told == "it has not ended within 0 s")
        #expect(Disk.text(mark) == nil)
        let failure = #expect(throws: HelperCommand.Failure.self) { try run("sleep 60", isInterrupted: { true }) }
        #expect(failure?.reason == "it was interrupted")
    }

    @Test func `a program that doesn't read its input does no harm`() throws {
        #expect(try run("echo done", input: String(repeating: "x", count: 60_000)).lines == ["done"])
    }
}
