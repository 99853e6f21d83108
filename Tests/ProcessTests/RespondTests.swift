import ParallelJSON
import TestSupport
import Testing

/// `respond` against the sandbox, which really uses the servers named.
@Suite(.limited) struct RespondTests {
    @Test func `an answer is streamed into a pipe, and the conversation goes on`() async throws {
        let session = try Session(try await RunningSandbox())
        let run = try await session.run("respond", "--mcp", "parallel-search", "Who founded Intel?")
        #expect(run.exit == .code(0) && run.error.hasPrefix("response resp_"), "\(run)")
        #expect(run.output.hasPrefix("Sandbox answer to: Who founded Intel?\n"))
        #expect(run.output.contains("1. parallel-search › web_search\n"))
        let next = try await session.run("respond", "--continue", "--json", "And AMD?")
        let document = try JSONValue.parse(next.output)
        #expect(document["previous_response_id"]?.string?.hasPrefix("resp_") == true, "\(next)")
        #expect(document["status"] == "completed")
    }

    @Test func `data sources and fields work together, in one process with jq`() async throws {
        let session = try Session(try await RunningSandbox())
        let run = try await session.run(
            "respond", "--data-source", "pubmed", "--include-domain", "who.int", "--field", "year:int=The year", "UN")
        #expect(run.exit == .code(0), "\(run)")
        #expect(try JSONValue.parse(run.output)["year"]?.int != nil)
        #expect(run.error.contains("tool_call: Called tool search of pubmed."))
    }

    @Test func `the curl command is understood by the endpoint`() async throws {
        let session = try Session(try await RunningSandbox())
        let command = try await session.run(
            "respond", "--mcp", "parallel-search", "--exclude-domain", "a.com", "--no-stream", "--curl", "It's ${HOME}?"
        )
        #expect(command.exit == .code(0) && !command.output.contains("do-not-show"), "\(command)")
        let answer = try await session.shell(command.output)
        #expect(answer.output.contains("Sandbox answer to: It's ${HOME}?"), "\(answer)")
    }

    @Test func `Ctrl-C names the response, which may cost all the same`() async throws {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write(head + "data: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_7\"}}\n\n")
            connection.waitForClose()
        }
        defer { server.stop() }
        let session = try Session("http://127.0.0.1:\(server.port)")
        let process = try session.start("respond", "Hm?")
        try await process.waitUntil(errorContains: "response resp_7\n")
        process.send(signal: 2)
        let result = try await process.wait()
        #expect(
            result.exit == .code(130) && result.error.contains("the answer resp_7 may cost all the same"), "\(result)")
    }

    @Test func `a reader at a terminal gets the sources below the answer`() async throws {
        let session = try Session(try await RunningSandbox())
        let terminal = try session.terminal("respond", "Who founded Intel?")
        #expect(try await terminal.wait() == .code(0))
        #expect(terminal.output.contains("Sandbox source 1"), "\(terminal.output)")
    }
}
