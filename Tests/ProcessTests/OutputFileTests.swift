import TestSupport
import Testing

/// `--output`, closed pipes and full disks: a result that was paid for is whole, or can be had again.
@Suite(.limited) struct OutputFileTests {
    @Test func `the file appears whole and stdout stays empty`() async throws {
        let session = try Session(try await RunningSandbox())
        let result = try await session.run("task", "run", "x", "-o", "out.txt", "--metadata", "sandbox_output=Found.")
        #expect(result.exit == .code(0))
        #expect(result.output == "")
        #expect(Disk.text(session.home.file("out.txt")) == "Found.\n")
        #expect(Disk.names(in: session.home.path) == ["out.txt"])
    }

    @Test(arguments: ["taken.txt", "no/such/folder.txt", ".", "folder"])
    func `a file that can't be written is refused before there is a run`(_ name: String) async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        try session.home.write("mine", to: "taken.txt")
        _ = try await session.shell("mkdir folder")
        let result = try await session.run("task", "run", "x", "-o", name)
        #expect(result.exit == .code(2))
        #expect(result.error.contains(name))
        #expect(sandbox.requests.isEmpty)
        #expect(Disk.text(session.home.file("taken.txt")) == "mine")
        #expect(Disk.names(in: session.home.path) == ["folder", "taken.txt"])
    }

    @Test func `force replaces the file, and only with a whole result`() async throws {
        let session = try Session(try await RunningSandbox())
        try session.home.write("mine", to: "out.txt")
        let failed = try await session.run(
            "task", "run", "x", "-o", "out.txt", "--force", "--metadata", "sandbox_status=failed")
        #expect(failed.exit == .code(6))
        #expect(Disk.text(session.home.file("out.txt")) == "mine")

        let good = try await session.run(
            "task", "run", "x", "-o", "out.txt", "--force", "--metadata", "sandbox_output=Found.")
        #expect(good.exit == .code(0))
        #expect(Disk.text(session.home.file("out.txt")) == "Found.\n")
        #expect(Disk.names(in: session.home.path) == ["out.txt"])
    }

    @Test func `a file that came up meanwhile is kept, and the result gets a name beside it`() async throws {
        let gate = Gate()
        let server = try ScriptedAPI(completing: "Found.", after: gate)
        let session = try Session(server)
        let child = try session.start("task", "run", "x", "-o", "out.txt")
        try await child.waitUntil(errorContains: "created")
        try session.home.write("theirs", to: "out.txt")
        try session.home.write("theirs too", to: "out-2.txt")
        gate.open()
        let result = try await child.wait()
        #expect(result.exit == .code(1))
        #expect(result.error.hasSuffix("error: out.txt: file exists; the result is in out-3.txt\n"))
        #expect(Disk.text(session.home.file("out.txt")) == "theirs")
        #expect(Disk.text(session.home.file("out-3.txt")) == "Found.\n")
        #expect(Disk.names(in: session.home.path) == ["out-2.txt", "out-3.txt", "out.txt"])
    }

    private static let failures: [(words: [String], code: Int32)] = [
        (["task", "run", "x", "-o", "out", "--metadata", "sandbox_create=402"], 4),
        (["task", "run", "x", "-o", "out", "--metadata", "sandbox_create=drop"], 7),
        (["task", "run", "x", "-o", "out", "--metadata", "sandbox_status=failed"], 6),
        (["task", "run", "x", "-o", "out", "--timeout", "50ms", "--metadata", "sandbox_delay=5"], 5),
        (["task", "run", "", "-o", "out"], 2), (["task", "result", "trun_0", "-o", "out"], 4),
        (["task", "result", "trun_0", "trun_1", "-o", "out"], 4),
        (["search", "x", "-o", "out", "--max-age", "1s"], 2),
    ]

    @Test(arguments: failures)
    func `a failure leaves no file, not even a temporary one`(_ words: [String], _ code: Int32) async throws {
        let session = try Session(try await RunningSandbox())
        let result = try await session.run(words)
        #expect(result.exit == .code(code), "\(result)")
        #expect(Disk.names(in: session.home.path) == [])
    }

    @Test(arguments: ["SIGINT", "SIGTERM"])
    func `an interruption leaves no file, not even a temporary one`(_ name: String) async throws {
        let session = try Session(try await RunningSandbox(delay: "60"))
        let child = try session.start("task", "run", "x", "-o", "out")
        try await child.waitUntil(errorContains: "created")
        #expect(Disk.names(in: session.home.path).count == 1)
        child.send(signal: name == "SIGINT" ? 2 : 15)
        let result = try await child.wait()
        #expect(result.exit == .code(name == "SIGINT" ? 130 : 143))
        #expect(result.resumeCommand == "parallel task result \(result.runID) -o out")
        #expect(Disk.names(in: session.home.path) == [])
    }

    @Test func `a second Ctrl-C leaves no file either`() async throws {
        let server = try ScriptedAPI { _ in .stalled("") }
        let session = try Session(server)
        let child = try session.start("task", "run", "x", "-o", "out")
        try await poll("a request") { !server.requests.isEmpty }
        child.send(signal: 15)
        try await Task.sleep(for: .milliseconds(300))
        child.send(signal: 15)
        #expect(try await child.wait().exit == .code(143))
        #expect(Disk.names(in: session.home.path) == [])
    }

    @Test func `where the folder goes while the run goes on, the result goes to standard output`() async throws {
        let gate = Gate()
        let server = try ScriptedAPI(completing: "Found.", after: gate)
        let session = try Session(server)
        _ = try await session.shell("mkdir folder")
        let child = try session.start("task", "run", "x", "-o", "folder/out")
        try await child.waitUntil(errorContains: "created")
        _ = try await session.shell("rm -r folder")
        gate.open()
        let result = try await child.wait()
        #expect(result.exit == .code(1) && result.output == "Found.\n")
        #expect(
            result.error.hasSuffix(
                "error: folder/out: no such file or directory; the result went to standard output\n"))
    }

    @Test func `the next process removes the temporary file of a killed one, not that of a running one`()
        async throws
    {
        let gate = Gate()
        let server = try ScriptedAPI(completing: "Found.", after: gate)
        let session = try Session(server)
        let killed = try session.start("task", "run", "x", "-o", "out")
        try await killed.waitUntil(errorContains: "created")
        let leftover = Disk.names(in: session.home.path)
        #expect(leftover.count == 1)
        killed.send(signal: 9)
        #expect(try await killed.wait().exit == .signal(9))
        #expect(Disk.names(in: session.home.path) == leftover)

        let first = try session.start("task", "run", "x", "-o", "out")
        try await first.waitUntil(errorContains: "created")
        let second = try session.start("task", "run", "x", "-o", "out")
        try await second.waitUntil(errorContains: "created")
        let names = Disk.names(in: session.home.path)
        #expect(names.count == 2 && !names.contains(leftover.first ?? ""))
        gate.open()
        let exits = [try await first.wait().exit, try await second.wait().exit]
        #expect(exits.contains(.code(0)) && exits.contains(.code(1)))
        #expect(Disk.names(in: session.home.path) == ["out", "out-2"])
    }

    @Test func `a name that is too long for a file is refused before anything is sent`() async throws {
        let sandbox = try await RunningSandbox()
        let result = try await Session(sandbox).run("task", "run", "x", "-o", String(repeating: "n", count: 256))
        #expect(result.exit == .code(2))
        #expect(result.error.contains("file name too long"))
        #expect(sandbox.requests.isEmpty)
    }

    /// Commands that write more than the run id.
    private static let writers = [
        "task run x -q", "task run x -q --json", "task run x -q --no-wait", "search x", "search x --json",
        "help task run",
        "completion bash", "--version", "mcp list",
    ]

    @Test(arguments: writers)
    func `a pipe whose reader went away is no error`(_ words: String) async throws {
        let session = try Session(try await RunningSandbox())
        // The reader is gone for sure before the program writes.
        let result = try await session.shell(
            "mkfifo pipe; (exec <pipe) & exec 3>pipe; wait; exec 1>&3 3>&-; exec parallel \(words)")
        #expect(result.exit == .code(0), "\(result)")
        // A run was paid for, and without its id the result would be lost.
        let createsRun = words.hasPrefix("task run")
        #expect(createsRun ? result.error.hasPrefix("run trun_") : result.error == "", "\(result)")
    }

    @Test func `in a folder that is gone a file of the output is refused`() async throws {
        let sandbox = try await RunningSandbox()
        let result = try await Session(sandbox).shell(
            "mkdir gone; cd gone; rmdir ../gone; exec parallel task run x -o out")
        #expect(result.exit == .code(2))
        #expect(result.error.hasPrefix("error: can't write out: no such file or directory\n"))
        #expect(sandbox.requests.isEmpty)
    }

    @Test func `head gets its line and the program ends well`() async throws {
        let session = try Session(try await RunningSandbox())
        let result = try await session.shell(
            "{ parallel help --man; echo $? >code; } | head -1; cat code")
        #expect(result.output.split(separator: "\n").last == "0")
        #expect(result.error == "")
    }

    @Test(.disabled(if: Tools.sanitizesThreads, "the sanitizer writes a file of its own"))
    func `a file that may not grow as long as the result does not take it, and it goes to standard output`()
        async throws
    {
        let session = try Session(try await RunningSandbox())
        // The limit counts for regular files; standard output is a pipe.
        let result = try await session.shell(
            "ulimit -f 0; parallel task run x --metadata sandbox_output=Found. -o out")
        #expect(result.exit == .code(1) && result.output == "Found.\n", "\(result)")
        #expect(
            result.error.hasSuffix("error: out: file too large; the result went to standard output\n"), "\(result)")
    }

    @Test(arguments: writers)
    func `a full disk exits 1 with one clear line`(_ words: String) async throws {
        let session = try Session(try await RunningSandbox())
        let result = try await session.shell("parallel \(words) >/dev/full")
        #expect(result.exit == .code(1))
        #expect(result.error.hasPrefix("error: standard output: No space left on device\n"), "\(result)")
        #expect(result.error.split(separator: "\n").count { $0.hasPrefix("error") } == 1)
    }

    @Test func `a group whose id can't be written is named`() async throws {
        let sandbox = try await RunningSandbox()
        let result = try await Session(sandbox).shell("parallel group create >/dev/full")
        #expect(result.exit == .code(1) && result.error.contains("\n  group tgrp_"), "\(result)")
    }

    @Test func `after a full disk the command that is offered brings the result`() async throws {
        let session = try Session(try await RunningSandbox())
        let result = try await session.shell(
            "parallel task run x --format csv --metadata sandbox_output=Found. >/dev/full")
        #expect(result.exit == .code(1))
        #expect(result.resumeCommand == "parallel task result \(result.runID) --format=csv")
        let again = try await session.shell(result.resumeCommand)
        #expect(again.exit == .code(0))
        #expect(again.output.hasPrefix("field,value,confidence,sources\noutput,Found.,"))
    }
}
