import ParallelJSON

/// What a request asks of the stand-in for a model, in a form that all providers share.
struct ModelTurn: Sendable {
    /// The id of the answer: `resp_…`, `msg_…` or `int_…`.
    var id: String
    var model: String
    /// The user's last words.
    var prompt = ""
    /// The number of characters of everything that was sent, from which tokens are counted.
    var inputLength = 0
    var servers: [ModelServer] = []
    /// Calls of an earlier answer that a person has allowed or refused.
    var decisions: [(call: ModelCall, isAllowed: Bool)] = []
    /// The answer goes on where a `pause_turn` ended.
    var continuesPause = false
    var isStreamed = false
    /// The request, for what an answer repeats of it.
    var body: JSONObject = [:]
    /// How this provider's own form of the request changes the answer, such as the beta of a header.
    var form = ""
    let createdAt = WallClock.seconds()
    /// The JSON Schema of the answer; nil for text.
    var schema: JSONObject?
    /// The data connectors that the model uses beside its servers.
    var connectors: [String] = []
    /// Whether the request names the web search, so that the answer tells of searches.
    var isSearchNamed = false
    /// The domain that the answer cites; nil for the sandbox's own.
    var citable: SourcePolicy.Entry?
}

/// An MCP server that a model may use.
struct ModelServer: Sendable {
    var entry = MCPServerEntry()
    /// Whether the model may use the tool of this name.
    var allows: @Sendable (String) -> Bool = { _ in true }
    /// Whether a person has to allow calls of this tool, given as in `tools/list`.
    var needsApproval: @Sendable (JSONValue) -> Bool = { _ in false }
    /// Definitions that came with the request; the server is not asked for its tools then.
    var pinnedTools: [JSONValue]?
    /// Whether an earlier answer has listed the tools, so that this one doesn't.
    var isListed = false

    /// Reads a list of names as the tools that are allowed; nil allows all.
    mutating func allow(only names: [String]?) {
        guard let names else { return }
        allows = { names.contains($0) }
    }
}

/// A call of a tool by a model.
struct ModelCall: Sendable {
    enum Outcome: Sendable {
        case text(String)
        /// The server answered that the tool failed; the value is the content of its answer.
        case toolError(JSONValue)
        /// The server answered with a JSON-RPC error.
        case protocolError(code: Int, message: String)
        /// No answer (`code` 0), or an HTTP status that is an error.
        case httpError(code: Int, message: String)
    }

    var id = Identifier.make("")
    let server: String
    let tool: String
    let arguments: JSONValue
    /// The id of the request for approval that came before.
    var approvalID: String?
    var outcome = Outcome.text("")

    var failure: String? {
        switch outcome {
        case .text: nil
        case .toolError(let content): content.string ?? MCPCaller.text(of: ["content": content])
        case .protocolError(_, let message), .httpError(_, let message): message
        }
    }
}

/// A part of a model's answer.
enum ModelItem: Sendable {
    /// The tools of a server, or why there are none. Each is as in `tools/list`.
    case listing(server: String, tools: [JSONValue], error: String?)
    case call(ModelCall)
    /// A call that waits until a person allows it; it ends the answer.
    case approval(ModelCall)
    case text(String)
}

/// A model's answer, before a provider gives it a form.
struct ModelAnswer: Sendable {
    enum Ending: Sendable { case completed, paused, failed, incomplete }

    var items: [ModelItem] = []
    var ending = Ending.completed

    var text: String {
        items.compactMap { if case .text(let text) = $0 { text } else { nil } }.joined(separator: "\n\n")
    }

    /// Tokens, counted as if each had four characters.
    func usage(of turn: ModelTurn) -> (input: Int, output: Int) {
        (turn.inputLength / 4 + 1, text.unicodeScalars.count / 4 + 1)
    }
}
