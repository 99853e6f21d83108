import ParallelTerminal
import TestSupport
import Testing

@testable import ParallelCLI

struct RunIDsTests {
    private func read(_ text: String) throws -> [String] {
        try RunIDs.read(["-"], .test(ScriptedTransport([]), streams: .captured(stdin: Array(text.utf8))))
    }

    @Test(arguments: [
        "trun_9907962f83aa4d9d98fd7f4bf745d654", "taskrun_1", "x", "a.b:c", String(repeating: "x", count: 200),
    ])
    func `any word may be an id`(id: String) throws {
        #expect(try RunIDs.check([id]) == [id])
        #expect(try RunIDs.single([id]) == id)
    }

    @Test(arguments: [
        "", " ", "..", "--force", "[1]", "a b", "a/b", "/", "é", "a\n", "a\u{1B}[31m",
        String(repeating: "x", count: 201),
        "What was the GDP of France?",
    ])
    func `an impossible id is refused`(id: String) {
        let error = #expect(throws: UsageError.self) { try RunIDs.check(["r", id]) }
        let shown = id.prefix(60) + (id.count > 60 ? "…" : "")
        #expect(error?.message.hasPrefix("RUN_ID: '\(shown)' is no run id") == true)
        #expect(throws: UsageError.self) { try RunIDs.single([id]) }
    }

    @Test func `a dash stands alone, and not where one id is wanted`() throws {
        #expect(try RunIDs.check(["-"]) == ["-"])
        #expect(throws: UsageError.self) { try RunIDs.check(["-", "r"]) }
        #expect(throws: UsageError.self) { try RunIDs.check(["r", "-"]) }
        #expect(throws: UsageError.self) { try RunIDs.single(["-"]) }
    }

    @Test func `ids given as words leave standard input alone`() throws {
        let context = Context.test(ScriptedTransport([]), streams: .captured(stdin: Array("r9".utf8)))
        #expect(try RunIDs.read(["r1", "r2"], context) == ["r1", "r2"])
        #expect(try context.streams.readAll().count == 2)
    }

    @Test(arguments: [
        ("r1\nr2\n", ["r1", "r2"]), ("r1", ["r1"]), ("\n  r1  \r\n\r\n\tr2\r\n", ["r1", "r2"]),
        ("r1\rr2", ["r1", "r2"]),
        (
            #"{"run_id": "r1", "status": "queued"}"# + "\n" + #"  {"run": {"run_id": "r2"}, "output": {}}"#,
            ["r1", "r2"]
        ),
        ("r1\n" + #"{"run_id": "r2"}"#, ["r1", "r2"]), (#""r1""#, ["r1"]), ("\u{FEFF}r1", ["r1"]),
        // JSON may hold these line separators as they are.
        ("{\"note\": \"a\u{2028}b\u{85}c\", \"run_id\": \"r1\"}", ["r1"]),
    ])
    func `standard input holds a plain id or a document to a line`(text: String, ids: [String]) throws {
        #expect(try read(text) == ids)
    }

    @Test(arguments: [
        ("", "standard input holds no run ids"), (" \n\n", "standard input holds no run ids"),
        ("r1\nr2 r3", "standard input, line 2: more than one word"),
        ("r1\n\nr/2", "standard input, line 3: 'r/2' is no run id"), ("{", "standard input, line 1 is not JSON"),
        (#"{"id": "r1"}"#, "standard input, line 1 has no run_id"),
        (#"{"run_id": 7}"#, "standard input, line 1 has no run_id"),
        (#"{"run_id": "a b"}"#, "standard input, line 1: 'a b' is no run id"),
    ])
    func `a line that holds none is reported by its number`(text: String, message: String) {
        let error = #expect(throws: UsageError.self) { try read(text) }
        #expect(error?.message.hasPrefix(message) == true)
    }
}
