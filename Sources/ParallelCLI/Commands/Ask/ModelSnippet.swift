import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelModels
import ParallelSettings
import ParallelSystem

/// A request to a model as a program to run, in Python or TypeScript.
///
/// Texts are string literals that nothing in them can end. Only URLs, headers and tokens of servers may refer to
/// variables; everywhere else `${NAME}` is text.
struct ModelSnippet {
    enum Language: String, CaseIterable { case curl, python, typescript, json }

    let request: ModelRequest
    /// The same request, without the key.
    let http: HTTPRequest
    /// The variable that holds the key.
    let keyVariable: String
    let isPython: Bool
    /// The names of servers that get Parallel's key only where it is set, because they work without one.
    let openServers: [String]

    private var body: JSONObject { request.json(.revealed).object ?? [:] }
    private var comment: String { isPython ? "#" : "//" }

    /// The SDK that is used, and what it has for this request; nil for Gemini, which is asked over plain HTTP: how its
    /// SDK passes the answer on has changed from version to version.
    private var sdk: (package: String, client: String, path: String, method: String, answer: String)? {
        switch request.provider {
        case .openai, .parallel, .xai: ("openai", "OpenAI", "/responses", "responses.create", "response")
        case .anthropic:
            (
                isPython ? "anthropic" : "@anthropic-ai/sdk", "Anthropic", "/v1/messages", "beta.messages.create",
                "message"
            )
        case .gemini: nil
        }
    }

    var text: String {
        func names(ofOpen isOpen: Bool) -> [String] {
            request.servers.filter { openServers.contains($0.name) == isOpen }.flatMap(\.variableReferences).map {
                String($0.dropFirst(2).dropLast())
            }
        }
        let needed = [keyVariable] + names(ofOpen: false)
        let others = names(ofOpen: true).filter { !needed.contains($0) }.map { "\($0) (if set)" }
        var seen: Set<String> = []
        let variables = (needed + others).filter { seen.insert($0).inserted }
        let install = sdk.map { "\(isPython ? "pip" : "npm") install \($0.package)" } ?? "Plain HTTP: needs no package."
        let head =
            "\(comment) \(install)\n\(comment) Reads from the environment: \(variables.joined(separator: ", "))\n"
        let code = sdk.map { call($0.client, $0.path, $0.method, $0.answer) } ?? plain
        guard !isPython else { return "\(head)\(imports)\n\n\(code)\n\(reading)" }
        return "\(head)\(imports)\n\(TypeScriptText.variableFunction)\n\(code)\n\(reading)"
    }

    private var imports: String {
        guard let sdk else { return isPython ? "import json\nimport os\nimport urllib.request" : "export {};\n" }
        return isPython
            ? "import os\n\nfrom \(sdk.package) import \(sdk.client)"
            : "import \(sdk.client) from \"\(sdk.package)\";\n"
    }

    // MARK: - The request

    /// The call by a provider's SDK.
    private func call(_ client: String, _ path: String, _ method: String, _ answer: String) -> String {
        var settings: [(String, String)] = []
        let address = String(http.url.description.dropLast(path.utf8.count))
        // The usual one is that of the SDK, apart from providers that have none of their own.
        if !address.isExactly(request.provider.facts.usualAddress) {
            settings.append((isPython ? "base_url" : "baseURL", literal(address)))
        }
        settings.append((isPython ? "api_key" : "apiKey", variable(keyVariable)))
        settings.append((isPython ? "max_retries" : "maxRetries", "0"))
        // Without it, Anthropic's SDKs refuse a request whose answer can be long, unless it is streamed.
        if request.provider == .anthropic { settings.append(("timeout", isPython ? "600" : "600_000")) }
        var members = body.members.map { ($0.key, expression($0.value, 1, [$0.key])) }
        if let beta = http.headers["anthropic-beta"] { members.append(("betas", "[\(literal(beta))]")) }
        let note = "\(comment) Not sent again after a failure: an answer costs money, and tools can have effects."
        return isPython
            ? """
            \(note)
            client = \(client)(
            \(arguments(settings)))
            \(answer) = client.\(method)(
            \(arguments(members)))

            """
            : """
            \(note)
            const client = new \(client)({
            \(arguments(settings))});
            const \(answer) = await client.\(method)({
            \(arguments(members))});

            """
    }

    private func arguments(_ members: [(String, String)]) -> String {
        members.map { isPython ? "    \($0)=\($1),\n" : "  \($0): \($1),\n" }.joined()
    }

    /// The request without an SDK. The key is not sent on to where a redirect leads.
    private var plain: String {
        let (url, body) = (literal(http.url.description), expression(.object(body), 0, []))
        let key = "\(literal(request.provider.facts.keyField.name)), \(variable(keyVariable))"
        return isPython
            ? """
            body = \(body)
            request = urllib.request.Request(
                \(url),
                data=json.dumps(body).encode(),
                headers={"content-type": "application/json"},
            )
            request.add_unredirected_header(\(key))
            with urllib.request.urlopen(request, timeout=600) as response:
                answer = json.load(response)

            """
            : """
            const body = \(body);
            const headers = new Headers({ "content-type": "application/json" });
            headers.set(\(key));
            const response = await fetch(\(url), {
              method: "POST",
              headers,
              body: JSON.stringify(body),
              redirect: "error",
            });
            if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
            type Step = {
              type: string;
              name?: string;
              server_name?: string;
              arguments?: unknown;
              content?: { text?: string }[];
            };
            const answer = (await response.json()) as { steps: Step[] };

            """
    }

