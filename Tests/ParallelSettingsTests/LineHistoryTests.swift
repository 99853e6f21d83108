import ParallelSystem
import TestSupport
import Testing

@testable import ParallelSettings

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

struct LineHistoryTests {
    private static let name = "state/parallel/history"
    private let folder: TemporaryDirectory
    private let path: String
    private let secrets = KnownSecrets()
    private let notes = Lock<[FileError]>([])

    init() throws {
        folder = try TemporaryDirectory()
        path = folder.file(Self.name)
    }

    private func history() -> LineHistory {
        LineHistory(path: path, secrets: secrets, secretFlags: ["--header", "-H"]) { [notes] error in
            notes.withLock { $0.append(error) }
        }
    }

    private var reasons: [String] { notes.withLock { $0.map(\.reason) } }

    @Test func `what is typed is there for the next session, in a file of the user alone`() throws {
        let first = history()
        #expect(first.texts == [])
        for text in ["one", "größer 東京\n\ttwo \"lines\"\\", "one"] { first.add(text) }
        #expect(history().texts == ["one", "größer 東京\n\ttwo \"lines\"\\", "one"])
        #expect(Disk.mode(path) == 0o600 && Disk.mode(Directory.containing(path)) == 0o700)
        #expect(reasons == [])
    }

    @Test func `repeats, blanks and what begins with a space are not kept`() throws {
        let first = history()
        for text in ["one", "one", "", " \n", " hidden", "two", String(repeating: "x", count: 100_000)] {
            first.add(text)
        }
        #expect(first.texts == ["one", "two"])
        #expect(history().texts == ["one", "two"])
    }

    @Test(arguments: [
        "mcp add crm https://user:pass@crm.example/mcp", "mcp add crm https://crm.example/mcp?key=4a5b6c7d8e",
        "why is the-known-secret wrong", "mcp add crm --header 'X-Key: abc'", "mcp add crm --header=X:abc",
        "api -HX:abc",
        "curl with Authorization: Bearer abc123def", "bearer abc123def45", "export CRM_TOKEN=hunter2", "password=x",
        "mcp add x -- npx foo --token abcdef1234", #"mcp call x --args '{"password":"hunter2"}'"#,
        "my key is sk-proj-a1b2c3d4", "\"pplx-0a1b2c3d\"", "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "is 0123456789abcdef0123456789abcdef a key",
        "use aB3dE5gH7jK9mN1pQ3sT please", "x-api-key: something", "one line\nTOKEN='hunter2'",
        "https://mcp.example/0123456789abcdef0123456789abcdef/mcp",
    ])
    func `what may hold a secret is neither kept nor recalled`(_ text: String) {
        secrets.hide("the-known-secret")
        let first = history()
        first.add(text)
        first.add("after")
        #expect(first.texts == ["after"])
        #expect(Disk.text(path) == "\"after\"\n")
    }

    @Test(arguments: [
        "Who founded Intel in 1968, and what does a token cost?", "task result trun_9907962f83aa4d9d98fd7f4bf745d654",
        "task run 'About ${TOKEN}' --field 'founders:string[]=Names' -p core-fast --var NAME=value",
        "extract https://example.com/a/b?page=2&q=intel",
        "batch run CompanyListOfThe3rdQuarter.csv -o out/Results2024Q3Final.csv",
        "the key: a basic idea", "export CRM_TOKEN=$OTHER", "search sk- and eyJ",
    ])
    func `ordinary lines are kept`(_ text: String) {
        history().add(text)
        #expect(history().texts == [text])
    }

    @Test func `sessions at the same time lose nothing`() async throws {
        let sessions = [history(), history(), history()]
        await withTaskGroup(of: Void.self) { group in
            for (number, session) in sessions.enumerated() {
                group.addTask { for line in 1...40 { session.add("session \(number) line \(line)") } }
            }
        }
        let texts = history().texts
        #expect(texts.count == 120)
        for number in 0..<3 {
            #expect(
                texts.filter { $0.hasPrefix("session \(number) ") } == (1...40).map { "session \(number) line \($0)" })
        }
    }

    @Test func `the newest thousand are kept`() throws {
        let lines = (1...1_400).map { "\"line \($0)\"\n" }.joined()
        history().add("x")
        try folder.write(lines, to: Self.name)
        let texts = history().texts
        #expect(texts.count == 1_000 && texts.first == "line 401" && texts.last == "line 1400")
        #expect(Disk.text(path)?.split(separator: "\n").count == 1_000)
        #expect(Disk.mode(path) == 0o600)
    }

    @Test func `the file stays small`() throws {
        let first = history()
        for number in 0..<40 { first.add("\(number) " + String(repeating: "word ", count: 10_000)) }
        let size = try #require(Disk.bytes(path)).count
        #expect(size < 1 << 20)
        #expect(history().texts.last?.hasPrefix("39 ") == true)
    }

    @Test func `what is broken in the file is left out, and told once`() throws {
        history().add("first")
        try folder.write("\"one\"\nnot JSON\n{\"a\":1}\n\"two\"\n\"torn", to: Self.name)
        let next = history()
        #expect(next.texts == ["one", "two"])
        next.add("three")
        #expect(reasons == ["it was damaged; what can't be read of it is in \(path).torn now"])
        #expect(history().texts == ["one", "two", "three"])
        #expect(Disk.text(path + ".torn") == "not JSON\n{\"a\":1}\n")
        #expect(reasons.count == 1)
    }

    @Test(arguments: ["\u{0}\u{1}binary", "{\"a\":1}"]) func `a file that is none of its own is set aside`(
        _ text: String
    ) throws {
        history().add("first")
        try folder.write(text, to: Self.name)
        let next = history()
        next.add("second")
        #expect(reasons.count == 1 && history().texts == ["second"])
        #expect(Disk.text(path + ".torn") == text + "\n" && Disk.mode(path + ".torn") == 0o600)
    }

    @Test func `a link, a folder and a file that others can read are left alone`() throws {
        history().add("first")
        let other = try folder.write("\"theirs\"\n", to: "other")
        UserFile.remove(path)
        for (make, reason) in [
            ({ symlink(other, path) }, "it is a link, not a file"),
            ({ mkdir(path, 0o700) }, "it is not a regular file"),
            ({ link(other, path) + chmod(path, 0o644) }, "others can read it"),
        ] as [(() -> Int32, String)] {
            #expect(make() == 0)
            notes.withLock { $0 = [] }
            let session = history()
            session.add("typed")
            session.add("again")
            // It is recalled in this session all the same.
            #expect(session.texts == ["typed", "again"])
            #expect(reasons == ["\(reason); the lines are not kept"])
            #expect(Disk.text(other) == "\"theirs\"\n")
            if rmdir(path) != 0 { unlink(path) }
        }
    }

    @Test func `where there is no place, nothing is kept and nothing is said`() {
        let session = LineHistory(path: nil, secrets: secrets) { [notes] error in notes.withLock { $0.append(error) } }
        session.add("typed")
        #expect(session.texts == ["typed"])
        #expect(reasons == [])
    }

    @Test func `a session that can't write says so once`() throws {
        _ = try folder.write("a file", to: "state")
        let session = history()
        session.add("one")
        session.add("two")
        #expect(session.texts == ["one", "two"])
        #expect(reasons.count == 1)
    }
}
