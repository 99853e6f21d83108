import ParallelJSON
import ParallelSystem

/// Reads the body of Parallel's own `/v1/responses`. Whatever is wrong with it is answered with 400.
enum ParallelRequest {
    static let maximumServers = 10
    /// The maximum number of characters of input and instructions together.
    static let maximumInput = 20_000

    private static func refused(_ message: String) -> APIFailure { APIFailure(status: 400, message: message) }

    static func read(
        _ request: Request, _ body: JSONObject, _ conversations: ModelConversations
    ) async throws -> ModelTurn {
        guard body["model"]?.string?.asciiLowercased == "parallel" else {
            throw refused("The Responses API only supports model 'parallel'.")
        }
        if body["background"]?.bool == true { throw refused("background is not supported.") }
        if let old = body["additional_data_providers"], !old.isNull {
            throw refused("additional_data_providers is no longer supported; use data_sources.")
        }
        var check = RequestCheck()
        checkSettings(of: body, &check)
        try throwIfAny(check)
        var turn = ModelTurn(
            id: "resp_" + Identifier.uuid(), model: "parallel", prompt: try prompt(of: body),
            inputLength: request.body.count, isStreamed: body["stream"]?.bool ?? false, body: body)
        turn.schema = body["text"]?["format"]?["schema"]?.object
        let tools = body["tools"]?.array ?? []
        let servers = tools.filter { $0["type"] == "mcp" }
        guard servers.count <= maximumServers else {
            throw refused(
                "Number of MCP servers provided (\(servers.count)) exceeds the maximum allowed limit of \(maximumServers)."
            )
        }
        let searches = tools.filter(isSearch)
        guard searches.count <= 1 else { throw refused("tools may contain at most one web_search tool.") }
        if let search = searches.first?.object {
            turn.citable = checkFilters(of: search, &check)
            turn.isSearchNamed = true
        }
        turn.servers = try servers.map(server)
        turn.connectors = DataConnectors.read(
            of: body, at: [], servers: turn.servers.map(\.entry.name), &check)
        if body["reasoning"]?["effort"] == "low", !turn.connectors.isEmpty {
            check.report(["data_sources"], "Data sources need the effort medium or high", "value_error")
        }
        try throwIfAny(check)
        if let id = body["previous_response_id"]?.string, await conversations.entry(id) == nil {
            throw refused("previous_response_id '\(id)' was not found.")
        }
        return turn
    }

    /// Throws what was found as one sentence.
    private static func throwIfAny(_ check: RequestCheck) throws(APIFailure) {
        let lines = check.errors.map { error in
            let place = (error["loc"]?.array ?? []).map { $0.string ?? $0.serialized() }
            return "\(place.joined(separator: ".")): \(error["msg"]?.string ?? "")"
        }
        if !lines.isEmpty { throw refused("Request validation error. \(lines.joined(separator: "; "))") }
        if let names = check.unavailableSources {
            throw refused(APIFailure.unavailableSources(names, available: DataConnectors.available).message)
        }
    }

    static func isSearch(_ tool: JSONValue) -> Bool {
        ["web_search", "web_search_2025_08_26"].contains(tool["type"]?.string ?? "")
    }

    // MARK: - Settings

    /// Checks the members beside input and tools. Those that the API ignores are not looked at.
    private static func checkSettings(of body: JSONObject, _ check: inout RequestCheck) {
        let efforts = RequestCheck.choice(["low", "medium", "high"])
        for name in ["instructions", "previous_response_id"] {
            _ = check.member(name, of: body, at: [], as: RequestCheck.string())
        }
        for name in ["stream", "background"] { _ = check.member(name, of: body, at: [], as: RequestCheck.bool) }
        if let reasoning = check.member("reasoning", of: body, at: [], as: RequestCheck.object) {
            _ = check.member("effort", of: reasoning, at: ["reasoning"], as: efforts)
        }
        if let text = check.member("text", of: body, at: [], as: RequestCheck.object) {
            _ = check.member("verbosity", of: text, at: ["text"], as: efforts)
            let place: FieldPath = ["text", "format"]
            let format = check.member("format", of: text, at: ["text"], as: RequestCheck.object) ?? ["type": "text"]
            let type = check.member(
                "type", of: format, at: place, required: true,
                as: RequestCheck.choice(["text", "json_schema", "json_object"]))
            if type == "json_schema" {
                _ = check.member("name", of: format, at: place, required: true, as: RequestCheck.string(from: 1))
                _ = check.member("schema", of: format, at: place, required: true, as: RequestCheck.object)
            }
        }
        if let metadata = check.member("metadata", of: body, at: [], as: RequestCheck.object) {
            if metadata.count > 16 {
                check.report(["metadata"], "Dictionary should have at most 16 items", "too_long")
            }
            for member in metadata {
                let place: FieldPath = ["metadata", .string(member.key)]
                if member.key.hasMoreScalars(than: 64) {
                    check.report(place, "Keys should have at most 64 characters", "string_too_long")
                }
                _ = RequestCheck.string(upTo: 512)(&check, member.value, place)
            }
        }
        _ = check.member("tools", of: body, at: [], as: RequestCheck.list(RequestCheck.object))
    }

