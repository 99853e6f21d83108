import ParallelJSON
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `--output` to what is no ordinary file: descriptors, pipes, devices and links.
@Suite(.limited) struct OutputPlaceTests {
    private static let run = "parallel task run x -q --metadata sandbox_output=Found."

    private func session() async throws -> Session { try Session(try await RunningSandbox()) }

    private func text(_ name: String, _ session: Session) -> String? { Disk.text(session.home.file(name)) }

    @Test(arguments: ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link", "-"])
    func `standard output by any name appends to what it was redirected to`(_ name: String) async throws {
        let session = try await session()
        let result = try await session.shell(
            "ln -s /dev/stdout link; echo precious > log; { \(Self.run) -o \(name); echo after; } >> log")
        #expect(result.exit == .code(0) && result.error == "", "\(result)")
        #expect(text("log", session) == "precious\nFound.\nafter\n")
        #expect(Disk.names(in: session.home.path) == ["link", "log"])
    }

    @Test(arguments: ["/dev/fd/7", "/proc/self/fd/7", "/dev/stderr"])
    func `another descriptor shares its position with the caller`(_ name: String) async throws {
        let session = try await session()
        let result = try await session.shell(
            "{ echo before >&7; \(Self.run) -o \(name) 2>&7; echo after >&7; } 7> log")
        #expect(result.exit == .code(0) && result.output == "" && result.error == "", "\(result)")
        #expect(text("log", session) == "before\nFound.\nafter\n")
    }

    @Test(arguments: [
        ("/dev/fd/9", "bad file descriptor"), ("/dev/fd/3", "bad file descriptor"),
        ("/dev/fd/4", "bad file descriptor"),
        ("/dev/fd/8", "it is not open for writing"), ("/dev/stdin", "it is not open for writing"),
        ("loop", "too many levels of symbolic links"), ("folder", "it is a directory"),
        ("socket", "it is not a regular file"),
    ])
    func `where nothing can be written is reported before anything is sent`(_ name: String, _ reason: String)
        async throws
    {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let socket = try UnixSocket(session.home.file("socket"))
        let result = try await session.shell(
            "mkdir folder; ln -s pool loop; ln -s loop pool; exec \(Self.run) -o \(name) 8< /dev/null </dev/null 3>&- 4>&- 9>&-"
        )
        #expect(result.exit == .code(2) && result.output == "")
        #expect(result.error.hasPrefix("error: can't write \(name): \(reason)\n"), "\(result)")
        #expect(sandbox.requests.isEmpty)
        _ = socket
    }

    @Test(.enabled(if: Tools.has("bash"), "bash is not installed"))
    func `a process substitution gets the result, and is in no command for later`() async throws {
        let session = try await session()
        let good = try await session.shell("\(Self.run) -o >(sed s/F/f/ > got); wait $!", "/bin/bash")
        #expect(good.exit == .code(0), "\(good)")
        try await poll("the other process") { text("got", session) == "found.\n" }
        let late = try await session.shell(
            "parallel task run x -o >(cat) --timeout 50ms --metadata sandbox_delay=5", "/bin/bash")
        #expect(late.exit == .code(5) && late.resumeCommand == "parallel task result \(late.runID)")
    }

    @Test(.enabled(if: Tools.has("bash"), "bash is not installed"))
    func `a batch writes its table to a process substitution, without files of its own`() async throws {
        let session = try await session()
        try session.home.write("company\nIntel\nAMD\n", to: "in.csv")
        let result = try await session.shell(
            "parallel batch run in.csv --format csv --template '{company}?' --output-text x "
                + "--metadata sandbox_output=@input -o >(cat > got); wait $!", "/bin/bash")
        #expect(result.exit == .code(0), "\(result)")
        try await poll("the other process") {
            text("got", session) == "company,output,error\nIntel,Intel?,\nAMD,AMD?,\n"
        }
        #expect(Disk.names(in: session.home.path) == ["got", "in.csv"])
    }

    @Test func `a named pipe is waited for and written to, and stays`() async throws {
        let session = try await session()
        try #require(mkfifo(session.home.file("pipe"), 0o600) == 0)
        let child = try session.start(
            "task", "run", "x", "--metadata", "sandbox_output=Found.", "-o", "pipe")
        try await child.waitUntil(errorContains: "waiting for a reader of pipe\n")
        let reader = try await session.shell("cat pipe")
        #expect(reader.output == "Found.\n")
        #expect(try await child.wait().exit == .code(0))
        #expect(Disk.names(in: session.home.path) == ["pipe"])
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func `nobody has to wait for the reader of a pipe`(_ signal: Int32, _ code: Int32) async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        try #require(mkfifo(session.home.file("pipe"), 0o600) == 0)
        let child = try session.start("task", "run", "x", "-o", "pipe")
        try await child.waitUntil(errorContains: "waiting")
        child.send(signal: signal)
        let result = try await child.wait()
        // The alarm that ends what can't be interrupted would have no words.
        #expect(result.exit == .code(code) && result.error.hasSuffix("error: interrupted\n"))
        #expect(sandbox.requests.isEmpty)
    }

    @Test(.enabled(if: access("/dev/shm", W_OK) == 0))
    func `a batch whose output is a file below dev keeps its state, and pays no row twice`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let output = "/dev/shm/parallel-test-\(getpid())-\(UInt32.random(in: 0 ... .max)).csv"
        defer { for path in [output, output + ".batch"] { unlink(path) } }
        let words = "parallel batch run - --input-format csv --template 'Who founded {a}?' --no-wait -q -o \(output)"
        for _ in 1...2 {
            let result = try await session.shell("printf 'a\\nx\\n' | \(words)")
            #expect(result.exit == .code(0), "\(result)")
        }
        #expect(sandbox.requests.count { $0.method == "POST" && $0.path.hasSuffix("/runs") } == 1)
    }

