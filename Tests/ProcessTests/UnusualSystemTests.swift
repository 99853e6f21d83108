import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// File systems that can't do all, full disks, mounts in the place of files, and systems without /proc.
@Suite(.limited) struct UnusualSystemTests {
    private static let run = "parallel task run x -q --metadata sandbox_output=Found."
    private static let batch =
        "parallel batch run in.csv --template '{company}?' --output-text x --metadata sandbox_output=@input"
    private static let enriched = "company,output,error\nIntel,Intel?,\nAMD,AMD?,\n"

    private func session(delay: String = "0.1") async throws -> Session {
        let session = try Session(try await RunningSandbox(delay: delay))
        try session.home.write("company\nIntel\nAMD\n", to: "in.csv")
        return session
    }

    private func text(_ name: String, _ session: Session) -> String? { Disk.text(session.home.file(name)) }

    /// Has a shell carry out `script`, which may mount what it likes: nobody else sees it.
    private func mounting(_ script: String, _ session: Session) async throws -> ChildProcess.Result {
        try session.home.write(script, to: "script")
        return try await session.shell("exec unshare -rm sh script")
    }

    // MARK: - File systems

    /// Takes the place of the C library's functions in a program that it is loaded into.
    private func preload(_ functions: String, _ session: Session) async throws -> String {
        try session.home.write("#include <errno.h>\n" + functions, to: "preload.c")
        let result = try await session.shell("cc -shared -fPIC -o preload.so preload.c")
        try #require(result.exit == .code(0), "\(result)")
        return session.home.file("preload.so")
    }

    private static let noLinks = """
        int link(const char *a, const char *b) { errno = EPERM; return -1; }
        int linkat(int d, const char *a, int e, const char *b, int f) { errno = EPERM; return -1; }

        """
    /// Of what the program calls by number, all is renaming without replacing.
    private static let noRenaming = "long syscall(long number, ...) { errno = EINVAL; return -1; }\n"

    private static let noRenamingAtAll = "int rename(const char *a, const char *b) { errno = EPERM; return -1; }\n"

