import ParallelJSON
import ParallelSystem

extension CutText {
    /// The text without secrets, and the number of bytes of the whole.
    fileprivate func json(isForm: Bool = false) -> JSONValue {
        let shown =
            isForm
            ? SecretMask.fields(String(decoding: bytes, as: UTF8.self))
            : String(decoding: SecretMask.json(bytes), as: UTF8.self)
        return [
            "text": .string(shown), "size": .number(JSONNumber(size)), "kept": .number(JSONNumber(bytes.count)),
        ]
    }
}

extension ExchangeRecorder.Exchange {
    /// A line of the list.
    var summary: JSONValue {
        let query = request.queryItems.map { name, value in
            "\(name)=\(SecretMask.isSecret(name, at: request.path) ? SecretMask.mask : value)"
        }.joined(separator: "&")
        let target = query.isEmpty ? request.path : request.path + "?" + query
        return [
            "number": .number(JSONNumber(number)), "version": .number(JSONNumber(version)),
            "time": .number(JSONNumber(time)), "method": .string(request.method),
            "target": .string(String(target.prefix(2000))), "progress": .string(progress.rawValue),
            "status": status.map { .number(JSONNumber($0)) } ?? .null,
            "ms": duration.map { .number(JSONNumber($0.milliseconds)) } ?? .null,
            "fault": faultOrigin.map(JSONValue.string) ?? .null, "reason": reason.map(JSONValue.string) ?? .null,
            "rpc": rpc.map(JSONValue.string) ?? .null,
        ]
    }

    /// What a message to an MCP server asks for: its method, and the name of a tool.
    private var rpc: String? {
        guard request.path.begins(with: "/mcp"), let message = try? JSONValue.parse(body.bytes),
            let method = message["method"]?.string
        else { return nil }
        return String((method + (message["params"]?["name"]?.string.map { " " + $0 } ?? "")).prefix(200))
    }

    /// The exchange with its header fields and bodies.
    var whole: JSONValue {
        let isForm = (request.headers["content-type"] ?? "").begins(with: "application/x-www-form-urlencoded")
        let asked = request.headers.sorted { $0.key < $1.key }
        return [
            "summary": summary, "headers": Self.fields(asked.map { ($0.key, $0.value) }),
            "body": body.json(isForm: isForm), "answer_headers": Self.fields(headers), "answer": answer.json(),
        ]
    }

    private static func fields(_ fields: [(name: String, value: String)]) -> JSONValue {
        .array(fields.map { [.string($0.name), .string(SecretMask.header($0.name, $0.value))] })
    }

    /// Why the request was refused, in the words of the answer; nil if it was not, or the answer has no words.
    private var reason: String? {
        guard let status, status >= 400, let answer = try? JSONValue.parse(answer.bytes) else { return nil }
        let error = answer["error"]
        let message = error?["message"]?.string ?? answer["error_description"]?.string ?? error?.string
        let errors = (error?["detail"]?["errors"] ?? answer["detail"])?.array ?? []
        let places = errors.prefix(20).map { error in
            let place = (error["loc"]?.array ?? []).map { $0.string ?? $0.serialized() }.joined(separator: ".")
            return "\(place): \(error["msg"]?.string ?? "")"
        }
        let lines = (message.map { [$0] } ?? []) + places
        return lines.isEmpty ? nil : String(lines.joined(separator: "\n").prefix(2000))
    }
}

extension WebhookRecorder.Webhook {
    var json: JSONValue {
        let attempts = attempts.map { attempt -> JSONValue in
            [
                "time": .number(JSONNumber(attempt.time)), "ms": .number(JSONNumber(attempt.duration.milliseconds)),
                "status": attempt.status.map { .number(JSONNumber($0)) } ?? .null,
            ]
        }
        return [
            "id": .string(id), "subject": .string(subject), "url": .string(SecretMask.address(url, ofServer: true)),
            "called": .bool(isCalled), "time": .number(JSONNumber(time)), "attempts": .array(attempts),
            "next": next.map { .number(JSONNumber($0)) } ?? .null,
        ]
    }
}

extension RunRecord {
    /// A line of the list.
    var summary: JSONValue {
        let input = request.input.string ?? request.input.serialized()
        return [
            "id": .string(id), "status": .string(status.rawValue), "processor": .string(request.processor.name),
            "input": .string(String(input.prefix(200))), "created": .string(createdAt), "modified": .string(modifiedAt),
            "events": .number(JSONNumber(trace.count)), "tools": .number(JSONNumber(toolCalls.count)),
            "progress": .number(JSONNumber(progress.rounded())),
            "error": error?["message"] ?? .null,
        ]
    }

    /// The run with its request, events, tool calls, warnings and output.
    var whole: JSONValue {
        var output: [UInt8] = []
        if status == .completed { RunAnswer.appendOutput(of: self, to: &output) }
        func cut(_ text: String) -> JSONValue { CutText(Array(text.utf8)).json() }
        let calls = toolCalls.map { call -> JSONValue in
            [
                "server": .string(call.server), "tool": .string(call.tool), "arguments": cut(call.arguments),
                "content": call.content.map(cut) ?? .null, "error": .string(String(call.error.prefix(2000))),
            ]
        }
        return [
            "summary": summary, "group": groupID.map(JSONValue.string) ?? .null,
            "webhook": request.webhookURL.map { .string(SecretMask.address($0, ofServer: true)) } ?? .null,
            "records_events": .bool(request.recordsEvents), "warnings": .array(warnings),
            "request": CutText(request.publicBody.bytes()).json(), "events": .array(trace.map(\.json)),
            "tool_calls": .array(calls), "output": CutText(output).json(),
        ]
    }
}
