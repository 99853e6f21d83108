import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `parallel mcp serve` in the hands of a client that starts programs, in front of the sandbox.
@Suite(.limited) struct ServeTests {
    /// A client that calls tools of the server, one after the other.
    private final class Client: Sendable {
        let process: ChildProcess
        private let lastID = Lock(0)

        init(_ session: Session, _ words: String...) throws {
            process = try ChildProcess.start(
                Program.parallel, ["mcp", "serve"] + words, environment: session.environment,
                directory: session.home.path)
        }

        /// What the server has written so far.
        var messages: [JSONValue] {
            process.output.split(separator: "\n").compactMap { try? JSONValue.parse(String($0)) }
        }

        /// Calls a tool, asking for progress, and returns its text and whether it failed.
        func call(_ tool: String, _ arguments: JSONValue) async throws -> (text: String, isFailure: Bool) {
            let id = lastID.withLock { id in
                id += 1
                return id
            }
            let params: JSONValue = [
                "name": .string(tool), "arguments": arguments, "_meta": ["progressToken": .number(JSONNumber(id))],
            ]
            let request: JSONValue = [
                "jsonrpc": "2.0", "id": .number(JSONNumber(id)), "method": "tools/call", "params": params,
            ]
            process.write(request.serialized() + "\n")
            var answer: JSONValue?
            try await poll("the answer to \(tool)", state: { self.process.output + self.process.error }) {
                answer = messages.first { $0["id"]?.int == id }
                return answer != nil
            }
            let result = answer?["result"]
            return (result?["content"]?.array?.first?["text"]?.string ?? "", result?["isError"]?.bool ?? true)
        }

        func end() async throws -> ChildProcess.Result {
            process.closeInput()
            return try await process.wait()
        }
    }

    @Test func `a signal ends it with 0 and without a word, and a wrong server is an error at the start`() async throws
    {
        let session = try Session("http://127.0.0.1:1")
        let client = try Client(session)
        client.process.write(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"# + "\n")
        try await client.process.waitUntil(outputContains: "result")
        client.process.send(signal: SIGINT)
        let result = try await client.process.wait()
        #expect(result.exit == .code(0) && result.error == "", "\(result)")
        let wrong = try await session.run("mcp", "serve", "--mcp", "parallel-serch")
        #expect(wrong.exit == .code(2), "\(wrong)")
        #expect(wrong.error.contains("no MCP server is named 'parallel-serch'"), "\(wrong)")
    }

    @Test func `research waits for its answer and reports what happens meanwhile`() async throws {
        let sandbox = try await RunningSandbox()
        let client = try Client(try Session(sandbox))
        let answer = try await client.call(
            "research",
            ["question": "Who leads Acme?", "fields": ["ceo": "Name of the CEO", "staff:int": "Number of people"]])
        #expect(!answer.isFailure, "\(answer)")
        #expect(answer.text.contains("ceo"))
        #expect(answer.text.contains("## Sources"))
        #expect(answer.text.contains("run: trun_"))
        let report = try await client.call("research", ["question": "Write about Acme"])
        #expect(report.text.split(separator: "\n").count { $0 == "## Sources" } == 1, "\(report)")
        let progress = client.messages.filter { $0["method"]?.string == "notifications/progress" }
        #expect(progress.contains { $0["params"]?["message"]?.string?.contains("created (processor base") == true })
        let result = try await client.end()
        #expect(result.exit == .code(0))
        #expect(sandbox.creations.count == 2)
        #expect(
            sandbox.creations[0].body["task_spec"]?["output_schema"]?["json_schema"]?["properties"]?["staff"]?["type"]
                == "integer")
        #expect(!result.output.contains(Session.key) && !result.error.contains(Session.key))
    }

    @Test func `a run that takes longer than a call may wait is collected later`() async throws {
        let sandbox = try await RunningSandbox(delay: "3")
        let client = try Client(try Session(sandbox), "--max-wait", "1s")
        let first = try await client.call("research", ["question": "Who leads Acme?"])
        #expect(!first.isFailure)
        #expect(first.text.contains("is still under way; call collect with this id"))
        let id = ChildProcess.Result.runID(in: first.text)
        let status = try await client.call("status", [:])
        #expect(status.text.contains(id))
        var text = ""
        try await poll("the result") {
            text = try await client.call("collect", ["id": .string(id)]).text
            return !text.contains("still under way")
        }
        #expect(text.contains("run: \(id)"))
        #expect(sandbox.creations.count == 1)
        _ = try await client.end()
    }