    /// The lines that print the calls of tools and the text.
    private var reading: String {
        switch (request.provider, isPython) {
        case (.anthropic, true):
            """
            for block in message.content:
                if block.type == "mcp_tool_use":
                    print(f"{block.type}: {block.name} of {block.server_name} {block.input}")
                elif block.type == "text":
                    print(block.text)

            """
        case (.anthropic, false):
            """
            for (const block of message.content) {
              if (block.type === "mcp_tool_use") {
                console.log(`${block.type}: ${block.name} of ${block.server_name}`, block.input);
              } else if (block.type === "text") {
                console.log(block.text);
              }
            }

            """
        case (.gemini, true):
            """
            for step in answer["steps"]:
                if step["type"] == "mcp_server_tool_call":
                    print(f"{step['type']}: {step['name']} of {step['server_name']} {step['arguments']}")
                elif step["type"] == "model_output":
                    print("".join(part.get("text", "") for part in step["content"]))

            """
        case (.gemini, false):
            """
            for (const step of answer.steps) {
              if (step.type === "mcp_server_tool_call") {
                console.log(`${step.type}: ${step.name} of ${step.server_name}`, step.arguments);
              } else if (step.type === "model_output") {
                console.log((step.content ?? []).map((part) => part.text ?? "").join(""));
              }
            }

            """
        case (_, true):
            """
            for item in response.output:
                if item.type in ("mcp_call", "mcp_approval_request"):
                    print(f"{item.type}: {item.name} of {item.server_label} {item.arguments}")
            print(response.output_text)

            """
        case (_, false):
            """
            for (const item of response.output) {
              if (item.type === "mcp_call" || item.type === "mcp_approval_request") {
                console.log(`${item.type}: ${item.name} of ${item.server_label}`, item.arguments);
              }
            }
            console.log(response.output_text);

            """
        }
    }

    // MARK: - Values

    /// The members of a server that may refer to variables.
    private static let referring: Set = ["url", "server_url", "headers", "authorization_token"]

    /// Returns a value as an expression.
    ///
    /// - Parameters:
    ///   - depth: how far the line is indented on which it begins.
    ///   - path: the names of the members that it is in.
    private func expression(_ value: JSONValue, _ depth: Int, _ path: [String]) -> String {
        switch value {
        case .null: return isPython ? "None" : "null"
        case .bool(let value): return isPython ? value ? "True" : "False" : value ? "true" : "false"
        case .number: return value.serialized()
        case .array(let values):
            return list(values.map { expression($0, depth + 1, path) }, "[", "]", depth)
        case .object(let object):
            let name = path.count == 1 ? (object["server_label"] ?? object["name"])?.string : nil
            let isOpen = name.map(openServers.contains) == true
            let members = object.members.map { member in
                let key = isPython ? literal(member.key) : TypeScriptText.key(member.key)
                let value = expression(member.value, depth + 1, path + [member.key])
                return "\(key): \(isOpen ? ifKeyIsSet(value, in: member.key) : value)"
            }
            return list(members, "{", "}", depth)
        case .string, .unpairedSurrogates:
            let text = value.string ?? ""
            guard path.count > 1, ["tools", "mcp_servers"].contains(path[0]), Self.referring.contains(path[1]) else {
                return literal(text)
            }
            let parts = VariableReference.parts(of: text).map { part in
                switch part {
                case .literal(let text): literal(text)
                case .reference(let reference): variable(reference.name)
                }
            }
            return parts.isEmpty ? literal("") : parts.joined(separator: " + ")
        }
    }

    /// Returns the value of a server's member that holds Parallel's key, as one that is left out without it.
    private func ifKeyIsSet(_ value: String, in member: String) -> String {
        let none = ["headers": "{}", "authorization_token": isPython ? "None" : "null"]
        guard let none = none[member] else { return value }
        return isPython
            ? "\(value) if os.environ.get(\"\(Settings.keyVariable)\") else \(none)"
            : "process.env[\"\(Settings.keyVariable)\"] ? \(value) : \(none)"
    }

    private func list(_ elements: [String], _ start: String, _ end: String, _ depth: Int) -> String {
        if elements.isEmpty { return start + end }
        let step = isPython ? "    " : "  "
        let margin = String(repeating: step, count: depth)
        return start + "\n" + elements.map { "\(margin)\(step)\($0),\n" }.joined() + margin + end
    }

    private func variable(_ name: String) -> String { isPython ? "os.environ[\"\(name)\"]" : "variable(\"\(name)\")" }

    /// Returns a string literal, with escapes for all characters that can't be seen or that change the order of others.
    private func literal(_ text: String) -> String {
        JSONValue.string(text).serialized().unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                let digits = String(scalar.value, radix: 16)
                func padded(_ count: Int) -> String {
                    String(repeating: "0", count: count - digits.utf8.count) + digits
                }
                result += scalar.value < 0x1_0000 ? "\\u\(padded(4))" : isPython ? "\\U\(padded(8))" : "\\u{\(digits)}"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
