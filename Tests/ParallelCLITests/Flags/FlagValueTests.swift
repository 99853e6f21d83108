import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelTerminal
import Testing

@testable import ParallelCLI

struct FieldFlagTests {
    @Test(arguments: [
        ("ceo=Name of the CEO", "ceo", #"{"type":"string"}"#, "Name of the CEO"),
        ("n:number=A", "n", #"{"type":"number"}"#, "A"), ("n:integer=A", "n", #"{"type":"integer"}"#, "A"),
        ("n:int=A", "n", #"{"type":"integer"}"#, "A"), ("b:boolean=A", "b", #"{"type":"boolean"}"#, "A"),
        ("b:bool=A", "b", #"{"type":"boolean"}"#, "A"), ("s:string=A", "s", #"{"type":"string"}"#, "A"),
        ("l:string[]=A", "l", #"{"type":"array","items":{"type":"string"}}"#, "A"),
        ("l:number[]=A", "l", #"{"type":"array","items":{"type":"number"}}"#, "A"),
        ("l:int[]=A", "l", #"{"type":"array","items":{"type":"integer"}}"#, "A"),
        ("s:seed|series a=A", "s", #"{"type":"string","enum":["seed","series a"]}"#, "A"),
        ("s: b | a =A", "s", #"{"type":"string","enum":["b","a"]}"#, "A"),
        ("l:a|b[]=A", "l", #"{"type":"array","items":{"type":"string","enum":["a","b"]}}"#, "A"),
        ("a=b=c", "a", #"{"type":"string"}"#, "b=c"), ("url=http://x:80", "url", #"{"type":"string"}"#, "http://x:80"),
        ("a:b:string=c", "a:b", #"{"type":"string"}"#, "c"), ("a= b ", "a", #"{"type":"string"}"#, " b "),
    ])
    func `a field has a name, a type and a description`(
        text: String, name: String, schema: String, description: String
    ) throws {
        let field = try FieldFlag(text)
        #expect(field.name == name && field.description == description)
        #expect(JSONValue.object(field.kind.schema).serialized() == schema)
    }

    @Test(arguments: [
        ("ceo", "has no '='"), ("", "has no '='"), ("=x", "no name in front of '='"), (":string=x", "no name"),
        ("a=", "'a' has no description"), ("a= ", "'a' has no description"), ("a:date=x", "'date' is no type"),
        ("a:=x", "'' is no type"), ("a:String=x", "string, number, integer, boolean"), ("a:String=x", "string[]"),
        ("a:intger=x", "did you mean 'integer'"), ("s:a||b=x", "'a||b' has an empty choice"),
        ("s:a|b|a=x", "the same choice twice"), ("people[]=x", "LIST[].NAME=DESCRIPTION"),
        ("people[].=x", "no name on one side"), ("[].name=x", "no name on one side"),
        ("a[].b[].c=x", "lists can't be in lists"), ("a[].b[]=x", "string[]"),
        ("n:number|null=x", "'number' is a type; a field has one type, as in NAME:number=DESCRIPTION"),
        ("n:string|number=x", "--output-schema"), ("n: yes | null =x", "'null' is a type"),
        ("n:int|a[]=x", "is a type"),
    ])
    func `an invalid field is refused with the reason`(text: String, reason: String) {
        let error = #expect(throws: InvalidValue.self) { try FieldFlag(text) }
        #expect(error?.reason.contains(reason) == true)
    }

    @Test func `the fields make a closed schema in the order given`() throws {
        let schema = FieldFlag.schema(of: [try FieldFlag("b:string[]=B"), try FieldFlag("a=A")])
        let expected =
            #"{"type":"object","properties":{"b":{"type":"array","items":{"type":"string"},"description":"B"},"#
            + #""a":{"type":"string","description":"A"}},"required":["b","a"],"additionalProperties":false}"#
        #expect(schema.serialized() == expected)
    }

    @Test func `fields of one list make objects, where the first of them stands`() throws {
        let flags = ["people[].name=N", "city=C", "people[].age:int=A"]
        let schema = FieldFlag.schema(of: try flags.map { (flag) throws in try FieldFlag(flag) })
        let people =
            #""people":{"type":"array","items":{"type":"object","properties":{"#
            + #""name":{"type":"string","description":"N"},"age":{"type":"integer","description":"A"}},"#
            + #""required":["name","age"],"additionalProperties":false}}"#
        #expect(
            schema.serialized()
                == #"{"type":"object","properties":{"# + people + #","city":{"type":"string","description":"C"}},"#
                + #""required":["people","city"],"additionalProperties":false}"#)
    }

    @Test(arguments: [
        (["a=x", "a=y"], "'a' is given twice"), (["p[].a=x", "p[].a=y"], "'p[].a' is given twice"),
        (["p=x", "p[].a=y"], "'p' can't be both a field and a list of objects"),
        (["p[].a=x", "p:string[]=y"], "'p' can't be both a field and a list of objects"), (["p[].a=x", "a=y"], nil),
    ])
    func `fields that exclude each other are named`(flags: [String], conflict: String?) throws {
        #expect(FieldFlag.conflict(in: try flags.map { (flag) throws in try FieldFlag(flag) }) == conflict)
    }
}

struct DurationTextTests {
    @Test(arguments: [
        ("90", 90_000), ("0", 0), ("90s", 90_000), ("10m", 600_000), ("2h", 7_200_000), ("1d", 86_400_000),
        ("250ms", 250), ("1h30m", 5_400_000), ("1h30m5s", 5_405_000), ("1.5h", 5_400_000), ("0.5", 500),
        ("999999999", 999_999_999_000),
    ])
    func `a duration is a number with a unit, or seconds`(text: String, milliseconds: Int) throws {
        #expect(try DurationText.parse(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", " ", "s", "-5", "+5", "5 s", "5x", "5S", "5min", ".5h", "5.h", "1.2.3", "1e3", "0x10", "٣", "1h30", "1,5h",
        "nan", "inf", "1000000000", "99999999999999999999h",
    ])
    func `any other text is none`(text: String) {
        #expect(throws: InvalidValue.self) { try DurationText.parse(text) }
    }

    @Test(arguments: [
        (1_000, "1s"), (59_999, "59s"), (60_000, "1m 00s"), (185_000, "3m 05s"), (3_599_000, "59m 59s"),
        (3_600_000, "1h 00m"), (3_725_000, "1h 02m"), (360_000_000, "100h 00m"),
    ])
    func `a span is reported in its two largest units`(milliseconds: Int, text: String) {
        #expect(DurationText.describe(.milliseconds(milliseconds)) == text)
    }
}

struct NumberTextTests {
    @Test(arguments: [("1", 1), ("10", 10), ("007", 7), ("9223372036854775807", .max)])
    func `a whole number above zero is one`(text: String, value: Int) throws {
        #expect(try NumberText.positive(text) == value)
    }

    @Test(arguments: ["", "0", "-1", "+1", "1.0", "1e3", " 1", "９", "9223372036854775808"])
    func `any other text is none`(text: String) {
        #expect(throws: InvalidValue.self) { try NumberText.positive(text) }
    }

    @Test func `seconds are whole and above zero`() throws {
        #expect(try NumberText.seconds("10m") == 600 && NumberText.seconds("1000ms") == 1)
        for text in ["0", "500ms", "1.5s", "x"] { #expect(throws: InvalidValue.self) { try NumberText.seconds(text) } }
    }
}

struct RepeatedFlagTests {
    private func parse<Options>(_ words: [String], _ flags: [Flag<Options>], _ start: Options) throws -> Options {
        var options = start
        guard case .parsed([]) = try Flag.parse(words, flags, into: &options) else {
            throw InvalidValue("some of \(words) were taken for something else")
        }
        return options
    }

    @Test(arguments: ["--json", "-kf", "--", "--output=x", "a b", "=x", "@x", "-", "-.csv"])
    func `a value keeps its meaning in a command that is printed again`(_ value: String) throws {
        var output = OutputOptions()
        output.file = value == "-" ? nil : value
        let outputAgain = try parse(output.words, OutputFlags.data(), OutputOptions())
        #expect(outputAgain.file == output.file && outputAgain.format == nil, "\(output.words)")
        output.reduction.pointer = JSONPointer("/\(value)")
        (output.reduction.members, output.reduction.longestText) = ([value], 5)
        let reduced = try parse(output.words, OutputFlags.data(), OutputOptions()).reduction
        #expect(reduced.pointer?.text == "/\(value)" && reduced.longestText == 5 && reduced.members == [value])
        var connection = MCPConnectionOptions()
        connection.connection.keyFile = value
        connection.header.headers = [.init(name: "-X", value: value)]
        let again = try parse(connection.words, MCPConnectionFlags.all(), MCPConnectionOptions())
        #expect(again.connection.keyFile == value)
        #expect(again.header.headers.map(\.name) == ["-X"])
    }
}