    // MARK: - Input

    private static func prompt(of body: JSONObject) throws -> String {
        guard let input = body["input"] else { throw refused("Request validation error. input: Field required") }
        guard input.string != nil || input.array != nil else {
            throw refused("Request validation error. input: Input should be a valid string or list")
        }
        for message in input.array ?? [] { try checkMessage(message) }
        if input.array?.isEmpty == false, input.array?.contains(where: { $0["role"] == "user" }) == false {
            throw refused("input must have at least one user message.")
        }
        let prompt = input.string ?? OpenAIForm.lastWords(of: input.array ?? [])
        guard !prompt.isEmpty else { throw refused("input must not be empty.") }
        let length = (input.string ?? input.serialized()) + (body["instructions"]?.string ?? "")
        guard !length.hasMoreScalars(than: maximumInput) else {
            throw refused("input and instructions must not have more than \(maximumInput) characters together.")
        }
        return prompt
    }

    private static func checkMessage(_ message: JSONValue) throws {
        guard ["user", "assistant", "system", "developer"].contains(message["role"]?.string ?? "") else {
            throw refused("Request validation error. input: the role should be user, assistant, system or developer")
        }
        guard message["content"]?.string == nil else { return }
        guard let parts = message["content"]?.array else {
            throw refused("Request validation error. input: content should be a valid string or list")
        }
        for part in parts {
            let type = part["type"] ?? .null
            let isText = type.isNull || ["input_text", "output_text", "text"].contains(type.string ?? "")
            guard isText, part["text"]?.string != nil else { throw refused("Only text input is supported.") }
        }
    }

    // MARK: - Tools

    /// Checks the filters of a search and returns the first domain that may be cited; nil if all may.
    private static func checkFilters(of search: JSONObject, _ check: inout RequestCheck) -> SourcePolicy.Entry? {
        guard let filters = check.member("filters", of: search, at: ["tools"], as: RequestCheck.object) else {
            return nil
        }
        let place: FieldPath = ["tools", "filters"]
        check.refuseOthers(in: filters, at: place, known: ["allowed_domains", "blocked_domains"])
        let domains = RequestCheck.list(SourcePolicy.domain)
        let allowed = check.member("allowed_domains", of: filters, at: place, as: domains) ?? []
        let blocked = check.member("blocked_domains", of: filters, at: place, as: domains) ?? []
        if allowed.count + blocked.count > SourcePolicy.maximumDomains {
            check.report(
                place, "allowed_domains and blocked_domains should have at most \(SourcePolicy.maximumDomains) items",
                "too_long")
        }
        for entry in allowed where blocked.contains(where: { $0.domain == entry.domain && $0.path == entry.path }) {
            check.report(place, "'\(entry.text)' is both allowed and blocked", "value_error")
        }
        return allowed.first
    }

    private static func server(_ tool: JSONValue) throws -> ModelServer {
        func invalid(_ reason: String) -> APIFailure { refused("Request validation error. tools: \(reason)") }
        let label = tool["server_label"]?.string ?? ""
        guard label.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw invalid("server_label must not be blank")
        }
        guard let url = tool["server_url"]?.string else { throw invalid("server_url is required") }
        guard tool["require_approval"] == "never" else { throw invalid("require_approval must be 'never'") }
        for name in ["connector_id", "tunnel_id", "defer_loading"] where tool[name].map({ !$0.isNull }) ?? false {
            throw invalid("\(name) is not supported")
        }
        let headers = tool["headers"] ?? .null
        guard headers.isNull || headers.object.map({ $0.allSatisfy { $0.value.string != nil } }) == true else {
            throw invalid("headers must be an object of strings")
        }
        let authorization = tool["authorization"] ?? .null
        guard authorization.isNull || authorization.string != nil else {
            throw invalid("authorization must be a string")
        }
        var server = try ModelServer(name: label, url: url, tool) { invalid($0) }
        switch tool["allowed_tools"] {
        case nil, .null: break
        case .array(let names)?:
            guard !names.isEmpty else {
                throw refused("MCP server configuration requires either null or a non-empty list of allowed tools.")
            }
            guard names.allSatisfy({ $0.string != nil }) else { throw invalid("allowed_tools must be a list of names") }
            server.allow(only: names.compactMap(\.string))
        default: throw invalid("allowed_tools must be a list of names")
        }
        return server
    }
}
