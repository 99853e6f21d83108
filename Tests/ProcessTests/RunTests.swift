import ParallelJSON
import TestSupport
import Testing

/// `task run` from the question to what a pipe gets.
@Suite(.limited) struct RunTests {
    @Test func `text comes on stdout, and the run id on stderr before it`() async throws {
        let gate = Gate()
        let server = try ScriptedAPI(completing: #"Därum.\n\nReally."#, after: gate)
        let child = try Session(server).start("task", "run", "Why?")
        try await child.waitUntil(errorContains: "created (processor base, about $0.01, 15 to 100 s)\n")
        #expect(child.output == "")
        gate.open()

        let result = try await child.wait()
        #expect(result.exit == .code(0))
        #expect(result.output == "Därum.\n\nReally.\n")
        #expect(result.error == "run \(ScriptedAPI.runID) created (processor base, about $0.01, 15 to 100 s)\n")
        let body = String(decoding: server.requests[0].body, as: UTF8.self)
        #expect(body == #"{"input":"Why?","processor":"base"}"#)
    }

    @Test func `fields come as tab-separated lines in a pipe`() async throws {
        let sandbox = try await RunningSandbox()
        let result = try await Session(sandbox).run(
            "task", "run", "-p", "core", "Parallel", "--field", "founded:integer=Year of founding", "--field",
            "ceo=Name of the CEO", "--metadata", #"sandbox_output={"founded":2023,"ceo":"A\tB"}"#)
        #expect(result.exit == .code(0))
        let rows = result.output.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
        #expect(rows.map { $0.prefix(2) } == [["founded", "2023"], ["ceo", "A B"]])
        #expect(rows.allSatisfy { $0.count == 4 && $0[3].hasPrefix("https://") })

        let spec = try #require(sandbox.creations.first?.body["task_spec"]?["output_schema"])
        #expect(spec["type"] == "json")
        #expect(spec["json_schema"]?["required"] == ["founded", "ceo"])
    }

    /// What curl gets from the API, and what `--json` prints of it.
    @Test(arguments: [
        (processor: "base", schema: true, output: #"{"b":1.10,"a":12345678901234567890,"c":1e400,"é":-0,"z":{}}"#),
        (processor: "base", schema: false, output: "a\u{7}text\u{1F469}\u{200D}\u{1F680}\\n"),
    ])
    func `JSON in a pipe is the API's answer to the byte`(
        _ example: (processor: String, schema: Bool, output: String)
    ) async throws {
        let session = try Session(try await RunningSandbox())
        var words = ["task", "run", "-p", example.processor, "--json", "x"]
        words += ["--metadata", "sandbox_output=\(example.output)"]
        if example.schema {
            words += [
                "--output-schema",
                #"{"type":"object","properties":{"b":{"type":"number"}},"required":["b"],"additionalProperties":false}"#,
            ]
        }
        let result = try await session.run(words)
        #expect(result.exit == .code(0))
        #expect(result.output.count { $0 == "\n" } == 1)
        if example.schema { #expect(result.output.contains(#""content":\#(example.output),"#)) }

        let curl = try await session.shell(
            #"curl -sS -H "x-api-key: $PARALLEL_API_KEY" "$PARALLEL_BASE_URL/v1/tasks/runs/\#(result.runID)/result""#)
        #expect(curl.exit == .code(0))
        #expect(result.outputBytes == curl.outputBytes + [0x0A])
    }

    @Test func `fields that nobody knows yet come through in their order`() async throws {
        let output = #"{"type":"text","new":[1.10,{"z":1,"a":null}],"content":"x","basis":[],"content_":0}"#
        let server = try ScriptedAPI { request in
            request.isCreation
                ? .ok(ScriptedAPI.run())
                : .ok(#"{ "zeta" : 1.0 , "run": \#(ScriptedAPI.run("completed")),"output":\#(output)}"#)
        }
        let result = try await Session(server).run("task", "run", "x", "--json")
        #expect(result.exit == .code(0))
        #expect(
            result.output == #"{"zeta":1.0,"run":\#(ScriptedAPI.run("completed")),"output":\#(output)}"# + "\n")
    }

    @Test(arguments: [
        #"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#,
        #"""
        {"type":"json","json_schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],
         "additionalProperties":false}}
        """#,
    ])
    func `a bare schema and the API's form of it ask for the same`(_ schema: String) async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        try session.home.write(schema, to: "schema.json")
        for source in [schema, "@schema.json"] {
            let result = try await session.run("task", "run", "x", "--no-wait", "--output-schema", source)
            #expect(result.exit == .code(0))
        }
        let expected: JSONValue = [
            "type": "json",
            "json_schema": [
                "type": "object", "properties": ["a": ["type": "string"]], "required": ["a"],
                "additionalProperties": false,
            ],
        ]
        #expect(sandbox.creations.map { $0.body["task_spec"]?["output_schema"] } == [expected, expected])
    }

    @Test func `the question comes from a file, from stdin, or as JSON`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        try session.home.write("\u{FEFF}two\nlines\n", to: "question.txt")
        _ = try await session.run("task", "run", "--no-wait", "@question.txt")
        _ = try await session.run("task", "run", "--no-wait", "-", input: .text("größer?\r\n"))
        _ = try await session.run("task", "run", "--no-wait", "--input-json", "-", input: .text(#"{"b":1.10,"a":[]}"#))
        #expect(
            sandbox.creations.map(\.body["input"]) == ["two\nlines", "größer?", ["b": try .parse("1.10"), "a": []]])
    }

    struct BadInput: Sendable {
        var words: [String] = []
        var input = ChildProcess.Input.closed
        /// What the message has to name.
        let named: String
    }

    @Test(arguments: [
        BadInput(named: "missing INPUT"),
        BadInput(words: ["-"], named: "the input is empty"),
        BadInput(words: ["-"], input: .text(" \n\t\n"), named: "the input is empty"),
        BadInput(words: [""], named: "the input is empty"),
        BadInput(words: ["-"], input: .bytes([0x61, 0x62, 0xFF]), named: "not valid UTF-8 (byte 3)"),
        BadInput(words: ["@missing.txt"], named: "missing.txt: no such file"),
        BadInput(words: ["@."], named: "directory"),
        BadInput(words: ["-"], input: .text(String(repeating: "x", count: 200_000)), named: "25000"),
        BadInput(words: ["--input-json", "{"], named: "--input-json"),
        BadInput(words: ["--input-json", "[1]"], named: "array"),
        BadInput(words: ["x", "--field", "a:date=b"], named: "string, number, integer, boolean, string[]"),
        BadInput(words: ["x", "--field", "a=b", "--output-auto"], named: "exclude each other"),
        BadInput(words: ["x", "y"], named: "'y'"),
        BadInput(words: ["x", "--metadata", "a_key_of_17_chars=1"], named: "16"),
        BadInput(words: ["x", "--timeout", "soon"], named: "'soon'"),
        BadInput(words: ["x", "--mcp", "nobody"], named: "nobody"),
        BadInput(words: ["x", "--procesor", "core"], named: "--processor"),
        BadInput(words: ["x", "--output-schema", #"{"type":"array"}"#], named: "object"),
    ])
    func `bad input is reported in one line, exits 2 and sends nothing`(_ bad: BadInput) async throws {
        let sandbox = try await RunningSandbox()
        let result = try await Session(sandbox).run(["task", "run"] + bad.words, input: bad.input)
        #expect(result.exit == .code(2))
        #expect(result.output == "")
        #expect(result.error.hasPrefix("error: "))
        #expect(result.error.contains(bad.named), "\(result)")
        #expect(sandbox.requests.isEmpty)
    }

    @Test func `an argument that is not UTF-8 is refused`() async throws {
        let sandbox = try await RunningSandbox()
        let result = try await Session(sandbox).shell(#"parallel task run "$(printf 'a\377')""#)
        #expect(result.exit == .code(2))
        #expect(result.error == "error: argument 3 is not valid UTF-8\n  see: parallel help\n")
        #expect(sandbox.requests.isEmpty)
    }

    @Test func `without waiting, stdout is the run id alone, and its result comes later`() async throws {
        let session = try Session(try await RunningSandbox(delay: "0.3"))
        let script = """
            id=$(parallel task run --no-wait -q 'x' --metadata sandbox_output=later) && parallel task result "$id"
            """
        let result = try await session.shell(script)
        #expect(result.exit == .code(0))
        #expect(result.output == "later\n")
        #expect(result.error == "")

        let json = try await session.run("task", "run", "--no-wait", "--json", "x")
        let run = try JSONValue.parse(json.outputBytes)
        #expect(run["run_id"]?.string == json.runID)
    }

    @Test(arguments: [
        ["task", "run", "x", "--quiet"], ["task", "run", "x", "-q", "--basis"], ["search", "x", "--quiet"],
    ])
    func `quiet leaves stderr empty`(_ words: [String]) async throws {
        let result = try await Session(try await RunningSandbox()).run(words)
        #expect(result.exit == .code(0))
        #expect(!result.output.isEmpty)
        #expect(result.error == "")
    }

    @Test func `verbose shows requests, answers and retries but never the key`() async throws {
        let session = try Session(try await RunningSandbox())
        let result = try await session.run(
            "task", "run", "x", "--verbose", "--metadata", "sandbox_polls=500", "--metadata", "sandbox_output=y")
        #expect(result.exit == .code(0))
        #expect(result.output == "y\n")
        #expect(result.error.contains("> POST \(session.environment["PARALLEL_BASE_URL"] ?? "")/v1/tasks/runs\n"))
        #expect(result.error.contains("> x-api-key: "))
        #expect(result.error.contains("< 202 in "))
        #expect(result.error.contains("< 500 in "))
        #expect(result.error.contains("trying again in"))
        #expect(!result.error.contains(Session.key))
    }
}
