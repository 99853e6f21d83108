import TestSupport
import Testing

@testable import ParallelCLI

/// `--fields-from FILE`.
struct FieldsFileTests {
    private static let schema =
        #""json_schema":{"type":"object","properties":{"ceo":{"type":"string","description":"Name, in full"},"#
        + #""staff":{"type":"integer","description":"Count"}},"required":["ceo","staff"],"additionalProperties":false}"#

    private func run(_ text: String, _ words: [String] = []) async throws -> CommandRun {
        let directory = try TemporaryDirectory()
        try directory.write(text, to: "fields")
        return await CommandRun(
            ["task", "run", "q", "--dry-run", "--fields-from", "fields"] + words, directory: directory.path)
    }

    @Test(arguments: [
        "name,type,description\nceo,,\"Name, in full\"\nstaff,int,Count\n",
        "\u{FEFF}Description,Name,Type\r\n\"Name, in full\",ceo,string\r\n\r\nCount,staff,integer",
        #"[{"name":"ceo","description":"Name, in full"},{"name":"staff","type":"integer","description":"Count"}]"#,
        #" {"ceo":"Name, in full","staff":{"type":"int","description":"Count"}}"#,
    ])
    func `a file of fields makes the schema that its lines would make as flags`(text: String) async throws {
        let run = try await run(text)
        #expect(run.code == .success && run.output.contains(Self.schema), "\(run.errors)\(run.output)")
        let flags = await CommandRun(
            ["task", "run", "q", "--dry-run", "--field", "ceo=Name, in full", "--field", "staff:integer=Count"])
        #expect(flags.output == run.output)
    }

    @Test func `fields of flags follow those of the file, and a list may be described in both`() async throws {
        let run = try await run(
            "name,description\npeople[].name,N\n", ["--field", "people[].age:int=A", "--field", "x=X"])
        #expect(
            run.output.contains(#""required":["name","age"]"#) && run.output.contains(#""required":["people","x"]"#))
        let piped = await CommandRun(
            ["task", "run", "q", "--dry-run", "--fields-from", "-"], stdin: "name,description\nx,X\n")
        #expect(piped.output.contains(#""required":["x"]"#))
    }

    @Test(arguments: [
        ("name,type,description\nceo,strin,Name\n", "fields, line 2: 'strin' is no type, did you mean 'string'"),
        ("name,description\na,A\nb\n", "fields, line 3: 1 cell for 2 columns"),
        ("name,description\na,A, B\n", "fields, line 2: 3 cells for 2 columns"),
        ("name,description\n,A\n", "fields, line 2 has no name"), ("name,description\na,\n", "line 2: 'a' has no desc"),
        ("ceo,description\n", "line 1: the header has no column 'name'"), ("name\na\n", "no column 'description'"),
        ("name,description\n\"a,A\n", "line 2 opens a quote"), ("name,description\na,A\na,B\n", "'a' is given twice"),
        ("", "fields has no fields"), ("[]", "fields has no fields"), ("[{]", "fields is not JSON"),
        (#"[{"name":"a","description":"A"},{"description":"B"}]"#, "fields, field 2 has no name"),
        (#"{"a":1}"#, "fields: 'a': 'a' has no description"),
    ])
    func `a mistake is named with file and place`(text: String, message: String) async throws {
        let run = try await run(text)
        #expect(run.code == .usage && run.errors.contains(message), "\(run.errors)")
    }

    @Test func `a field of flag and file, and another shape beside the file, are refused`() async throws {
        let twice = try await run("name,description\na,A\n", ["--field", "a=B"])
        #expect(twice.code == .usage && twice.errors.contains("'a' is given twice"))
        let shapes = try await run("name,description\na,A\n", ["--output-auto"])
        #expect(shapes.errors.contains("--output-auto and --fields-from exclude each other"))
        let missing = await CommandRun(["task", "run", "q", "--fields-from", "none"])
        #expect(missing.code == .usage && missing.errors.contains("--fields-from: can't read"), "\(missing.errors)")
    }
}
