import ParallelAPI
import ParallelJSON
import Testing

@testable import ParallelCLI

struct FieldRowTests {
    @Test(arguments: [
        (#"{"a": 1, "b": "x", "c": true, "d": null, "e": 1.10}"#, ["a=1", "b=x", "c=true", "d=", "e=1.10"]),
        (#"{"a": {"b": {"c": 1}, "d": 2}}"#, ["a.b.c=1", "a.d=2"]),
        (#"{"a": ["x", 1, null]}"#, ["a=x; 1; "]), (#"{"a": []}"#, ["a="]), (#"{"a": {}}"#, ["a={}"]),
        (#"{"a": [{"n": "x"}, {"n": "y"}]}"#, ["a.0.n=x", "a.1.n=y"]),
        (#"{"a": [1, {"n": 2}]}"#, ["a.0=1", "a.1.n=2"]),
        (#"{"a": [[1, 2], []]}"#, ["a.0=1; 2", "a.1="]), ("{}", ["output={}"]), ("[]", ["output="]),
        ("null", ["output="]),
        (#""text""#, ["output=text"]), ("[1, 2]", ["output=1; 2"]), (#"[{"a": 1}]"#, ["0.a=1"]),
        (#"{"z": 1, "a": 2}"#, ["z=1", "a=2"]),
    ])
    func `every scalar is a row under its path`(text: String, rows: [String]) throws {
        #expect(FieldRow.rows(of: try JSONValue.parse(text)).map { "\($0.path)=\($0.value)" } == rows)
    }
}

struct BasisIndexTests {
    private func index(_ fields: String...) throws -> BasisIndex {
        let entries = fields.map { JSONValue.object(["field": .string($0), "reasoning": .string("of \($0)")]) }
        let result = try #require(
            TaskRunResult(["run": ["run_id": "r"], "output": ["content": [:], "basis": .array(entries)]]))
        return BasisIndex(result.output.basis)
    }

    @Test(
        arguments: [
            ("company", "company"), ("people", "people"), ("people.0", "people.0"), ("people.0.name", "people.0"),
            ("people.1.name", "people"), ("people.10", "people"), ("peoples", nil), ("other.people", nil), ("", nil),
        ] as [(String, String?)])
    func `a field has its own basis, else that of what it is part of`(path: String, field: String?) throws {
        #expect(try index("company", "people", "people.0").entry(for: path)?.field == field)
    }

    @Test func `the first of two entries for a field counts`() throws {
        let result = try #require(
            TaskRunResult([
                "run": ["run_id": "r"],
                "output": ["basis": [["field": "a", "confidence": "high"], ["field": "a", "confidence": "low"]]],
            ]))
        #expect(BasisIndex(result.output.basis).entry(for: "a")?.confidence == "high")
    }
}