    @Test func `nothing is run above what the person allows`() async throws {
        let sandbox = try await RunningSandbox()
        let client = try Client(try Session(sandbox), "--max-cost", "0.03")
        let dear = try await client.call("research", ["question": "Why?", "processor": "pro"])
        #expect(dear.isFailure)
        #expect(dear.text.contains("would cost about $0.10, and $0.03 is left of the $0.03"), "\(dear)")
        let unknown = try await client.call("research", ["question": "Why?", "processor": "huge"])
        #expect(unknown.isFailure && unknown.text.contains("the price is not known"))
        #expect(sandbox.creations.isEmpty)
        for _ in 1...3 { #expect(try await !client.call("research", ["question": "Why?"]).isFailure) }
        #expect(try await client.call("research", ["question": "Why?"]).isFailure)
        #expect(sandbox.creations.count == 3)
        _ = try await client.end()
    }

    @Test func `a question is text, even if it looks like a file or a flag`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        try session.home.write("secret of a file", to: "secret.txt")
        let client = try Client(session)
        for question in ["@secret.txt", "-", "--help", "@\(session.home.file("secret.txt"))"] {
            _ = try await client.call("research", ["question": .string(question)])
            #expect(sandbox.creations.last?.body["input"]?.string == question)
        }
        _ = try await client.end()
    }

    @Test func `a file is enriched without its rows in the conversation`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let rows = (1...300).map { "company \($0),Berlin\n" }.joined()
        try session.home.write("company,city\n" + rows, to: "companies.csv")
        let client = try Client(session, "--root", ".", "--max-cost", "10")
        let arguments: JSONValue = ["path": "companies.csv", "fields": ["ceo": "Name of the CEO"]]
        let estimate = try await client.call("enrich_file", arguments)
        #expect(!estimate.isFailure, "\(estimate)")
        #expect(estimate.text.contains("300 rows on base: about $3.00"))
        #expect(estimate.text.contains("companies.enriched.csv"))
        #expect(sandbox.addedRows.isEmpty)

