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
        "\u{FEFF}name;type;description\r\nceo;;Name, in full\r\nstaff;int;Count\r\n",
        "name\tdescription\ttype\nceo\tName, in full\t\nstaff\tCount\tint\n",
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
        (#"[{"name":"t","type":["a","b"],"description":"T"}]"#, "fields, field 1: its 'type' is an array"),
        (#"{"t":{"type":["number","null"],"description":"T"}}"#, "fields: 't': its 'type' is an array"),
        (#"[{"name":"t","enum":[1,2],"description":"T"}]"#, "field 1: 'enum' is for fields of type string"),
        (#"[{"name":"t","enum":[],"description":"T"}]"#, "field 1: 'enum' is for"),
        (#"[{"name":"t","enum":"a","description":"T"}]"#, "field 1: 'enum' is for"),
        (#"[{"name":"t","type":"int","enum":["a"],"description":"T"}]"#, "field 1: 'enum' is for"),
        (#"[{"name":"t","enum":["a","a"],"description":"T"}]"#, "field 1: 'enum' has the same choice twice"),
        (
            #"{"type":"object","properties":{"a":{"type":"string"}}}"#,
            "fields is a JSON Schema\n  give it with --output-sch"
        ),
        (#"{"$schema":"x"}"#, "fields is a JSON Schema"),
        ("name,type,description\na,number|null,A\n", "'number' is a type"),
    ])
    func `a mistake is named with file and place`(text: String, message: String) async throws {
        let run = try await run(text)
        #expect(run.code == .usage && run.errors.contains(message), "\(run.errors)")
    }

    @Test func `an enum in a file of fields is what may be chosen`() async throws {
        for text in [
            #"[{"name":"s","enum":["a","b|c"],"description":"S"}]"#,
            #"{"s":{"type":"string","enum":["a","b|c"],"description":"S"}}"#,
        ] {
            let run = try await run(text)
            #expect(
                run.output.contains(#""s":{"type":"string","enum":["a","b|c"],"description":"S"}"#), "\(run.errors)")
        }
        // Words that schemas use may be names.
        let names = try await run(#"{"type":"object","properties":"Its properties"}"#)
        #expect(names.output.contains(#""required":["type","properties"]"#), "\(names.errors)")
    }

    @Test func `a file in UTF-16 is refused with the way out`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write([0xFF, 0xFE, 0x6E, 0], to: "fields")
        let run = await CommandRun(
            ["task", "run", "q", "--dry-run", "--fields-from", "fields"], directory: directory.path)
        #expect(run.code == .usage && run.errors.contains("iconv -f UTF-16 -t UTF-8 FILE"), "\(run.errors)")
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
