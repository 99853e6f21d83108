import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelMCP

@Suite struct LocalProgramTests {
    @Test(arguments: [
        ("a b  c", ["a", "b", "c"]), ("  a\t", ["a"]), (#"a 'b c' "d e""#, ["a", "b c", "d e"]),
        (#"a\ b c"#, ["a b", "c"]),
        (#"a "b\"c" 'd\'e"#, ["a", "b\"c", "d\\e"]), (#""\n\\""#, ["\\n\\"]), ("a '' b", ["a", "", "b"]),
        ("a'b'\"c\"", ["abc"]), ("$HOME *.py; ls | cat > x", ["$HOME", "*.py;", "ls", "|", "cat", ">", "x"]), ("", []),
    ])
    func `a command line is split as a shell would, and nothing in it is expanded`(_ line: String, _ words: [String]) {
        #expect(LocalProgram.words(of: line) == words)
    }

    @Test(arguments: ["a 'b", "a \"b", #"a \"#, "'"]) func `what is left open is no command line`(_ line: String) {
        #expect(LocalProgram.words(of: line) == nil)
    }

    @Test(arguments: [
        #"{"command": "srv", "args": ["--root", "${ROOT:-/data}"], "env": {"KEY": "${env:TOKEN}"}, "cwd": "/${ROOT:-w}"}"#,
        #"{"type": "local", "command": ["srv", "--root", "/data"], "environment": {"KEY": "${TOKEN}"}, "cwd": "/w"}"#,
    ])
    func `an entry of any dialect becomes words, variables and a folder`(_ entry: String) throws {
        let program = try #require(try LocalProgram(entry: try JSONValue.parse(entry)))
        var hidden: [String] = []
        let environment = [
            "TOKEN": "t-1", "PATH": "/bin", "HOME": "/h", "PARALLEL_API_KEY": "k", "OPENAI_API_KEY": "o",
        ]
        let launch = try program.launch(environment) { hidden.append($0) }
        #expect(launch.words == ["srv", "--root", "/data"])
        #expect(launch.environment?.sorted() == ["HOME=/h", "KEY=t-1", "PATH=/bin"])
        #expect(launch.directory == "/w")
        #expect(hidden.contains("t-1"))
    }

    @Test(arguments: [
        (#"{"command": 3}"#, "no texts"), (#"{"command": "x", "args": [1]}"#, "no texts"),
        (#"{"command": ""}"#, "no texts"),
        (#"{"command": "x", "env": {"A": 1}}"#, "not an object of texts"),
        (#"{"command": "x", "env": {"A=B": "1"}}"#, "not an object of texts"),
    ])
    func `a malformed entry says what is wrong`(_ entry: String, _ words: String) throws {
        let json = try JSONValue.parse(entry)
        let error = #expect(throws: EntryError.self) { _ = try LocalProgram(entry: json) }
        let text = if case .malformed(let text)? = error { text } else { "" }
        #expect(text.contains(words))
    }

    @Test func `a variable that is not set is named with its place`() throws {
        let entry: JSONValue = ["command": "x", "env": ["KEY": "${TOKEN}"]]
        let program = try #require(try LocalProgram(entry: entry))
        #expect(throws: EntryError.unset(variable: "TOKEN", .member("env"))) {
            try program.launch([:]) { _ in }
        }
    }

    @Test func `entries with a URL are no programs`() throws {
        #expect(try LocalProgram(entry: ["url": "https://a.example", "command": "x"]) == nil)
        #expect(try LocalProgram(entry: ["url": "https://a.example"]) == nil)
    }

    @Test func `only the user's own file starts programs`() throws {
        let entry = #"{"mcpServers": {"fs": {"command": "srv"}, "off": {"command": "srv", "disabled": true}}}"#
        let fixture = try RegistryFixture(user: entry, project: #"{"mcpServers": {"theirs": {"command": "srv"}}}"#)
        let registry = ServerRegistry(environment: ["HOME": fixture.home], api: nil, workingDirectory: fixture.tree)
        #expect(try registry.program(named: "fs", for: .call) != nil)
        #expect(try registry.program(named: "theirs", for: .call) == nil)
        #expect(throws: RegistryError.self) { _ = try registry.program(named: "off", for: .call) }
        #expect(try registry.program(named: "off", for: .trial) != nil)
        let origins = try registry.entries().filter { registry.starts($0) }.map(\.name)
        #expect(origins == ["fs", "off"])
    }
}