    @Test(.enabled(if: access("/proc/self/fd", F_OK) == 0))
    func `a descriptor of another process is refused, and what it was redirected to stays`() async throws {
        let session = try await session()
        let result = try await session.shell("echo precious >> log; exec 7>> log; \(Self.run) -o /proc/$$/fd/7 --force")
        #expect(result.exit == .code(2) && result.error.contains("it is open in another process only"), "\(result)")
        #expect(text("log", session) == "precious\n")
    }

    @Test func `a run that a tool has started is named if the answer can't be written`() async throws {
        let sandbox = try await RunningSandbox()
        let words = "parallel mcp call parallel-task createDeepResearch -a input=x"
        let result = try await Session(sandbox).shell("TMPDIR=$PWD \(words) > /dev/full")
        #expect(result.error.contains("pick it up again with: parallel task result trun_"), "\(result)")
    }

    @Test(arguments: ["", " --json", " -o /dev/full"])
    func `the answer of a tool that can't be written is kept in a private file`(flags: String) async throws {
        let session = try await session()
        let words = "parallel mcp call parallel-search web_search -a objective=x -a search_queries=x"
        let result = try await session.shell("mkdir t; TMPDIR=$PWD/t \(words)\(flags) > /dev/full; ls t; cat t/*")
        let lines = result.output.split(separator: "\n")
        let file = session.home.file("t/\(lines.first ?? "")")
        #expect(result.error.contains("the whole answer is in \(file)\n"), "\(result)")
        #expect(result.error.contains("error: ") && Disk.mode(file) == 0o600, "\(result)")
        let kept = try JSONValue.parse(try #require(Disk.bytes(file)))
        #expect(kept["content"] != nil)
    }

    @Test func `a run that a tool has started is named if nobody reads the answer`() async throws {
        let session = try await session()
        let words = "parallel mcp call parallel-task createDeepResearch -a input=x"
        let result = try await session.shell("\(words) | sh -c 'exec <&-; sleep 1'")
        #expect(result.error.hasPrefix("run trun_") && result.error.hasSuffix(" was created\n"), "\(result)")
    }

    /// Commands that pay for something and say nothing of it besides what they print.
    private static let quietBuyers = [
        "task run x -q", "task run x -q --no-wait", "batch run in.csv --template '{a}' -y -q",
        "batch run in.csv --template '{a}' -y -q --no-wait", "batch run in.csv --template '{a}' -y -q --no-wait --json",
    ]

    @Test(arguments: quietBuyers)
    func `what was paid for is named where nobody reads the output, even quietly`(_ words: String) async throws {
        let session = try await session()
        try session.home.write("a\nx\n", to: "in.csv")
        let result = try await session.shell(
            "{ parallel \(words); echo $? > code; } | sh -c 'exec <&-; sleep 2'; cat code")
        #expect(result.error.wholeMatch(of: /(run trun|group tgrp)_[0-9a-z]+ created\n/) != nil, "\(result)")
        #expect(result.output == "0\n", "\(result)")
    }

    @Test(arguments: quietBuyers)
    func `what was paid for is named where the output can't be written, even quietly`(_ words: String) async throws {
        let session = try await session()
        try session.home.write("a\nx\n", to: "in.csv")
        let result = try await session.shell("parallel \(words) > /dev/full")
        #expect(result.exit == .code(1), "\(result)")
        #expect(result.error.contains(/parallel (task result trun|batch results tgrp)_/), "\(result)")
    }

    /// Commands that print data.
    private static let printers = [
        "task run x", "task run x --no-wait", "task run x --no-wait -o -", "search q", "search q --json",
        "task status trun_1", "mcp call parallel-search web_search -a objective=x",
        "batch run in.csv --template '{a}' -y", "batch run in.csv --template '{a}' -y -o out.csv --no-wait",
        "batch run in.csv --template '{a}' --dry-run", "group create", "batch suggest 'find x'",
    ]

    @Test(arguments: printers, [">&-", "1</dev/null"])
    func `where standard output is not open, nothing is sent`(_ words: String, _ place: String) async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        try session.home.write("a\nx\n", to: "in.csv")
        let result = try await session.shell("parallel \(words) \(place)")
        #expect(result.exit == .code(1), "\(result)")
        #expect(
            result.error
                == "error: standard output: it is not open for writing; redirect it to a file or a pipe\n", "\(result)")
        #expect(sandbox.requests.isEmpty && Disk.names(in: session.home.path) == ["in.csv"])
    }

    @Test func `where nothing is for standard output, it need not be open`() async throws {
        let session = try await session()
        try session.home.write("a\nx\n", to: "in.csv")
        let batch = "parallel batch run in.csv --template '{a}' -y --output-text x --metadata sandbox_output=@input"
        let result = try await session.shell(
            """
            \(Self.run) -o out >&- && \(batch) -o out.csv -q >&- && parallel batch results out.csv >&- 2>&1
            parallel mcp add docs https://docs.example/mcp --no-verify -q >&- && parallel mcp disable docs -q >&- \
                && parallel mcp remove docs -q >&-
            """)
        #expect(result.exit == .code(0) && result.error == "", "\(result)")
        #expect(text("out", session) == "Found.\n" && text("out.csv", session)?.isEmpty == false)
    }

    @Test(.enabled("this user can't become another") { await Tools.mayBecomeNobody() }, arguments: [run, "batch"])
    func `a link that somebody put into a shared folder is not written through`(_ words: String) async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let command = words == "batch" ? "parallel batch run in.csv --template '{a}' --format csv -y" : words
        let result = try await session.shell(
            """
            chmod 711 .; printf 'a\\nx\\n' > in.csv; echo precious > target; mkdir shared; ln -s ../target shared/link
            ln -s ../free shared/dangling; chown -h 12345 shared/*; chmod 1777 shared
            for name in link dangling; do \(command) -o shared/$name --force; echo $?; done; ls -A . shared
            """)
        let reason = "is another user's, in a folder where everybody may put one; give the name of the file itself"
        for name in ["shared/link", "shared/dangling"] {
            #expect(result.error.contains("error: can't write \(name): the link \(name) \(reason)\n"), "\(result)")
        }
        #expect(result.output == "2\n2\n.:\nin.csv\nshared\ntarget\n\nshared:\ndangling\nlink\n")
        #expect(text("target", session) == "precious\n" && sandbox.requests.isEmpty)
    }

    @Test func `a device needs no force and stays what it is`() async throws {
        let result = try await session().shell("\(Self.run) -o /dev/null && test -c /dev/null")
        #expect(result.exit == .code(0) && result.output == "" && result.error == "", "\(result)")
    }

    @Test(arguments: [run, "parallel search x --query 'a b c'"])
    func `a result that a device can't hold goes to standard output`(_ words: String) async throws {
        let session = try await session()
        let expected = try await session.shell(words)
        let result = try await session.shell("\(words) -o /dev/full")
        #expect(result.exit == .code(1) && !result.output.isEmpty && result.output == expected.output)
        #expect(
            result.error == "error: /dev/full: No space left on device; the rest went to standard output\n", "\(result)"
        )
    }

    @Test func `where neither place has room, the command that is offered names neither`() async throws {
        let session = try await session()
        let result = try await session.shell("parallel task run x -o /dev/full > /dev/full")
        #expect(result.exit == .code(1))
        #expect(
            result.error.contains(
                "error: /dev/full: No space left on device; standard output: No space left on device\n"))
        #expect(result.resumeCommand == "parallel task result \(result.runID)")
    }

    @Test func `on a terminal that is named, text from the network controls nothing`() async throws {
        let session = try await session()
        let terminal = try session.terminal(
            "task", "run", "x", "-q", "-o", "/dev/tty", "--metadata", "sandbox_output=a\u{1B}]0;b")
        #expect(try await terminal.wait() == .code(0))
        #expect(terminal.output.contains("a\u{241B}]0;b"))
        #expect(!terminal.output.contains("\u{1B}]"))
    }

    @Test func `a link is written through, also one that leads nowhere yet`() async throws {
        let session = try await session()
        let result = try await session.shell("mkdir sub; ln -s sub/target link; \(Self.run) -o link")
        #expect(result.exit == .code(0), "\(result)")
        #expect(text("sub/target", session) == "Found.\n")
        #expect(try await session.shell("readlink link").output == "sub/target\n")
        let again = try await session.shell("\(Self.run) -o link; echo $?; ls -A sub")
        #expect(again.output == "2\ntarget\n" && again.error.hasPrefix("error: link exists\n"))
    }

    @Test func `a private file is private while it is replaced, and after`() async throws {
        let gate = Gate()
        let server = try ScriptedAPI(completing: "Found.", after: gate)
        let session = try Session(server)
        try session.home.write("mine", to: "out")
        let child = try session.start("task", "run", "x", "-o", "out", "--force")
        try await child.waitUntil(errorContains: "created")
        let names = Disk.names(in: session.home.path)
        #expect(names.count == 2 && names.allSatisfy { Disk.mode(session.home.file($0)) == 0o600 })
        gate.open()
        #expect(try await child.wait().exit == .code(0))
        #expect(text("out", session) == "Found.\n" && Disk.mode(session.home.file("out")) == 0o600)
    }
}

/// A socket with a name, until the object goes.
private final class UnixSocket {
    private let descriptor: Int32

    init(_ path: String) throws {
        #if canImport(Glibc)
            descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        try #require(isBound)
    }

    deinit { close(descriptor) }
}
