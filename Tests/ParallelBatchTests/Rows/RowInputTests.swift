import ParallelJSON
import Testing

@testable import ParallelBatch

struct RowInputTests {
    private let columns = ["company", "website", "n"].map { InputColumn(title: $0, name: $0) }
    private let cells = InputRow(line: 7, content: .cells(["Intel", "https://x/{n}", ""]))

    private func object(_ text: String) throws -> InputRow {
        InputRow(line: 8, content: .value(try JSONValue.parse(text)))
    }

    private func template(_ text: String) throws -> RowInput { .template(try Template(text)) }

    /// Why an input can't be had; nil when it can.
    private func refusal(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return (error as? RowInputError)?.message ?? "\(error)"
        }
    }

    @Test func `a row becomes an object of all its columns, or of those that are named`() throws {
        let all = try RowInput.columns(nil).value(of: cells, columns: columns)
        #expect(all.serialized() == #"{"company":"Intel","website":"https://x/{n}","n":""}"#)
        let some = try RowInput.columns(["n", "company"]).value(of: cells, columns: columns)
        #expect(some.serialized() == #"{"n":"","company":"Intel"}"#)
    }

    @Test func `values of a JSON row stay what they are, and what it lacks is left out`() throws {
        let row = try object(#"{"website": [1.10, null], "x": {}, "company": true}"#)
        let all = try RowInput.columns(nil).value(of: row, columns: columns)
        #expect(all.serialized() == #"{"website":[1.10,null],"x":{},"company":true}"#)
        let some = try RowInput.columns(["company", "n"]).value(of: row, columns: columns)
        #expect(some.serialized() == #"{"company":true}"#)
    }

    @Test func `a row that is a string is the input, and its column is called input`() throws {
        let row = try object(#""Who?""#)
        let columns = [InputColumn(title: "input", name: "input", isWholeRow: true)]
        #expect(try RowInput.columns(nil).value(of: row, columns: columns) == "Who?")
        #expect(try RowInput.columns(["input"]).value(of: row, columns: columns) == ["input": "Who?"])
        #expect(try template("Q: {input}").value(of: row, columns: columns) == "Q: Who?")
        #expect(RowInput.columns(nil).schema(columns) == nil)
    }

    @Test(arguments: [
        ("Who founded {company} ({website})?", "Who founded Intel (https://x/{n})?"), ("{company}", "Intel"),
        ("{company}{n}{company}", "IntelIntel"), ("{{company}} {{{company}}}", "{company} {Intel}"), ("text", "text"),
        ("}}{{", "}{"),
    ])
    func `a template is filled with the row's values`(text: String, expected: String) throws {
        #expect(try template(text).value(of: cells, columns: columns) == .string(expected))
    }

    @Test func `a template takes JSON strings as they are, null as nothing and the rest as JSON`() throws {
        let row = try object(#"{"company": "a\"b", "website": {"x": [1.0]}, "n": null}"#)
        let value = try template("{company} {website} {n}").value(of: row, columns: columns)
        #expect(value.string == #"a"b {"x":[1.0]} "#)
    }

    @Test(arguments: [
        ("Who founded {company?", "the template has a '{' without '}'; write '{{' for the brace itself"),
        ("", "the template is empty"),
        ("{", "the template has a '{' without '}'; write '{{' for the brace itself"),
        ("a } b", "the template has a '}' without '{'; write '}}' for the brace itself"),
        ("a {} b", "the template has '{}' without a column's name"),
    ])
    func `a malformed template is refused`(text: String, reason: String) {
        #expect(refusal { _ = try Template(text) } == reason)
    }

    @Test func `a column that is not there is refused with those that are`() throws {
        let reason = "there is no column \"compny\"; the columns are company, website, n"
        #expect(refusal { try template("{n} {compny}").check(columns) } == reason)
        #expect(refusal { try RowInput.columns(["n", "compny"]).check(columns) } == reason)
        try template("{n}").check(columns)
        try RowInput.columns(nil).check(columns)
        let many = (1...25).map { InputColumn(title: "c\($0)", name: "c\($0)") }
        #expect(refusal { try RowInput.columns(["x"]).check(many) }?.hasSuffix("c19, c20 and 5 more") == true)
    }

    @Test func `a JSON row without a key that the template needs is a bad row`() throws {
        let row = try object(#"{"company": "x"}"#)
        #expect(throws: RowError(line: 8, reason: "has no \"website\", which the template asks for")) {
            try template("{company} {website}").value(of: row, columns: columns)
        }
    }

    @Test func `the schema of the inputs follows from the columns`() throws {
        #expect(
            RowInput.columns(["n", "company"]).schema(columns)?.serialized()
                == #"{"type":"object","properties":{"n":{"type":"string"},"company":{"type":"string"}},"#
                + #""required":["n","company"]}"#)
        let mixed = [
            InputColumn(title: "a", name: "a", type: nil),
            InputColumn(title: "b", name: "b", type: "number", isInEveryRow: false),
        ]
        #expect(
            RowInput.columns(nil).schema(mixed)?.serialized()
                == #"{"type":"object","properties":{"a":{},"b":{"type":"number"}},"required":["a"]}"#)
        #expect(try template("{n}").schema(columns) == nil)
    }
}
