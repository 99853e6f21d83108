import ParallelJSON
import ParallelOutput
import ParallelTerminal
import TestSupport
import Testing

@testable import ParallelCLI

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What `mcp call` shows of a tool's answer, and where it puts it.
@Suite(.timeLimit(.minutes(10))) struct ToolResultViewTests {
    /// What came of showing one result.
    struct Shown: Equatable {
        var output = ""
        var errors = ""
        var code = ExitCode.success
    }

    private func show(
        _ result: String, tool: String = "find", format: OutputFormat? = nil, file: String? = nil, raw: Bool = false,
        force: Bool = false, quiet: Bool = false, terminal: TerminalInfo = TerminalInfo(),
        in directory: TemporaryDirectory? = nil
    ) throws -> Shown {
        let streams = Streams.captured()
        let context = Context.test(
            ScriptedTransport([]), streams: streams, terminal: terminal, directory: directory?.path ?? "/nowhere")
        var options = OutputOptions()
        options.takesAnyFileName = true
        options.format = format
        options.file = file
        options.takesRawData = raw
        options.replacesFile = force
        options.isQuiet = quiet
        let result = try JSONValue.parse(result)
        var code = ExitCode.success
        do {
            let output = try Output(options, context)
            try ToolResultView(output: output, tool: tool).write(result)
            try output.finish()
        } catch {
            code = Run.report(error, context)
        }
        return Shown(output: streams.capturedOutput, errors: streams.capturedError, code: code)
    }

    // MARK: - Text

    struct Row: CustomTestStringConvertible {
        let result: String
        let output: String
        var testDescription: String { result }
        var shown: Shown { Shown(output: output, errors: output.isEmpty ? "the answer is empty\n" : "") }

        init(_ content: String, _ rest: String = "", as output: String) {
            result = #"{"content":[\#(content)]\#(rest)}"#
            self.output = output
        }
    }

    @Test(arguments: [
        Row(#"{"type":"text","text":"hello"}"#, as: "hello\n"),
        Row(
            #"{"type":"text","text":"a\n"},{"type":"text","text":""},{"type":"text","text":"b\u001b[31m"}"#,
            as: "a\nb␛[31m\n"),
        Row(#"{"type":"resource_link","name":"Report","uri":"file:///r.pdf"}"#, as: "Report  file:///r.pdf\n"),
        Row(#"{"type":"resource_link","uri":"file:///r.pdf"}"#, as: "file:///r.pdf\n"),
        Row(#"{"type":"resource","resource":{"uri":"x:1","text":"inside"}}"#, as: "inside\n"),
        Row(#"{"type":"hologram","data":1.10}"#, as: #"{"type":"hologram","data":1.10}"# + "\n"),
        Row(
            #"{"type":"text"},7,"word",{"type":"resource"},{"type":"resource","resource":{}},{"type":"resource_link"}"#,
            as: """
                {"type":"text"}
                7
                word
                {"type":"resource"}
                {"type":"resource","resource":{}}
                {"type":"resource_link"}

                """),
        Row("", as: ""),
    ])
    func `every kind of content is shown`(row: Row) throws {
        #expect(try show(row.result) == row.shown)
    }

    @Test(arguments: [
        // Nothing but structured content, or text that says something else.
        Row("", #","structuredContent":{"a":1}"#, as: #"{"a":1}"# + "\n"),
        Row("", #","structuredContent":null"#, as: ""), Row("", #","structuredContent":[1, 2]"#, as: "[1,2]\n"),
        Row(#"{"type":"text","text":"one result"}"#, #","structuredContent":{"a":1}"#, as: "one result\n{\"a\":1}\n"),
        Row(
            #"{"type":"text","text":"{}"},{"type":"text","text":"{\"a\":1}"}"#, #","structuredContent":{"a":1}"#,
            as: "{}\n{\"a\":1}\n{\"a\":1}\n"),
        // The text repeats it.
        Row(
            #"{"type":"text","text":"{ \"b\": 2, \"a\": 1.0 }"}"#, #","structuredContent":{"a":1,"b":2}"#,
            as: #"{"a":1,"b":2}"# + "\n"),
        Row(
            #"{"type":"text","text":"{\"a\":1}"},{"type":"resource_link","name":"n","uri":"u"}"#,
            #","structuredContent":{"a":1}"#, as: "n  u\n{\"a\":1}\n"),
        Row(#"{"type":"text","text":"7"}"#, #","structuredContent":7"#, as: "7\n"),
        // FastMCP puts what is no object into one.
        Row(#"{"type":"text","text":"us/5"}"#, #","structuredContent":{"result":"us/5"}"#, as: "us/5\n"),
        Row(#"{"type":"text","text":"7"}"#, #","structuredContent":{"result":7.0}"#, as: "7\n"),
        Row(
            #"{"type":"text","text":"a"},{"type":"text","text":"2"},{"type":"text","text":"{\"b\": 3}"}"#,
            #","structuredContent":{"result":["a",2,{"b":3}]}"#, as: "a\n2\n{\"b\": 3}\n"),
        Row(#"{"type":"text","text":"[1, 2]"}"#, #","structuredContent":{"result":[1,2]}"#, as: "[1, 2]\n"),
        Row(
            #"{"type":"text","text":"a"}"#, #","structuredContent":{"result":[{"text":"a","type":"text"}]}"#, as: "a\n"),
        Row("", #","structuredContent":{"result":[]}"#, as: ""),
        Row("", #","structuredContent":{"result":null}"#, as: "{\"result\":null}\n"),
        Row(
            #"{"type":"text","text":"{\"result\":\"x\"}"}"#, #","structuredContent":{"result":"x"}"#,
            as: #"{"result":"x"}"# + "\n"),
        Row(#"{"type":"text","text":"a"}"#, #","structuredContent":{"result":"b"}"#, as: "a\n{\"result\":\"b\"}\n"),
        Row(
            #"{"type":"text","text":"a"}"#, #","structuredContent":{"result":["a","b"]}"#,
            as: "a\n{\"result\":[\"a\",\"b\"]}\n"),
        Row(
            #"{"type":"text","text":"a"}"#, #","structuredContent":{"result":"a","more":1}"#,
            as: "a\n{\"result\":\"a\",\"more\":1}\n"),
    ])
    func `structured content is shown unless the text repeats it`(row: Row) throws {
        #expect(try show(row.result) == row.shown)
    }

    @Test(arguments: [
        ("{}", "{}", "the answer has no content"),
        (#"{"content":null}"#, #"{"content":null}"#, "the answer has no content"),
        (#"{"toolResult":{"a":1}}"#, #"{"toolResult":{"a":1}}"#, "the answer has no content"),
        (#"{"type":"text","text":"hi"}"#, "hi", "the answer has no content"),
        (#"{"content":"text"}"#, "text", "the content of the answer is a string, not a list"),
        (#"{"content":{"type":"text","text":"hi"}}"#, "hi", "the content of the answer is an object, not a list"),
        (#"{"content":{"a":1}}"#, #"{"a":1}"#, "the content of the answer is an object, not a list"),
        (#"{"content":7}"#, "7", "the content of the answer is a number, not a list"),
    ])
    func `content of another shape is shown as well as it can be, with a warning`(
        result: String, output: String, warning: String
    ) throws {
        #expect(try show(result) == Shown(output: output + "\n", errors: "warning: \(warning)\n"))
        let json = try show(result, format: .json)
        #expect(json == Shown(output: result + "\n"))
    }

    @Test func `structured content is enough without a word about other content`() throws {
        for content in ["", #""content":null,"#] {
            #expect(try show("{\(content)\"structuredContent\":{\"a\":1}}") == Shown(output: "{\"a\":1}\n"))
        }
    }

    @Test func `an error whose content has another shape keeps its words`() throws {
        for content in [#""no such city""#, #"["no such city"]"#, #"{"type":"text","text":"no such city"}"#] {
            let shown = try show(#"{"content":\#(content),"isError":"true"}"#)
            #expect(shown.code == .runFailed && shown.output.isEmpty)
            #expect(shown.errors.hasSuffix("error: the tool 'find' reported an error: no such city\n"))
        }
    }

    @Test(arguments: [
        ("true", true), (#""true""#, true), (#""True""#, true), ("1", true), (#""yes""#, true), ("[]", true),
        ("false", false), (#""false""#, false), (#"" False ""#, false), ("0", false), ("null", false), (#""""#, false),
    ])
    func `an isError of any type is a failure unless it says no`(flag: String, isFailure: Bool) throws {
        let shown = try show(#"{"content":[{"type":"text","text":"hi"}],"isError":\#(flag)}"#)
        #expect(shown.code == (isFailure ? .runFailed : .success) && shown.output == (isFailure ? "" : "hi\n"))
    }

    @Test(arguments: [
        #"{"uri":"case://a","text":""}"#, #"{"uri":"case://a","blob":""}"#,
        #"{"uri":"case://a","mimeType":"text/plain","text":""}"#,
    ])
    func `an empty resource shows its URI, and leaves a file empty`(resource: String) throws {
        let result = #"{"content":[{"type":"resource","resource":\#(resource)}]}"#
        #expect(try show(result) == Shown(output: "case://a\n"))
        let directory = try TemporaryDirectory()
        let shown = try show(result, file: "out.txt", in: directory)
        #expect(shown == Shown(errors: "the resource case://a is empty\n"))
        #expect(Disk.text(directory.file("out.txt")) == "")
    }

    @Test(arguments: [
        #"{"type":"image","data":"data:image/png;base64,AQID"}"#,
        #"{"type":"image","mimeType":"image/png","data":"DATA:;base64,AQ%49D"}"#,
        #"{"type":"audio","mimeType":"image/png","data":"data:audio/wav,%01%02%03"}"#,
        #"{"type":"resource","resource":{"uri":"x:1","blob":"data:image/png;charset=x;base64,AQID"}}"#,
        #"{"type":"resource","resource":{"uri":"data:image/png;base64,AQID"}}"#,
        #"{"type":"resource_link","name":"n","uri":"data:image/png;base64,AQID"}"#,
    ])
    func `a data URL is decoded`(block: String) throws {
        let directory = try TemporaryDirectory()
        #expect(try show(#"{"content":[\#(block)]}"#, file: "out.png", in: directory).code == .success)
        #expect(Disk.bytes(directory.file("out.png")) == [1, 2, 3])
    }

    @Test func `a data URL of text is shown, and one that is not Base64 told`() throws {
        for uri in ["data:text/plain;base64,aGk=", "data:,hi", "data:text/plain,h%69"] {
            let result = #"{"content":[{"type":"resource_link","uri":"\#(uri)"}]}"#
            #expect(try show(result) == Shown(output: "hi\n"))
        }
        let broken = try show(#"{"content":[{"type":"image","data":"data:image/png;base64,?"}]}"#)
        #expect(
            broken
                == Shown(output: #"{"type":"image","data":"data:image/png;base64,?"}"# + "\n", errors: Self.undecoded))
    }

    @Test func `a terminal gets JSON laid out and text made harmless`() throws {
        let result = #"{"content":[{"type":"text","text":"a\u001b[31m"}],"structuredContent":{"a":"\u001b"}}"#
        #expect(
            try show(result, terminal: .screen).output == """
                a␛[31m
                {
                  "a": "\\u001b"
                }

                """)
    }

    @Test(arguments: [OutputFormat.json, .jsonl])
    func `JSON is the whole result`(format: OutputFormat) throws {
        let result = #"{"content":[{"type":"image","data":"!","x":1.10}],"structuredContent":{},"_meta":{"a":[]}}"#
        #expect(try show(result, format: format) == Shown(output: result + "\n"))
        let directory = try TemporaryDirectory()
        #expect(try show(result, format: format, file: "out", in: directory) == Shown())
        #expect(Disk.text(directory.file("out")) == result + "\n")
    }

    // MARK: - Data

    static let image = #"{"type":"image","data":"iVBORw==","mimeType":"image/png"}"#
    static let audio = #"{"type":"audio","data":"AAEC\nAwQ","mimeType":"audio/wav"}"#
    static let blob = #"{"type":"resource","resource":{"uri":"file:///../../etc/x","blob":"AP8=","mimeType":"a/b"}}"#
    static let text = #"{"type":"text","text":"a cat"}"#

    @Test func `data is not for a terminal or a pipe`() throws {
        let large = #"{"type":"image","data":"\#(String(repeating: "AAAA", count: 4100))"}"#
        let odd = #"{"type":"audio","data":"AAAA","mimeType":"audio/\u001b[1m"}"#
        let result = #"{"content":[\#(Self.image),\#(Self.text),\#(Self.blob),\#(large),\#(odd)]}"#
        for terminal in [TerminalInfo(), .screen] {
            #expect(
                try show(result, terminal: terminal)
                    == Shown(
                        output: "a cat\n",
                        errors: """
                            image (image/png, 4 bytes) not shown; save it with -o FILE
                            resource (a/b, 2 bytes) not shown; save it with -o FILE
                            image (12 kB) not shown; save it with -o FILE
                            audio (audio/␛[1m, 3 bytes) not shown; save it with -o FILE

                            """))
        }
        #expect(try show(result, quiet: true) == Shown(output: "a cat\n"))
    }

    @Test func `nothing but data, and no place for it, is no success`() throws {
        let errors = """
            error: nothing can be shown of the answer: image (image/png, 4 bytes), audio (3 bytes)
              save it with -o FILE

            """
        let result = #"{"content":[\#(Self.image),{"type":"audio","data":"AAAA"}]}"#
        for quiet in [false, true] {
            #expect(try show(result, quiet: quiet) == Shown(errors: errors, code: .partial))
        }
        #expect(try show(result, raw: true, terminal: .screen) == Shown(errors: errors, code: .partial))
    }

    @Test func `a dash takes data as it is into a pipe, and leaves the text out of it`() throws {
        let streams = Streams.captured()
        let context = Context.test(ScriptedTransport([]), streams: streams, directory: "/nowhere")
        var options = OutputOptions()
        options.takesAnyFileName = true
        options.takesRawData = true
        let result = try JSONValue.parse(
            #"{"content":[\#(Self.text),\#(Self.image),\#(Self.audio)],"structuredContent":{"a":1}}"#)
        try ToolResultView(output: Output(options, context), tool: "find").write(result)
        #expect(streams.capturedOutputBytes == [0x89, 0x50, 0x4E, 0x47])
        #expect(
            streams.capturedError == """
                audio (audio/wav, 5 bytes) not written; -o FILE saves them all
                a cat
                {"a":1}

                """)
        // Text without data goes there as ever, and a terminal is spared the data.
        #expect(try show(#"{"content":[\#(Self.text)]}"#, raw: true) == Shown(output: "a cat\n"))
        let shown = try show(#"{"content":[\#(Self.text),\#(Self.image)]}"#, raw: true, terminal: .screen)
        #expect(shown.output == "a cat\n" && shown.errors.hasPrefix("image (image/png, 4 bytes) not shown"))
    }

    @Test func `a call gives its data to a dash, or keeps it in a private file`() async throws {
        let server = ScriptedMCPServer.legacy { call in
            let image: JSONValue = ["type": "image", "data": "aGk=", "mimeType": "image/png"]
            return call.method == "tools/call" ? call.result(["content": [image]]) : nil
        }
        let raw = await MCPRun.call(server, "-o", "-")
        #expect(raw.code == .success && raw.output == "hi" && raw.errors == "")
        let kept = try TemporaryDirectory()
        for flags in [[], ["-q"]] {
            let none = await MCPRun.run(
                ["call", MCPRun.url, "echo"] + flags, server, environment: ["TMPDIR": kept.path])
            let file = try #require(Disk.names(in: kept.path).first)
            #expect(
                none.errors == "image (image/png, 2 bytes) is in \(kept.file(file))\n"
                    + "error: nothing can be shown of the answer: image (image/png, 2 bytes)\n"
                    + "  with -o FILE, the next call writes it there\n")
            #expect(none.code == .partial && none.output == "" && file.hasSuffix(".png"))
            #expect(Disk.text(kept.file(file)) == "hi" && Disk.mode(kept.file(file)) == 0o600)
            unlink(kept.file(file))
        }
        let lost = await MCPRun.run(["call", MCPRun.url, "echo"], server, environment: ["TMPDIR": "/dev/null"])
        #expect(lost.errors.hasPrefix("image (image/png, 2 bytes) can't be kept in /dev/null/parallel-"))
        // The last one counts.
        let directory = try TemporaryDirectory()
        _ = await MCPRun.run(["call", MCPRun.url, "echo", "-o", "-", "-o", "a"], server, directory: directory.path)
        #expect(Disk.text(directory.file("a")) == "hi")
    }

    @Test func `data beside the text of a call is kept, also where the tool has failed, but not with JSON`()
        async throws
    {
        for (isError, flags) in [(false, []), (true, []), (false, ["--json"])] {
            let server = ScriptedMCPServer.legacy { call in
                guard call.method == "tools/call" else { return nil }
                let content: JSONValue = [
                    ["type": "text", "text": "a cat"], ["type": "image", "data": "aGk="],
                    ["type": "resource", "resource": ["uri": "a:b", "blob": "aG8=", "mimeType": "text/html"]],
                ]
                return call.result(["content": content, "isError": .bool(isError)])
            }
            let kept = try TemporaryDirectory()
            let run = await MCPRun.run(
                ["call", MCPRun.url, "echo"] + flags, server, environment: ["TMPDIR": kept.path])
            #expect(run.code == (isError ? .runFailed : .success))
            let names = Disk.names(in: kept.path)
            #expect(names.allSatisfy { run.errors.contains(" is in \(kept.file($0))\n") }, "\(run.errors)")
            let texts = Set(names.map { Disk.text(kept.file($0)) })
            #expect(texts == (flags.isEmpty ? ["hi", "ho"] : []))
        }
    }

    @Test func `one item is the file, and the text goes on to standard output`() throws {
        let directory = try TemporaryDirectory()
        let result = #"{"content":[\#(Self.text),\#(Self.image)],"structuredContent":{"a":"\u001b"}}"#
        let shown = try show(result, file: "cat.png", terminal: .screen, in: directory)
        #expect(shown == Shown(output: "a cat\n{\n  \"a\": \"\\u001b\"\n}\n"))
        #expect(Disk.bytes(directory.file("cat.png")) == [0x89, 0x50, 0x4E, 0x47])
        #expect(Disk.names(in: directory.path) == ["cat.png"])
    }

    @Test func `a pipe gets the first item as it is`() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        let result = #"{"content":[\#(Self.image),\#(Self.text),\#(Self.audio)]}"#
        let shown = try show(result, file: "/dev/fd/\(ends[1])", terminal: .screen)
        close(ends[1])
        #expect(
            shown == Shown(errors: "audio (audio/wav, 5 bytes) not written; -o FILE saves them all\na cat\n"))
        var bytes = [UInt8](repeating: 0, count: 100)
        #expect(read(ends[0], &bytes, bytes.count) == 4 && bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    }

    @Test func `several items are files with numbers, whatever the server calls them`() throws {
        let directory = try TemporaryDirectory()
        let result = #"{"content":[\#(Self.image),\#(Self.text),\#(Self.audio),\#(Self.blob)]}"#
        #expect(
            try show(result, file: "out.png", in: directory)
                == Shown(
                    output: "a cat\n",
                    errors: """
                        image (image/png, 4 bytes) goes to out.png
                        audio (audio/wav, 5 bytes) goes to out-2.wav
                        resource (a/b, 2 bytes) goes to out-3.png

                        """))
        #expect(Disk.names(in: directory.path) == ["out-2.wav", "out-3.png", "out.png"])
        #expect(Disk.bytes(directory.file("out-2.wav")) == [0, 1, 2, 3, 4])
        #expect(Disk.bytes(directory.file("out-3.png")) == [0, 0xFF])
    }

    @Test func `without data the file gets the text`() throws {
        let directory = try TemporaryDirectory()
        let shown = try show(#"{"content":[\#(Self.text)],"structuredContent":{"a":1}}"#, file: "out", in: directory)
        #expect(shown == Shown())
        #expect(Disk.text(directory.file("out")) == "a cat\n{\"a\":1}\n")
    }

    @Test func `a file that exists stays, and nothing is asked for`() throws {
        let directory = try TemporaryDirectory()
        try directory.write("old", to: "out.png")
        let result = #"{"content":[\#(Self.text),\#(Self.image),\#(Self.image)]}"#
        let shown = try show(result, file: "out.png", in: directory)
        #expect(shown.code == .usage && shown.output.isEmpty)
        #expect(shown.errors.hasPrefix("error: out.png exists\n  --force replaces it\n"))
        #expect(Disk.names(in: directory.path) == ["out.png"] && Disk.text(directory.file("out.png")) == "old")

        try directory.write("old", to: "out-2.png")
        #expect(try show(result, file: "out.png", force: true, in: directory).code == .success)
        #expect(Disk.names(in: directory.path) == ["out-2.png", "out.png"])
        #expect(["out.png", "out-2.png"].allSatisfy { Disk.text(directory.file($0)) != "old" })
    }

    @Test func `data that was paid for takes the next name that is free`() throws {
        let directory = try TemporaryDirectory()
        for name in ["c-2.png", "c-4.wav"] { try directory.write("old", to: name) }
        let result = #"{"content":[\#(Self.text),\#(Self.image),\#(Self.image),\#(Self.audio)]}"#
        #expect(
            try show(result, file: "c.png", in: directory)
                == Shown(
                    output: "a cat\n",
                    errors: """
                        image (image/png, 4 bytes) goes to c.png
                        image (image/png, 4 bytes) goes to c-3.png
                        audio (audio/wav, 5 bytes) goes to c-5.wav

                        """))
        #expect(Disk.names(in: directory.path) == ["c-2.png", "c-3.png", "c-4.wav", "c-5.wav", "c.png"])
        #expect(Disk.text(directory.file("c-2.png")) == "old" && Disk.text(directory.file("c-4.wav")) == "old")
    }

    @Test func `a name that was taken while the tool worked is passed over`() throws {
        let directory = try TemporaryDirectory()
        let streams = Streams.captured()
        let context = Context.test(ScriptedTransport([]), streams: streams, directory: directory.path)
        var options = OutputOptions()
        options.takesAnyFileName = true
        options.file = "c.png"
        let output = try Output(options, context)
        try directory.write("theirs", to: "c.png")
        try ToolResultView(output: output, tool: "find").write(.parse(#"{"content":[\#(Self.image)]}"#))
        try output.finish()
        #expect(Disk.names(in: directory.path) == ["c-2.png", "c.png"])
        #expect(Disk.text(directory.file("c.png")) == "theirs")
        #expect(streams.capturedError == "image (image/png, 4 bytes) goes to c-2.png\n")
    }

    @Test(arguments: [
        ("image/png", "png"), ("IMAGE/JPEG", "jpg"), ("image/gif", "gif"), ("image/webp", "webp"),
        ("image/svg+xml", "svg"), ("audio/wav", "wav"), ("audio/mpeg", "mp3"), ("audio/ogg", "ogg"),
        ("application/pdf", "pdf"), ("application/json ; charset=utf-8", "json"), ("text/plain;charset=utf-8", "txt"),
        ("text/html", "html"), ("text/../../x", nil), ("", nil),
    ])
    func `a known type has its extension`(type: String, fileExtension: String?) {
        #expect(ToolResultContent.Binary(kind: "image", type: type, bytes: []).fileExtension == fileExtension)
    }

    private static let undecoded =
        "warning: data in the answer is missing or not valid Base64, and is shown as it came\n"

    @Test(arguments: [
        #"{"type":"image","data":"iVBO*","mimeType":"image/png"}"#, #"{"type":"audio"}"#,
        #"{"type":"image","data":[137,80,78,71],"mimeType":"image/png"}"#,
        #"{"type":"image","url":"https://img.example/4711.png"}"#,
        #"{"type":"resource","resource":{"blob":7}}"#, #"{"type":"resource","resource":{"uri":"x:y","blob":null}}"#,
        #"{"type":"resource","resource":{"uri":"x:y","mimeType":"text/plain","blob":"plain text, id 4711"}}"#,
        #"{"type":"resource_link","uri":"data:image/png;base64,?"}"#,
    ])
    func `data that can't be read is shown as it came, with a warning, and no failure`(block: String) throws {
        let directory = try TemporaryDirectory()
        let one = #"{"content":[\#(block)]}"#
        #expect(try show(one) == Shown(output: block + "\n", errors: Self.undecoded))
        #expect(try show(one, file: "one", in: directory) == Shown(errors: Self.undecoded))
        #expect(Disk.text(directory.file("one")) == block + "\n")
        #expect(
            try show(#"{"content":[\#(Self.text),\#(Self.image),\#(block)]}"#, file: "out.png", in: directory)
                == Shown(output: "a cat\n\(block)\n", errors: Self.undecoded))
        #expect(Disk.bytes(directory.file("out.png")) == [0x89, 0x50, 0x4E, 0x47])
    }

    @Test(arguments: [
        ("out.png", "out-2.png"), ("out", "out-2"), ("a.b/out", "a.b/out-2"), ("x.tar.gz", "x.tar-2.gz"),
        ("/a/.hidden", "/a/.hidden-2"), ("./.a.b", "./.a-2.b"), ("é.png", "é-2.png"), ("dot.", "dot-2."),
    ])
    func `the number stands in front of the extension`(path: String, second: String) {
        #expect(Output.name(ofFile: 1, beside: path) == path)
        #expect(Output.name(ofFile: 2, beside: path) == second)
        #expect(Output.name(ofFile: 2, beside: "a.b/\(path)", fileExtension: "mp3").hasSuffix("-2.mp3"))
    }

    // MARK: - Errors

    @Test(arguments: [
        (Self.text, "", "a cat\n"),
        (
            #"{"type":"text","text":"\n 1 fault\r\nurls\u001b[0m\n\n\tmissing\n\n"}"#, "",
            " 1 fault\nurls␛[0m\n\n\tmissing\n"
        ),
        (
            "\(Self.text),\(Self.image)", #","structuredContent":{"code":7}"#,
            "a cat\nimage (image/png, 4 bytes)\n{\"code\":7}\n"
        ),
        ("", #","structuredContent":{"code":7}"#, "{\"code\":7}\n"), ("", "", "it did not say which\n"),
    ])
    func `an error of the tool is reported on standard error`(content: String, rest: String, said: String) throws {
        let result = #"{"content":[\#(content)]\#(rest),"isError":true}"#
        let expected = Shown(errors: "error: the tool 'find' reported an error: \(said)", code: .runFailed)
        #expect(try show(result) == expected)
        #expect(try show(result, quiet: true, terminal: .screen) == expected)
        let directory = try TemporaryDirectory()
        #expect(try show(result, file: "out", in: directory) == expected)
        // What it gave besides is kept all the same.
        #expect(Disk.names(in: directory.path) == (content.contains("image/png") ? ["out"] : []))
    }

    @Test func `with JSON it is in the output as well`() throws {
        let result = #"{"content":[\#(Self.text)],"isError":true}"#
        let errors = "error: the tool 'fi␛nd' reported an error: a cat\n"
        #expect(
            try show(result, tool: "fi\u{1B}nd", format: .json)
                == Shown(output: result + "\n", errors: errors, code: .runFailed))
        let directory = try TemporaryDirectory()
        #expect(
            try show(result, tool: "fi\u{1B}nd", format: .json, file: "out", in: directory)
                == Shown(errors: errors, code: .runFailed))
        #expect(Disk.text(directory.file("out")) == result + "\n")
    }

    @Test func `a long error is reported whole`() throws {
        let text = (0..<500).map { "line \($0)" }.joined(separator: "\n")
        let result: JSONValue = ["content": [["type": "text", "text": .string(text)]], "isError": true]
        let shown = try show(result.serialized())
        #expect(shown.errors == "error: the tool 'find' reported an error: \(text)\n")
    }
}
