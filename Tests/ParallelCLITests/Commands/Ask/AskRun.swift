import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

/// `parallel ask …`, or another command that asks a model, against scripted providers, with keys for all of them and a
/// server `crm` in the registry.
struct AskRun {
    let files: RegistryFixture
    /// The command that is run, which looks at no server.
    var command = "ask"
    var environment = [
        "OPENAI_API_KEY": "sk-openai-4711", "ANTHROPIC_API_KEY": "sk-ant-4712", "GOOGLE_API_KEY": "g-4713",
        "XAI_API_KEY": "xai-4714", "CRM_TOKEN": "crm-token-4715",
    ]

    init(servers: String = crm) throws {
        files = try RegistryFixture(user: #"{"mcpServers":{\#(servers)}}"#)
    }

    func path(_ name: String) -> String { files.home + "/" + name }

    func write(_ text: String, to name: String, mode: UInt16 = 0o600) throws {
        try files.write(text, to: path(name), mode: mode)
    }

    static let crm =
        #""crm":{"type":"http","url":"https://crm.example/mcp?team=7","headers":{"Authorization":"Bearer ${CRM_TOKEN}"}}"#

    func run(
        _ words: [String], _ exchanges: [ScriptedTransport.Exchange] = [], terminal: TerminalInfo = TerminalInfo(),
        answers: [LineEditor.Result] = [], stdin: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            [command, "--no-check"] + words, exchanges, stdin: stdin, terminal: terminal, environment: environment,
            directory: files.home, answers: answers, sourceLocation: sourceLocation)
    }

    /// The path that each provider is asked at.
    static let paths = [
        "openai": "/v1/responses", "anthropic": "/v1/messages", "parallel": "/v1/responses",
        "gemini": "/v1beta/interactions", "xai": "/v1/responses",
    ]

    /// An answer in events, a line of JSON each.
    static func stream(_ path: String, _ events: String...) -> ScriptedTransport.Exchange {
        let body = events.map { "event: x\ndata: \($0)\n\n" }.joined()
        return .init(.post, path, headers: [("content-type", "text/event-stream")], body: body)
    }

    static func whole(_ path: String, _ document: String, status: Int = 200) -> ScriptedTransport.Exchange {
        .init(.post, path, status: status, headers: [("content-type", "application/json")], body: document)
    }

    static let listing =
        #"{"id":"mcpl_1","type":"mcp_list_tools","server_label":"crm","tools":[{"name":"find","input_schema":{}}]}"#
    static let call =
        #"{"id":"mcp_1","type":"mcp_call","server_label":"crm","name":"find","arguments":"{\"name\":\"Acme\"}","#
        + #""output":"renews 2027-03-01","error":null,"status":"completed"}"#

    static func message(_ text: String) -> String {
        #"{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"output_text","text":"\#(text)"}]}"#
    }

    static func response(_ items: String..., more: String = "") -> String {
        #"{"id":"resp_1","object":"response","status":"completed","output":[\#(items.joined(separator: ","))],"#
            + #""usage":{"input_tokens":1200,"output_tokens":20,"total_tokens":1220},"new":1.10\#(more)}"#
    }
}
