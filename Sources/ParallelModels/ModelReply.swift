package import ParallelAPI
package import ParallelJSON
import ParallelSystem

/// The answer of a model, whichever provider it came from: the whole document, or what its events have brought so far.
///
/// Items are told apart by their type alone, never by their place: providers put calls before the text, after it, and
/// in between. Unknown items and events are kept and passed over.
package struct ModelReply: Sendable {
    /// Part of a streamed answer, for a person who waits.
    package enum News: Sendable {
        case text(String)
        case call(server: String, tool: String)
        /// What the web is searched for, or the page that is read.
        case search(String)
    }

    /// How an answer has ended.
    package enum Ending: Sendable, Equatable {
        case completed
        /// The model has stopped in the middle, to go on in a further turn.
        case paused
        /// The answer is not whole: `reason` is a word of the provider.
        case incomplete(reason: String)
        case failed(message: String)
    }

    /// A call that a person has to allow.
    package struct Approval: Sendable {
        package let id: String
        package let server: String
        package let tool: String
        /// The arguments as a string of JSON.
        package let arguments: String
    }

    private var head: JSONObject
    private var parts: [Int: JSONValue] = [:]
    /// The member of the document that has the items: `output`, `content` or `steps`.
    private var itemsKey: String
    /// JSON of arguments that comes in pieces, by the index of the item.
    private var pieces: [Int: String] = [:]
    private var lastText: Int?
    /// Whether the event has come that ends every stream.
    package private(set) var isOver: Bool

    private static let itemsKeys = ["output", "content", "steps"]

    /// Starts an answer that comes in events.
    package init() {
        head = [:]
        itemsKey = Self.itemsKeys[0]
        isOver = false
    }

    /// Takes an answer that came whole; nil if it is none.
    package init?(_ document: JSONValue) {
        guard let object = document.object, let key = Self.itemsKeys.first(where: { object[$0]?.array != nil }) else {
            return nil
        }
        head = object
        itemsKey = key
        isOver = true
    }

    /// The provider's document; of an answer in events, what they amount to.
    package var document: JSONValue {
        var object = head
        if !parts.isEmpty { object[itemsKey] = .array(items) }
        return .object(object)
    }

    package var id: String? { head["id"]?.string }

    package var items: [JSONValue] {
        if !parts.isEmpty { return parts.sorted { $0.key < $1.key }.map(\.value) }
        return head[itemsKey]?.array ?? []
    }

    // MARK: - Events

    /// Adds an event. Returns what it brings to read, if anything.
    package mutating func add(_ event: JSONValue) -> News? {
        let index = (event["output_index"] ?? event["index"])?.int ?? 0
        switch event["type"]?.string ?? event["event_type"]?.string {
        case "response.created", "response.in_progress": begin(event["response"], "output")
        case "message_start": begin(event["message"], "content")
        case "interaction.created": begin(event["interaction"], "steps")
        case "response.output_item.added":
            parts[index] = event["item"]
            let action = event["item"]?["action"]
            return (action?["url"] ?? action?["query"])?.string.map(News.search)
        case "content_block_start":
            parts[index] = event["content_block"]
            return text(event["content_block"]?["text"]?.string, at: index)
        case "step.start": parts[index] = event["step"]
        case "response.output_text.delta", "response.refusal.delta": return text(event["delta"]?.string, at: index)
        case "content_block_delta", "step.delta": return add(delta: event["delta"]?.object ?? [:], at: index)
        case "response.output_item.done":
            parts[index] = event["item"]
            return newCall(at: index)
        case "content_block_stop", "step.stop":
            if let text = pieces.removeValue(forKey: index), let input = try? JSONValue.parse(text) {
                set("input", input, at: index)
            }
            return newCall(at: index)
        case "message_delta":
            merge(event["delta"])
            for member in event["usage"]?.object ?? [:] { set(usage: member) }
        case "response.completed", "response.failed", "response.incomplete", "response.cancelled":
            // The whole response comes once more; an empty list in it doesn't take back what has come.
            if event["response"]?["output"]?.array?.isEmpty == false { parts = [:] }
            end(event["response"], as: event["type"])
        case "interaction.completed", "interaction.cancelled":
            end(event["interaction"], as: event["type"] ?? event["event_type"])
        case "message_stop": isOver = true
        case "error":
            isOver = true
            let error = event["error"] ?? event
            head["error"] = error
            head["status"] = "failed"
        default: break
        }
        return nil
    }

    private mutating func begin(_ document: JSONValue?, _ key: String) {
        itemsKey = key
        merge(document)
    }

    /// Takes the last event. Its name says how the answer has ended, also where its document doesn't.
    private mutating func end(_ document: JSONValue?, as type: JSONValue?) {
        isOver = true
        merge(document)
        guard document?["status"] == nil else { return }
        head["status"] = type?.string?.parts(between: ".").last.map { .string(String($0)) }
    }

    private mutating func merge(_ other: JSONValue?) {
        for member in other?.object ?? [:] { head[member.key] = member.value }
    }

    private mutating func set(_ key: String, _ value: JSONValue, at index: Int) {
        guard var part = parts[index]?.object else { return }
        part[key] = value
        parts[index] = .object(part)
    }

    private mutating func set(usage member: JSONObject.Member) {
        var usage = head["usage"]?.object ?? [:]
        usage[member.key] = member.value
        head["usage"] = .object(usage)
    }

    private mutating func add(delta: JSONObject, at index: Int) -> News? {
        switch delta["type"]?.string {
        case "text_delta", "text":
            let new = delta["text"]?.string ?? ""
            if itemsKey == "steps" {
                let old = parts[index]?["content"]?[0]?["text"]?.string ?? ""
                set("content", [["type": "text", "text": .string(old + new)]], at: index)
            } else {
                set("text", .string((parts[index]?["text"]?.string ?? "") + new), at: index)
            }
            return text(new, at: index)
        case "input_json_delta": pieces[index, default: ""] += delta["partial_json"]?.string ?? ""
        case "citations_delta":
            let known = parts[index]?["citations"]?.array ?? []
            set("citations", .array(known + [delta["citation"] ?? .null]), at: index)
        case "thinking_delta":
            let known = parts[index]?["thinking"]?.string ?? ""
            set("thinking", .string(known + (delta["thinking"]?.string ?? "")), at: index)
        default: for member in delta where member.key != "type" { set(member.key, member.value, at: index) }
        }
        return nil
    }

    /// Returns new text; text of another item begins a new paragraph.
    private mutating func text(_ text: String?, at index: Int) -> News? {
        guard let text, !text.isEmpty else { return nil }
        defer { lastText = index }
        guard let last = lastText, isParagraph(index, after: last) else { return .text(text) }
        return .text("\n\n" + text)
    }

    /// Whether the text of one item stands apart from that of an earlier one. Anthropic cuts a text into neighbouring
    /// blocks where it cites something.
    private func isParagraph(_ index: Int, after last: Int) -> Bool {
        index != last && (itemsKey != "content" || index > last + 1)
    }

    private func newCall(at index: Int) -> News? {
        guard let item = parts[index], let call = call(item, itemsOf: Array(parts.values)) else { return nil }
        return .call(server: call.server, tool: call.tool)
    }

    // MARK: - What it says

    /// The text of the answer, a paragraph for each item.
    package var text: String {
        var text = ""
        var last: Int?
        for (index, item) in items.enumerated() {
            guard let new = Self.text(of: item), !new.isEmpty else { continue }
            if let last, isParagraph(index, after: last) { text += "\n\n" }
            text += new
            last = index
        }
        return text
    }

    private static func text(of item: JSONValue) -> String? {
        switch item["type"]?.string {
        case "message", "model_output":
            (item["content"]?.array ?? []).compactMap { $0["text"]?.string ?? $0["refusal"]?.string }.joined()
        case "text": item["text"]?.string
        default: nil
        }
    }

    /// The pages that the text cites, in their order; empty where it cites none.
    package var basis: [FieldBasis] {
        let parts = items.flatMap { $0["content"]?.array ?? [] }
        let cited = parts.flatMap { $0["annotations"]?.array ?? [] }.compactMap { annotation in
            annotation["url"]?.string.map { FieldBasis.Citation(url: $0, title: annotation["title"]?.string) }
        }
        return cited.isEmpty ? [] : [FieldBasis(field: "output", citations: cited)]
    }

    /// The calls of tools that have ended, in their order.
    package var calls: [ToolCall] { items.compactMap { call($0, itemsOf: items) } }

    /// Returns the call that an item is, or whose result it is; nil for any other item, and for a call whose result is
    /// an item of its own.
    private func call(_ item: JSONValue, itemsOf items: [JSONValue]) -> ToolCall? {
        func named(_ id: JSONValue?) -> JSONValue? {
            guard let id else { return Optional.none }
            return items.first { $0["id"] == id }
        }
        switch item["type"]?.string {
        case "mcp_call":
            let error = Self.text(ofErrorIn: item)
            let isFailed = item["status"] == "failed"
            return ToolCall(
                server: item["server_label"]?.string, tool: item["name"]?.string,
                arguments: item["arguments"]?.string,
                outcome: error.map(ToolCall.Outcome.error)
                    ?? (isFailed ? .error("it failed") : .content(Self.content(item["output"]))))
        case "mcp_tool_result":
            let use = named(item["tool_use_id"])
            let text = Self.content(item["content"])
            return ToolCall(
                server: use?["server_name"]?.string, tool: use?["name"]?.string,
                arguments: use?["input"]?.serialized(),
                outcome: item["is_error"] == true ? .error(text) : .content(text))
        case "mcp_server_tool_result":
            let call = named(item["call_id"])
            let failure = item["result"]?["error"] ?? item["error"]
            return ToolCall(
                server: (item["server_name"] ?? call?["server_name"])?.string,
                tool: (item["name"] ?? call?["name"])?.string, arguments: call?["arguments"]?.serialized(),
                outcome: failure.map { .error(Self.text(ofError: $0)) }
                    ?? (item["is_error"] == true
                        ? .error(Self.content(item["result"])) : .content(Self.content(item["result"]))))
        default: return nil
        }
    }

    /// Returns text, or the text of content blocks; any other value as JSON.
    private static func content(_ value: JSONValue?) -> String {
        guard let value, !value.isNull else { return "" }
        if let text = value.string { return text }
        let texts = (value.array ?? []).compactMap { $0["text"]?.string }
        return texts.isEmpty ? value.serialized() : texts.joined(separator: "\n")
    }

    /// Returns the text of an error: a string, a message with a code (of which 0 means that no answer came), or the
    /// content of the tool's answer.
    private static func text(ofError error: JSONValue) -> String {
        if let content = error["content"] { return Self.content(content) }
        guard let message = error["message"]?.string else { return error.string ?? error.serialized() }
        let code = error["code"]?.int.flatMap { $0 == 0 ? nil : " (\($0))" } ?? ""
        return message + code
    }

    /// Returns the text of the member `error`; nil if there is none.
    private static func text(ofErrorIn item: JSONValue) -> String? {
        guard let error = item["error"], !error.isNull else { return nil }
        return text(ofError: error)
    }

    /// Servers whose tools could not be listed, and why.
    package var unlistedServers: [(server: String, reason: String)] {
        items.compactMap { item in
            guard item["type"] == "mcp_list_tools", let reason = Self.text(ofErrorIn: item) else { return nil }
            return (item["server_label"]?.string ?? "?", reason)
        }
    }

    package var approvals: [Approval] {
        items.compactMap { item in
            guard item["type"] == "mcp_approval_request", let id = item["id"]?.string else { return nil }
            return Approval(
                id: id, server: item["server_label"]?.string ?? "?", tool: item["name"]?.string ?? "?",
                arguments: item["arguments"]?.string ?? "")
        }
    }

    /// The numbers of tokens that were read and written.
    package var usage: (input: Int, output: Int)? {
        guard let usage = head["usage"],
            let input = (usage["input_tokens"] ?? usage["total_input_tokens"])?.int,
            let output = (usage["output_tokens"] ?? usage["total_output_tokens"])?.int
        else { return nil }
        return (input, output)
    }

    /// The words for an answer that is cut, or that the provider has not finished.
    private static let unfinished = [
        "incomplete", "max_tokens", "model_context_window_exceeded", "queued", "in_progress", "requires_action",
    ]

    package var ending: Ending {
        switch (head["status"] ?? head["stop_reason"])?.string {
        case "failed"?, "cancelled"?, "refusal"?:
            let error = Self.text(ofErrorIn: .object(head))
            let word = (head["status"] ?? head["stop_reason"])?.string ?? ""
            return .failed(message: error ?? (word == "refusal" ? "the model has refused to answer" : word))
        case "pause_turn"?: return .paused
        case let reason? where Self.unfinished.contains(reason):
            return .incomplete(reason: head["incomplete_details"]?["reason"]?.string ?? reason)
        default: return .completed
        }
    }
}