        var confirmed = arguments.object ?? [:]
        confirmed["confirm"] = true
        let done = try await client.call("enrich_file", .object(confirmed))
        #expect(!done.isFailure, "\(done)")
        #expect(done.text.contains("300 rows done, about $3.00 (group tgrp_"), "\(done)")
        // What a person could type is nothing for a model.
        let again = try await client.call("enrich_file", .object(confirmed))
        #expect(!again.isFailure && again.text.contains("this batch is done: 300 rows"), "\(again)")
        #expect(!again.text.contains("--"), "\(again)")
        let written = Disk.text(session.home.file("companies.enriched.csv")) ?? ""
        #expect(written.split(separator: "\n").count == 301)
        #expect(written.hasPrefix("company,city,ceo"))
        #expect((1...300).allSatisfy { written.contains("\ncompany \($0),Berlin,") })
        let result = try await client.end()
        #expect(!result.output.contains("company 17"), "rows stay out of what the client reads")
        // About 2,000 tokens, at three characters each.
        #expect(result.output.utf8.count < 6_000)
    }

    @Test func `a batch goes on between calls, and collect waits for it`() async throws {
        let sandbox = try await RunningSandbox(delay: "3")
        let session = try Session(sandbox)
        try session.home.write("company\nAcme\nBeta\n", to: "in.csv")
        let client = try Client(session, "--root", session.home.path, "--max-wait", "1s")
        let begun = try await client.call(
            "enrich_file", ["path": "in.csv", "output": "out.csv", "fields": ["ceo": "CEO"], "confirm": true])
        #expect(!begun.isFailure, "\(begun)")
        let id = try #require(begun.text.firstMatch(of: /tgrp_[0-9a-f]+/).map { String($0.output) }, "\(begun)")
        try await poll("the result") {
            try await !client.call("collect", ["id": .string(id)]).text.contains("still under way")
        }
        #expect(Disk.text(session.home.file("out.csv"))?.hasPrefix("company,ceo") == true)
        #expect(sandbox.addedRows.count == 2)
        _ = try await client.end()
    }

    @Test func `files outside of the folder are out of reach, by whatever way`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        _ = try await session.shell(
            "mkdir data other && printf 'a\\nb\\n' > other/in.csv && printf 'a\\nb\\n' > data/in.csv"
                + " && cp data/in.csv data/linked.csv && ln -s ../other/new.csv data/linked.enriched.csv"
                + " && ln -s ../other data/link && ln -s ../other/new.csv data/out.csv && ln -s /etc data/etc")
        let client = try Client(session, "--root", "data")
        let fields: JSONValue = ["x": "y"]
        let outside: [JSONObject] = [
            ["path": "../other/in.csv"], ["path": "link/in.csv"], ["path": .string(session.home.file("other/in.csv"))],
            ["path": "etc/passwd"], ["path": "/etc/passwd"], ["path": "in.csv", "output": "../other/out.csv"],
            ["path": "in.csv", "output": "out.csv"], ["path": "in.csv", "output": "link/out.csv"],
            ["path": "in.csv/.."], ["path": ".."], ["path": ""], ["path": "in.csv\0"], ["path": "linked.csv"],
        ]
        for var arguments in outside {
            arguments["fields"] = fields
            arguments["confirm"] = true
            let answer = try await client.call("enrich_file", .object(arguments))
            #expect(answer.isFailure, "\(arguments): \(answer)")
            #expect(answer.text.contains("is not below"), "\(arguments): \(answer)")
        }
        let missing = try await client.call("enrich_file", ["path": "none.csv", "fields": fields])
        #expect(missing.isFailure && missing.text.contains("there is no file none.csv"))
        #expect(sandbox.addedRows.isEmpty)
        #expect(Disk.text(session.home.file("other/new.csv")) == nil)
        _ = try await client.end()
    }

    @Test func `what is no ordinary file is no output`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        _ = try await session.shell("printf 'a\nb\n' > in.csv; mkfifo pipe.csv")
        let client = try Client(session, "--root", ".")
        for output in ["pipe.csv", ".hidden.csv"] {
            let answer = try await client.call(
                "enrich_file",
                ["path": "in.csv", "output": .string(output), "fields": ["x": "y"], "confirm": true])
            #expect(answer.isFailure && answer.text.contains("can't be the output"), "\(answer)")
        }
        #expect(sandbox.addedRows.isEmpty)
        _ = try await client.end()
    }

    @Test func `a batch whose call was cancelled is known, and the same call waits for it`() async throws {
        let sandbox = try await RunningSandbox(delay: "2")
        let session = try Session(sandbox)
        try session.home.write("company\nAcme\n", to: "in.csv")
        let client = try Client(session, "--root", ".")
        let arguments = #"{"path":"in.csv","fields":{"ceo":"CEO"},"confirm":true}"#
        client.process.write(
            #"{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"enrich_file","arguments":\#(arguments)}}"#
                + "\n")
        try await poll("the rows") { !sandbox.addedRows.isEmpty }
        client.process.write(
            #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"x"}}"# + "\n")
        try await poll("the group") { try await client.call("status", [:]).text.contains("tgrp_") }
        let again = try await client.call("enrich_file", try JSONValue.parse(arguments))
        #expect(!again.isFailure && again.text.contains("written to"), "\(again)")
        #expect(sandbox.addedRows.count == 1)
        _ = try await client.end()
    }

    @Test func `a run whose result nobody got is named when the server ends`() async throws {
        let sandbox = try await RunningSandbox(delay: "600")
        let client = try Client(try Session(sandbox))
        client.process.write(
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"research","arguments":{"question":"Why?"}}}"#
                + "\n")
        try await poll("the run") { !sandbox.creations.isEmpty }
        let result = try await client.end()
        #expect(result.exit == .code(0))
        #expect(result.error.contains("task result trun_"), "\(result)")
    }

    @Test func `a run whose call is cancelled while it is created is known`() async throws {
        let faults = #"{"faults": [{"path": "/v1/tasks/runs", "action": "slow", "seconds": 2}]}"#
        let sandbox = try await RunningSandbox(delay: "600", faults: faults)
        let client = try Client(try Session(sandbox))
        client.process.write(
            #"{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"research","arguments":{"question":"Why?"}}}"#
                + "\n")
        try await poll("the run") { !sandbox.creations.isEmpty }
        client.process.write(
            #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"x"}}"# + "\n")
        try await poll("its id") { try await client.call("status", [:]).text.contains("trun_") }
        let result = try await client.end()
        #expect(result.error.contains("task result trun_"), "\(result)")
    }

    @Test(arguments: [#""action": "lose""#, #""status": 500"#])
    func `the model learns that a run may exist, which counts as paid for`(fault: String) async throws {
        let sandbox = try await RunningSandbox(faults: #"{"faults": [{"path": "/v1/tasks/runs", \#(fault)}]}"#)
        let client = try Client(try Session(sandbox), "--max-cost", "0.01")
        let first = try await client.call("research", ["question": "Why?"])
        #expect(first.isFailure && first.text.contains("a run may exist all the same"), "\(first)")
        let second = try await client.call("research", ["question": "Why?"])
        #expect(second.isFailure && second.text.contains("is left of the $0.01"), "\(second)")
        _ = try await client.end()
    }

    @Test func `a run that a refusal names is known, and counts as paid for`() async throws {
        let server = try RawServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.respond(
                422, headers: [("content-type", "application/json")],
                body: #"{"type":"error","error":{"message":"no"},"run_id":"trun_0123456789abcdef"}"#)
        }
        let client = try Client(try Session(server.baseURL), "--max-cost", "0.01")
        let first = try await client.call("research", ["question": "Why?"])
        #expect(first.isFailure && first.text.contains("run trun_0123456789abcdef exists all the same"), "\(first)")
        #expect(try await client.call("research", ["question": "Why?"]).text.contains("is left of the $0.01"))
        let result = try await client.end()
        #expect(result.error.contains("task result trun_0123456789abcdef"), "\(result)")
    }

    @Test func `two enrichments don't write to one file`() async throws {
        let sandbox = try await RunningSandbox(delay: "600")
        let session = try Session(sandbox)
        try session.home.write("company\nAcme\n", to: "in.csv")
        let client = try Client(session, "--root", ".", "--max-wait", "1s")
        let first = try await client.call("enrich_file", ["path": "in.csv", "fields": ["ceo": "CEO"], "confirm": true])
        #expect(!first.isFailure && first.text.contains("still under way"), "\(first)")
        let other = try await client.call(
            "enrich_file", ["path": "in.csv", "fields": ["staff": "Number of people"], "confirm": true])
        #expect(
            other.isFailure && other.text.contains("another enrichment is writing 'in.enriched.csv'"), "\(other)")
        #expect(sandbox.addedRows.count == 1)
        _ = try await client.end()
    }

    @Test func `a file that has grown since names what can be done`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        try session.home.write("company\nAcme\n", to: "in.csv")
        let client = try Client(session, "--root", ".")
        let arguments: JSONValue = ["path": "in.csv", "fields": ["ceo": "CEO"], "confirm": true]
        #expect(try await !client.call("enrich_file", arguments).isFailure)
        try session.home.write("company\nAcme\nBeta\n", to: "in.csv")
        let grown = try await client.call("enrich_file", arguments)
        #expect(grown.isFailure && grown.text.contains("now there are 2"), "\(grown)")
        #expect(grown.text.contains("name another output") && !grown.text.contains("--"), "\(grown)")
        #expect(sandbox.addedRows.count == 1)
        _ = try await client.end()
    }

    @Test func `what was refused costs nothing`() async throws {
        let sandbox = try await RunningSandbox(faults: #"{"faults": [{"path": "/v1/tasks/runs", "status": 401}]}"#)
        let client = try Client(try Session(sandbox), "--max-cost", "0.01")
        for _ in 1...3 {
            let answer = try await client.call("research", ["question": "Why?"])
            #expect(answer.isFailure && !answer.text.contains("is left of"), "\(answer)")
        }
        _ = try await client.end()
    }

    @Test func `without a folder there is no tool for files`() async throws {
        let session = try Session("http://127.0.0.1:9")
        let client = try Client(session)
        client.process.write(#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"# + "\n")
        try await client.process.waitUntil(outputContains: "\n")
        let names = client.messages.first?["result"]?["tools"]?.array?.compactMap { $0["name"]?.string }
        #expect(names == ["research", "search", "extract", "status", "collect"])
        #expect(try await client.end().exit == .code(0))
    }

    @Test func `the tools take few words to describe`() async throws {
        let session = try Session("http://127.0.0.1:9")
        let client = try Client(session, "--root", ".")
        client.process.write(#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"# + "\n")
        try await client.process.waitUntil(outputContains: "\n")
        let tools = client.messages.first?["result"]?["tools"]?.serialized() ?? ""
        #expect(tools.contains("enrich_file"))
        // Six hundred tokens at a cautious four bytes each.
        #expect(tools.utf8.count <= 2_400)
        _ = try await client.end()
    }
}