    @Test(
        .enabled(if: Tools.has("cc"), "there is no C compiler"),
        arguments: [noLinks, noLinks + noRenaming, noLinks + noRenaming + noRenamingAtAll])
    func `where there are no hard links, and no renaming without replacing, all is saved`(
        _ functions: String
    ) async throws {
        let session = try await session()
        let library = try await preload(functions, session)
        func shell(_ script: String) async throws -> ChildProcess.Result {
            try await session.shell(script, adding: ["LD_PRELOAD": library])
        }
        let search = try await shell("parallel search x -o s.md")
        #expect(search.exit == .code(0) && search.output == "" && search.error == "", "\(search)")
        #expect(text("s.md", session)?.isEmpty == false)
        #expect(try await shell("\(Self.run) -o out").exit == .code(0))
        #expect(text("out", session) == "Found.\n")
        let batch = try await shell("\(Self.batch) -o o.csv")
        #expect(batch.exit == .code(0) && text("o.csv", session) == Self.enriched, "\(batch)")
        let call = try await shell("parallel mcp add docs https://docs.example/mcp --no-verify")
        #expect(call.exit == .code(0), "\(call)")
        #expect(
            Disk.names(in: session.home.path).filter { !$0.hasPrefix("preload") && !$0.hasPrefix(".c") }
                == ["in.csv", "o.csv", "o.csv.batch", "o.csv.batch.results", "out", "s.md"])
    }

    /// Lets two threads begin, that of the work and that of libcurl, and refuses all others.
    private static let twoThreads = """
        #include <dlfcn.h>
        #include <pthread.h>
        int pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *x) {
            static int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
            static int count;
            if (!create) create = dlsym((void *)-1L, "pthread_create");
            return __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST) > 2 ? EAGAIN : create(t, a, f, x);
        }

        """

    @Test(
        .enabled(if: Tools.has("cc"), "there is no C compiler"),
        .disabled(if: Tools.sanitizesThreads, "the sanitizer has a thread of its own"))
    func `a run that was paid for is waited for where the system refuses more threads`() async throws {
        let session = try await session(delay: "1")
        let library = try await preload(Self.twoThreads, session)
        // A pause before the creation, and others while it is waited for.
        let run = "\(Self.run) --metadata sandbox_create=429 --metadata sandbox_polls=500"
        let result = try await session.shell(run, adding: ["LD_PRELOAD": library])
        #expect(result.exit == .code(0) && result.output == "Found.\n", "\(result)")
    }

    @Test(.enabled(if: Tools.has("cc"), "there is no C compiler"))
    func `without renaming a name that was taken meanwhile is not lost either`() async throws {
        let gate = Gate()
        let server = try ScriptedAPI(completing: "Found.", after: gate)
        var session = try Session(server)
        session.environment["LD_PRELOAD"] = try await preload(Self.noLinks + Self.noRenaming, session)
        let child = try session.start("task", "run", "x", "-o", "out.txt")
        try await child.waitUntil(errorContains: "created")
        try session.home.write("theirs", to: "out.txt")
        gate.open()
        let result = try await child.wait()
        #expect(result.exit == .code(1) && result.error.contains("the result is in out-2.txt\n"))
        #expect(text("out.txt", session) == "theirs" && text("out-2.txt", session) == "Found.\n")
    }

    @Test func `a batch whose output came up meanwhile ends in a file beside it`() async throws {
        let session = try await session(delay: "1")
        // The shell is there in time, while a test among many may have to wait for its turn.
        let result = try await session.shell(
            """
            parallel batch run in.csv --template '{company}?' --output-text x -o o.csv \
                --metadata sandbox_output=@input 2> errors &
            until grep -q created errors; do sleep 0.01; done
            printf theirs > o.csv; wait $!; code=$?; cat errors >&2; rm errors; exit $code
            """)
        #expect(result.exit == .code(1))
        #expect(result.error.hasSuffix("error: o.csv: file exists; the result is in o-2.csv\n"), "\(result)")
        #expect(text("o.csv", session) == "theirs" && text("o-2.csv", session) == Self.enriched)
        #expect(
            Disk.names(in: session.home.path)
                == ["in.csv", "o-2.csv", "o.csv", "o.csv.batch", "o.csv.batch.results"])
    }

    @Test func `a state that can't be kept beside the output can be kept elsewhere, which is said`() async throws {
        let session = try await session()
        _ = try await session.shell("mkdir o.csv.batch")
        let result = try await session.shell("\(Self.batch) -o o.csv")
        #expect(result.exit == .code(2) && result.error.contains("\n  --state FILE names another place for it\n"))
        let again = try await session.shell("\(Self.batch) -o o.csv --state state")
        #expect(again.exit == .code(0) && text("o.csv", session) == Self.enriched, "\(again)")
    }

    // MARK: - Rights

    @Test(
        .enabled("this user can't become another") { await Tools.mayBecomeNobody() },
        arguments: [("640", "600"), ("664", "644"), ("604", "604")])
    func `a group that can't be kept gives no other group its rights`(_ mode: String, _ expected: String) async throws {
        let session = try await session()
        let result = try await session.shell(
            """
            chmod 711 .; mkdir -m 777 folder; cd folder; echo old > out; chmod \(mode) out; chown 12345:54321 out
            \(Tools.nobody) \(Self.run) -o out --force && stat -c '%a %u:%g' out && cat out
            """)
        #expect(result.output == "\(expected) 12345:12345\nFound.\n", "\(result)")
    }

    @Test(.enabled("this user can't become another") { await Tools.mayBecomeNobody() })
    func `somebody else's file in a shared folder is written in place, or refused before anything is sent`()
        async throws
    {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let result = try await session.shell(
            """
            chmod 711 .; mkdir -m 1777 folder; cd folder; echo 'longer than found' > out; chmod 666 out
            \(Tools.nobody) \(Self.run) -o out --force; echo $?; cat out; ls -A
            chmod 644 out; \(Tools.nobody) \(Self.run) -o out --force; echo $?; ls -A
            """)
        #expect(result.output == "0\nFound.\nout\n2\nout\n", "\(result)")
        let reason = "it is another user's, who alone may replace it; give another name"
        #expect(result.error.hasPrefix("error: can't write out: \(reason)\n"), "\(result)")
        #expect(sandbox.requests.count { $0.method == "POST" } == 1)
    }

    @Test func `a file that nobody may change is refused before anything is sent`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        try session.home.write("old", to: "out")
        try session.home.write("company\nIntel\n", to: "in.csv")
        guard try await session.shell("chattr +i out").exit == .code(0) else { return }
        let result = try await session.shell(
            "\(Self.run) -o out --force; \(Self.batch) --format csv -o out --force; chattr -i out")
        #expect(result.error.split(separator: "\n").count { $0.hasPrefix("error: can't write out: nobody may") } == 2)
        #expect(sandbox.requests.isEmpty && text("out", session) == "old", "\(result)")
        #expect(Disk.names(in: session.home.path) == ["in.csv", "out"])
    }

    @Test(
        .enabled("this user can't become another") { await Tools.mayBecomeNobody() },
        .enabled(if: AccessControl.isThere, "there are no access control lists"))
    func `where the group can't be kept, the access control list lets nobody in`() async throws {
        let session = try await session()
        _ = try await session.shell("chmod 711 .; mkdir -m 777 folder; echo old > folder/out")
        let list = AccessControl.list(user: (23_456, 0), group: 4, most: 6, others: 4)
        try #require(AccessControl.set(list, on: session.home.file("folder/out")))
        let result = try await session.shell(
            """
            cd folder; chown 12345:54321 out
            \(Tools.nobody) \(Self.run) -o out --force && stat -c '%a %u:%g' out && cat out
            """)
        #expect(result.output == "600 12345:12345\nFound.\n", "\(result)")
        #expect(AccessControl.list(of: session.home.file("folder/out")) == nil)
    }

    @Test(
        .enabled(if: Tools.has("cc"), "there is no C compiler"),
        .enabled(if: AccessControl.isThere, "there are no access control lists"),
        arguments: ["long lgetxattr(", "int fsetxattr(", "int fremovexattr("])
    func `an access control list that can't be kept leaves the file to its owner`(_ function: String) async throws {
        let session = try await session()
        try session.home.write("old", to: "out")
        let list = AccessControl.list(user: (12_345, 4), group: 0, most: 6, others: 4)
        try #require(AccessControl.set(list, on: session.home.file("out")))
        let library = try await preload(function + "void) { errno = EPERM; return -1; }\n", session)
        let result = try await session.shell("\(Self.run) -o out --force", adding: ["LD_PRELOAD": library])
        #expect(result.exit == .code(0) && text("out", session) == "Found.\n", "\(result)")
        #expect(Disk.mode(session.home.file("out")) == 0o600)
        #expect(AccessControl.list(of: session.home.file("out")) == nil)
    }

    @Test(.enabled("this user can't become another") { await Tools.mayBecomeNobody() })
    func `a folder that nothing may be put into is reported before anything is sent`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let result = try await session.shell(
            "chmod 711 .; mkdir -m 755 folder; cd folder; exec \(Tools.nobody) \(Self.run) -o out")
        #expect(result.exit == .code(2))
        #expect(result.error.hasPrefix("error: can't write out: permission denied\n"))
        #expect(sandbox.requests.isEmpty)
    }

    // MARK: - Mounts

    @Test(.enabled("nothing can be mounted") { await Tools.mayMount() })
    func `a file that is a mount is written in place`() async throws {
        let session = try await session()
        let result = try await mounting(
            """
            echo 'much longer than what comes' > host; echo old > out; chmod 640 host; mount --bind host out
            \(Self.run) -o out --force || exit; cat out; ls -A
            """, session)
        #expect(result.output == "Found.\nhost\nin.csv\nout\nscript\n" && result.error == "", "\(result)")
        #expect(text("host", session) == "Found.\n" && Disk.mode(session.home.file("host")) == 0o640)
    }

    @Test(.enabled("nothing can be mounted") { await Tools.mayMount() })
    func `a mount that has no room for the result stays as it was`() async throws {
        let session = try await session()
        let result = try await mounting(
            """
            mkdir disk; mount -t tmpfs -o size=64k none disk; head -c 9000 /dev/zero | tr '\\0' o > disk/host
            cat /dev/zero > disk/fill 2>/dev/null; echo old > out; mount --bind disk/host out
            head -c 14000 /dev/zero | tr '\\0' n > question
            parallel task run @question -q --metadata sandbox_output=@input -o out --force
            echo $?; wc -c < out; tr -d o < out | wc -c; wc -c < out-2
            """, session)
        #expect(result.output == "1\n9000\n0\n14001\n", "\(result)")
        #expect(result.error.hasSuffix("error: out: no space left on device; the result is in out-2\n"), "\(result)")
    }

    @Test(.enabled("nothing can be mounted") { await Tools.mayMount() })
    func `a mount in a folder that takes no files is written in place`() async throws {
        let session = try await session()
        let result = try await mounting(
            """
            echo old > host; mkdir root; mount -t tmpfs none root; touch root/out; mount --bind host root/out
            mount -o remount,ro root
            \(Self.run) -o root/out --force || exit; ls -A root; \(Self.run) -o root/new; echo $?
            \(Self.batch) -o root/o.csv
            """, session)
        #expect(text("host", session) == "Found.\n", "\(result)")
        #expect(result.output == "out\n2\n")
        #expect(result.error.contains("error: can't write root/new: read-only file system\n"))
        #expect(result.error.contains("error: can't write root/o.csv: read-only file system\n"))
    }

    @Test(.enabled("nothing can be mounted") { await Tools.mayMount() })
    func `where there is no folder for temporary files either, another one is asked for`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let result = try await mounting(
            """
            printf 'a\\nx\\n' > in.csv; echo old > host; mkdir root; mount -t tmpfs none root; touch root/out
            mount --bind host root/out; mount -o remount,ro root; export TMPDIR=$PWD/root
            \(Self.run) -o root/out --force; echo $?
            parallel batch run in.csv --template '{a}' -y; echo $?; parallel batch results tgrp_1; echo $?
            TMPDIR=. \(Self.run) -o root/out --force; echo $?; cat root/out
            """, session)
        let root = session.home.file("root")
        let remedy = "read-only file system; set TMPDIR to a folder that takes files\n"
        #expect(result.output == "2\n2\n1\n0\nFound.\n", "\(result)")
        #expect(
            result.error.contains(
                "error: can't write root/out: its folder takes no new file, nor does \(root): \(remedy)"), "\(result)")
        #expect(result.error.contains("error: can't write a temporary file in \(root): \(remedy)"))
        #expect(result.error.contains("error: a temporary file in \(root): \(remedy)"))
        #expect(sandbox.requests.count { $0.method == "POST" } == 1)
    }

    @Test(.enabled("nothing can be mounted") { await Tools.mayMount() }, arguments: ["task run x", "search x"])
    func `a result that a full disk can't hold goes to standard output`(_ words: String) async throws {
        let session = try await session()
        let expected = try await session.shell("parallel \(words) 2>/dev/null")
        let result = try await mounting(
            """
            mkdir disk; mount -t tmpfs -o size=16k none disk; cat /dev/zero > disk/fill 2>/dev/null
            parallel \(words) -o disk/out; echo $?; ls -A disk
            """, session)
        #expect(!expected.output.isEmpty && result.output == "\(expected.output)1\nfill\n", "\(result)")
        #expect(
            result.error.hasSuffix(
                "error: disk/out: no space left on device; the result went to standard output\n"), "\(result)")
    }

    @Test(.enabled("nothing can be mounted") { await Tools.mayMount() })
    func `a batch that its disk has no room for is had again by the commands that are printed`() async throws {
        let sandbox = try await RunningSandbox(delay: "0.1")
        let session = try Session(sandbox)
        try session.home.write("company\nIntel\nAMD\n", to: "in.csv")
        let result = try await mounting(
            """
            mkdir disk; mount -t tmpfs -o size=16k none disk; cat /dev/zero > disk/fill 2>/dev/null
            \(Self.batch) -o disk/o.csv --state state
            """, session)
        #expect(result.exit == .code(1) && result.output == "")
        let lines = result.error.split(separator: "\n").suffix(3)
        #expect(lines.first == "error: disk/o.csv: no space left on device", "\(result)")
        func command(_ mark: String) -> String {
            lines.first { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) } ?? "false"
        }
        // Where nothing is mounted, the disk has room.
        let resumed = try await session.shell(command("  resume with the same command: "))
        #expect(resumed.exit == .code(0) && text("disk/o.csv", session) == Self.enriched, "\(resumed)")
        #expect(sandbox.addedRows.count == 2)
        let again = try await session.shell(command("  get what is finished with: "))
        #expect(again.exit == .code(0) && again.output.contains("Intel?") && again.output.contains("AMD?"))
        #expect(Disk.names(in: session.home.path).contains("state"))
    }

    // MARK: - Processes

    @Test(.enabled("nothing can be mounted") { await Tools.mayMount() })
    func `arguments and the program's name arrive without proc`() async throws {
        let session = try await session()
        let result = try await mounting(
            """
            mount -t tmpfs none /proc; ln -s \(Program.parallel) para; ln -s \(Program.sandbox) sand
            ./para --version; ./para task run; echo $?; ./sand --version; \(Self.run) -o /dev/fd/1; ls -A /proc
            """, session)
        #expect(
            result.output.split(separator: "\n") == ["para 0.1.0", "2", "parallel-sandbox 0.1.0", "Found."],
            "\(result)")
        #expect(result.error.contains("see: para help task run"))
    }

    @Test(.enabled("system calls can't be watched") { await Tools.mayTrace() })
    func `a file is on the disk before it has its name, and its name before the command ends`() async throws {
        let session = try await session()
        let calls = "fsync,rename,renameat,renameat2,link,linkat"
        let result = try await session.shell("strace -f -y -e trace=\(calls) -o calls \(Self.batch) -o o.csv")
        #expect(result.exit == .code(0), "\(result)")
        let lines = (text("calls", session) ?? "").split(separator: "\n")
        func place(_ isWanted: (Substring) -> Bool) throws -> Int {
            let place = lines.lastIndex(where: isWanted)
            return try #require(place)
        }
        let file = try place { $0.contains("fsync(") && $0.contains("/.o.csv.") }
        let name = try place { $0.contains("rename") && $0.contains(".o.csv.") && $0.contains("\"o.csv\"") }
        let folder = try place { $0.contains("fsync(") && $0.contains("<\(session.home.path)>") }
        #expect(file < name && name < folder, "\(lines.joined(separator: "\n"))")
    }
}
