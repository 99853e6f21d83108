import ParallelHTTP
import ParallelJSON
import ParallelTerminal
import TestSupport

/// Exchanges with the API that commands are tested with.
enum Answer {
    static func path(_ id: String = "r1") -> String { "/v1/tasks/runs/\(id)" }

    static func created(_ id: String = "r1", more: String = "") -> ScriptedTransport.Exchange {
        .init(
            .post, "/v1/tasks/runs", status: 202,
            body: #"{"run_id":"\#(id)","status":"queued","is_active":true,"processor":"core"\#(more)}"#)
    }

    static func run(_ id: String = "r1", status: String, more: String = "") -> ScriptedTransport.Exchange {
        .init(.get, path(id), body: runDocument(id, status: status, more: more))
    }

    static func runDocument(_ id: String = "r1", status: String, more: String = "") -> String {
        #"{"run_id":"\#(id)","status":"\#(status)","processor":"core"\#(more)}"#
    }

    static func result(_ id: String = "r1", output: String = text, run: String = "") -> ScriptedTransport.Exchange {
        .init(.get, path(id) + "/result", body: resultDocument(id, output: output, run: run))
    }

    /// What the API answers to a request for the input of a run; `question` is JSON.
    static func input(_ question: String, of id: String = "r1") -> ScriptedTransport.Exchange {
        .init(.get, path(id) + "/input", body: #"{"input":\#(question),"processor":"core"}"#)
    }

    static func resultDocument(_ id: String = "r1", output: String = text, run: String = "") -> String {
        #"{"run":\#(runDocument(id, status: "completed", more: run)),"output":\#(output)}"#
    }

    static func failure(_ id: String = "r1", _ below: String = "", status: Int) -> ScriptedTransport.Exchange {
        .init(.get, path(id) + below, status: status, body: fault("status \(status)"))
    }

    static func fault(_ message: String) -> String {
        #"{"type":"error","error":{"ref_id":"ref-1","message":"\#(message)","detail":null}}"#
    }

    /// A run that failed: its result is a 404, its status has the reason.
    static func failed(_ id: String = "r1") -> [ScriptedTransport.Exchange] {
        [
            failure(id, "/result", status: 404),
            run(id, status: "failed", more: #","error":{"ref_id":"ref-2","message":"no way","detail":{"n":1}}"#),
        ]
    }

    static let text = #"{"type":"text","content":"42"}"#

    /// JSON with a basis for a field, for an element and for what is around it.
    static let structured =
        #"{"type":"json","content":{"company":"OpenAI","people":[{"name":"Sam"},{"name":"Greg"}]},"basis":["#
        + #"{"field":"company","reasoning":"About page.","confidence":"high","citations":["#
        + #"{"title":"About","url":"https://openai.com/about","excerpts":["Based in San Francisco."]},"#
        + #"{"url":"https://openai.com/","excerpts":[]}]},"#
        + #"{"field":"people","reasoning":"Both are listed.","confidence":"","citations":[]},"#
        + #"{"field":"people.0","confidence":"low","citations":[{"url":"https://x.example/a","excerpts":["Sam."]}]}]}"#

    static let called =
        #"{"type":"text","content":"Seen.","mcp_tool_calls":["#
        + #"{"server_name":"crm","tool_name":"find","arguments":"{\"q\":1}","content":"{\"rows\":[1,2,3,4,5,6,7,8]}","#
        + #""error":""},"#
        + #"{"server_name":"web","tool_name":"search","arguments":"{}","content":null,"error":"500 from the server"}]}"#

    /// The tool calls of `called` as Markdown.
    static let calledMarkdown = """
        ## MCP tool calls (2)

        1. **crm › find**

           Arguments:

           ```json
           {"q":1}
           ```

           Response:

           ```
           {"rows":[1,2,3,4,5,6,7,8]}
           ```

        2. **web › search**

           Arguments:

           ```json
           {}
           ```

           Error:

           ```
           500 from the server
           ```

        """
}

extension TerminalInfo {
    /// stdout on a terminal of 60 columns without colour; nobody to ask.
    static let screen = TerminalInfo(stdoutIsTerminal: true, columns: 60, term: "xterm", noColor: true)
    /// stdout on a terminal with colour.
    static let colored = TerminalInfo(stdoutIsTerminal: true, columns: 100, term: "xterm")
    /// A person who can be asked; nothing is animated.
    static let person = TerminalInfo(
        stdinIsTerminal: true, stdoutIsTerminal: true, stderrIsTerminal: true, columns: 60, term: "dumb")
}
