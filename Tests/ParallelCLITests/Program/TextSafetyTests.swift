import ParallelCLI
import ParallelJSON
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

/// Text of others in what is printed and sent: bytes stay, whatever stands behind a special character.
struct TextSafetyTests {
    private static let marks = ["\u{301}", "\u{200D}", "\u{FE0F}"]

    @Test func `a terminal shows what is to be typed as it is`() {
        let ranges: [ClosedRange<UInt32>] = [1...0x3000, 0xFE00...0xFFFF, 0x1F000...0x1FAFF, 0xE0000...0xE01FF]
        let changed = ranges.joined().compactMap(Unicode.Scalar.init).filter { scalar in
            let quoted = ShellQuoting.quoted("a'\(scalar)\(scalar)b")
            return !ControlCharacters.neutralised(quoted).utf8.elementsEqual(quoted.utf8)
        }
        #expect(changed == [])
    }

    @Test(arguments: marks)
    func `flags are cut at the first '=' or ':', whatever stands behind it`(_ mark: String) async throws {
        let run = await CommandRun([
            "task", "run", "q", "--dry-run", "--metadata=k=\(mark)v=\(mark)", "--field=a:\(mark)b:number=\(mark)d",
        ])
        let body = try JSONValue.parse(run.output)["body"]
        #expect(body?["metadata"] == .object(["k": .string("\(mark)v=\(mark)")]))
        let properties = body?["task_spec"]?["output_schema"]?["json_schema"]?["properties"]
        #expect(properties?["a:\(mark)b"]?["description"] == .string("\(mark)d"))
    }

    @Test func `names that differ in normalisation alone can stand beside each other`() async throws {
        let run = await CommandRun([
            "task", "run", "q", "--dry-run", "--metadata", "caf\u{E9}=1", "--metadata", "cafe\u{301}=2",
            "--field", "caf\u{E9}=one", "--field", "cafe\u{301}=two",
        ])
        #expect(run.code == .success)
        let body = try JSONValue.parse(run.output)["body"]
        #expect(body?["metadata"] == .object(["caf\u{E9}": "1", "cafe\u{301}": "2"]))
        let schema = body?["task_spec"]?["output_schema"]?["json_schema"]
        #expect(schema?["required"] == ["caf\u{E9}", "cafe\u{301}"])
        #expect(schema?["properties"]?["cafe\u{301}"]?["description"] == "two")
    }

    @Test(arguments: [
        "X-A\u{301}: v", "X-A\u{200D}: v", "X-\u{212A}: v", "X-A: v\r\u{301}\nX-B: w", "X-A: v\n\u{200D}",
    ])
    func `a header that could be read as another is refused`(_ header: String) async {
        let run = await CommandRun(["mcp", "add", "crm", "https://crm.example/mcp", "--no-verify", "-H", header])
        #expect(run.code == .usage && run.errors.contains("-H: "))
    }

    @Test(arguments: marks)
    func `a header's value begins behind its colon`(_ mark: String) async throws {
        let directory = try TemporaryDirectory()
        let run = await CommandRun(
            ["mcp", "add", "crm", "https://crm.example/mcp", "--no-verify", "-H", "X-A: ${V}:\(mark)"],
            directory: directory.path)
        #expect(run.code == .success, "\(run.errors)")
        let file = Disk.bytes(directory.file(".config/parallel/mcp.json")) ?? []
        let value = try JSONValue.parse(file)["mcpServers"]?["crm"]?["headers"]?["X-A"]
        #expect(value == .string("${V}:\(mark)"))
    }

    @Test func `JSON on a terminal shows what is invisible, in a pipe it stays`() async throws {
        let hidden = "a\u{200B}b\u{FEFF}c\u{AD}d\u{2028}e\u{E0041}"
        let words = ["task", "run", hidden, "--dry-run"]
        let pipe = await CommandRun(words)
        #expect(Array(pipe.output.utf8).firstRange(of: Array("\"\(hidden)\"".utf8)) != nil)
        let screen = await CommandRun(words, terminal: .screen)
        #expect(screen.output.contains(#""a\u200bb\ufeffc\u00add\u2028e\udb40\udc41""#))
        #expect(try JSONValue.parse(screen.output) == JSONValue.parse(pipe.output))
    }
}
