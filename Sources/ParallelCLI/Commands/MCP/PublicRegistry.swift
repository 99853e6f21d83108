import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// The public registry of MCP servers (registry.modelcontextprotocol.io, API v0.1), or another one of the same API.
struct PublicRegistry {
    /// The registry's server as an entry of this program's registry.
    struct Found {
        let name: String
        let value: JSONValue
        /// Where it comes from, for messages.
        let source: String
    }

    private let options: MCPImportCommand.Options
    private let output: Output
    private let context: Context
    private let base: HTTPURL

    init(
        _ options: MCPImportCommand.Options, _ output: Output, _ context: Context, _ registry: ServerRegistry
    ) throws {
        (self.options, self.output, self.context) = (options, output, context)
        if let text = options.registryURL {
            do throws(HTTPURLError) {
                base = try HTTPURL(text)
            } catch {
                throw UsageError("--registry-url: \(error.reason)")
            }
            guard base.scheme == "https" || base.isLoopback else {
                throw UsageError("--registry-url: http is allowed to this machine only")
            }
        } else {
            let sandbox = (try? context.apiAddress.get())?.localSandbox
            base = try sandbox ?? HTTPURL("https://registry.modelcontextprotocol.io")
        }
    }

    /// Returns the newest version of a server, with its values asked for. Never runs one of its packages.
    func entry(of name: String) async throws -> Found {
        let path = "/v0.1/servers/\(HTTPURL.encodeSegment(name))/versions/latest"
        guard name.has("/"), let answer = try await get(base.appending(path: path)), let server = answer["server"]
        else {
            throw try await unknown(name)
        }
        guard server["name"]?.string?.isExactly(name) == true else {
            let other = server["name"]?.string.map { "'\($0.shortened(to: 200))'" } ?? "a server without a name"
            throw ErrorReport(.unexpected, "the registry at \(base.host) was asked for '\(name)' and gave \(other)")
        }
        let state = answer["_meta"]?["io.modelcontextprotocol.registry/official"]
        let version = server["version"]?.string ?? "without a version"
        let title = "\(name) \(version)"
        let message = state?["statusMessage"]?.string.map { ": \($0)" } ?? ""
        switch state?["status"]?.string {
        case "deleted": throw ErrorReport(.refused, "\(title) has been deleted from the registry\(message)")
        case "deprecated": output.warn("\(title) is deprecated\(message)")
        default: break
        }
        let remotes = server["remotes"]?.array ?? []
        guard let remote = remotes.first(where: { $0["type"]?.string == "streamable-http" }) else {
            let reason = remotes.isEmpty ? "it is only there as a package, and none is run" : "it only speaks sse"
            throw ErrorReport(.usage, "\(title) can't be used: \(reason)")
        }
        let ownName = options.ownName ?? name.parts(between: "/").last.map(String.init) ?? name
        var inputs = RegistryInputs(name: ownName, given: options.variables, context: context)
        try inputs.checkGiven(for: remote)
        let url = try await inputs.filled(remote["url"]?.string ?? "", with: remote["variables"]?.object ?? [:])
        var headers: JSONObject = [:]
        for header in remote["headers"]?.array ?? [] {
            guard let field = header["name"]?.string else { continue }
            headers[field] = try await inputs.value(of: header, named: field).map(JSONValue.string)
        }
        var value: JSONObject = ["type": "http", "url": .string(url ?? "")]
        if !headers.isEmpty { value["headers"] = .object(headers) }
        let publisher = name.parts(between: "/").first.map(String.init) ?? name
        let host = (try? HTTPURL(url ?? ""))?.host ?? SecretMask.url(url ?? "")
        output.note("\(title), published by \(publisher), is at \(host)")
        try checkReach(.object(value), named: ownName)
        try await allow(inputs.secrets, to: host)
        for variable in inputs.secrets {
            output.note("note: its secret is read from the variable \(variable): export \(variable)=…")
        }
        return Found(name: ownName, value: .object(value), source: "the registry at \(base.host)")
    }

    /// Throws for a server that `mcp add` would refuse, too: no task could call it, or a secret decides where it is.
    private func checkReach(_ entry: JSONValue, named name: String) throws {
        let variables = ImportedVariables(entry)
        if !variables.names.isEmpty, variables.url == nil {
            throw ErrorReport(.refused, "'\(name)' can't be stored: a secret decides which server it is")
        }
        guard let problem = variables.url.flatMap(TaskReach(context).problem(with:)) else { return }
        let message = "a Parallel task could not use '\(name)': \(problem)"
        guard options.force else { throw ErrorReport(.usage, message, hints: ["--force stores it all the same"]) }
        output.warn(message)
    }

    /// Asks before a server gets variables that are set already: its publisher has chosen their names, perhaps that of
    /// another service's key. Throws if the answer is no, or nobody can be asked.
    private func allow(_ variables: [String], to host: String) async throws {
        let wish = "the server at \(host) would get the value of"
        let other: Hint = "--as NAME stores it under another name, and its variables then begin with that"
        if variables.contains(Settings.keyVariable) {
            throw ErrorReport(.refused, "\(wish) \(Settings.keyVariable), which is refused", hints: [other])
        }
        let known = variables.filter { context.environment[$0]?.isEmpty == false }.joined(separator: ", ")
        guard !known.isEmpty, !options.isConfirmed else { return }
        let message = "\(wish) \(known), which is set already"
        if options.isDryRun {
            output.note("note: \(message)")
            return
        }
        guard context.terminal.canPrompt else {
            throw ErrorReport(.usage, message, hints: ["if that is meant, --yes allows it", other])
        }
        try await context.confirm("\(message); allow it?", orElse: "nothing was stored")
    }

    /// Returns the answer; nil for 404.
    private func get(_ url: HTTPURL) async throws -> JSONValue? {
        var headers = HTTPHeaders()
        headers.set("accept", "application/json")
        var request = HTTPRequest(
            .get, url, headers: headers, resend: .safe,
            timeouts: Timeouts(idle: .seconds(30), total: .seconds(60)))
        request.maximumBodyBytes = 8 << 20
        let transport = APIConnection.transport(
            output, context, policy: RetryPolicy(maximumAttempts: 3, budget: .seconds(15)))
        let response = try await transport.send(request)
        if response.status == 404 { return nil }
        guard response.status == 200 else {
            throw ErrorReport(.refused, "the registry at \(base.host) answered with status \(response.status)")
        }
        let body = try await response.body.collect(upTo: request.maximumBodyBytes)
        guard let answer = try? JSONValue.parse(body), answer.object != nil else {
            throw ErrorReport(.unexpected, "the answer of the registry at \(base.host) is not JSON")
        }
        return answer
    }

    /// Returns the error for a name that the registry doesn't know, with names that hold it.
    private func unknown(_ name: String) async throws -> UsageError {
        let word = name.parts(between: "/").last.map(String.init) ?? name
        let url = base.appending(
            path: "/v0.1/servers", query: [("search", word), ("version", "latest"), ("limit", "10")])
        let names = try await get(url)?["servers"]?.array?.compactMap { $0["server"]?["name"]?.string } ?? []
        let known = names.prefix(10).joined(separator: ", ").shortened()
        return UsageError(
            "the registry at \(base.host) has no server named '\(name)'",
            hint: names.isEmpty ? "a name is like com.example/crm" : "there are: \(known)")
    }
}

/// The values that a server of the registry needs (server.json, "Input").
private struct RegistryInputs {
    let name: String
    private let given: [(name: String, value: String)]
    private let context: Context
    /// The variables that hold its secrets.
    private(set) var secrets: [String] = []

    init(name: String, given: [(name: String, value: String)], context: Context) {
        (self.name, self.given, self.context) = (name, given, context)
    }

    /// Returns the value of an input; nil if it is not required and there is none.
    mutating func value(of input: JSONValue, named name: String) async throws -> String? {
        if let value = input["value"]?.string {
            return try await filled(value, with: input["variables"]?.object ?? [:])
        }
        if input["isSecret"]?.bool == true {
            guard input["isRequired"]?.bool == true else { return nil }
            let variable = variable(for: name)
            if !secrets.contains(variable) { secrets.append(variable) }
            return "${\(variable)}"
        }
        let choices = Self.choices(of: input)
        var value = given.last { $0.name.isExactly(name) }?.value ?? input["default"]?.string
        if value == nil, input["isRequired"]?.bool == true { value = try await asked(input, name, choices) }
        guard let value else { return nil }
        try Self.check(value, named: name, among: choices)
        return try checked(value)
    }

    private static func choices(of input: JSONValue) -> [String] {
        (input["choices"]?.array ?? []).compactMap(\.string)
    }

    private static func check(_ value: String, named name: String, among choices: [String]) throws(UsageError) {
        guard !choices.isEmpty, !choices.contains(where: value.isExactly) else { return }
        let error = ChoiceText.unknown(value, among: choices)
        throw UsageError("'\(name)' is one of \(choices.joined(separator: ", "))", hint: error.hint)
    }

    /// Throws for a given value that the server doesn't take, so that nothing is asked in vain.
    func checkGiven(for remote: JSONValue) throws(UsageError) {
        let headers = remote["headers"]?.array ?? []
        let inputs = Self.inputs(of: remote) + headers.flatMap { Self.inputs(of: $0, named: $0["name"]?.string) }
        for (name, value) in given {
            guard let input = inputs.last(where: { $0.name.isExactly(name) })?.input else {
                let names = inputs.filter { $0.input["isSecret"]?.bool != true }.map(\.name)
                let near = Suggestions.nearest(to: name, among: names)
                let known = names.isEmpty ? "it needs none" : "it takes \(names.joined(separator: ", "))"
                throw UsageError(
                    "the server takes no value '\(name)'",
                    hint: near.map { "did you mean '\($0)'?" } ?? Hint(known))
            }
            if input["isSecret"]?.bool == true {
                throw UsageError(
                    "--var takes no secret, and '\(name)' is one",
                    hint: "leave it out: the name of a variable is stored, \(variable(for: name))")
            }
            try Self.check(value, named: name, among: Self.choices(of: input))
        }
    }

    /// Returns the inputs that stand behind a value: itself, or the parts in its braces.
    private static func inputs(of value: JSONValue, named name: String? = nil) -> [(name: String, input: JSONValue)] {
        if let name, value["value"]?.string == nil { return [(name, value)] }
        return (value["variables"]?.object ?? [:]).flatMap { inputs(of: $0.value, named: $0.key) }
    }

    /// Returns a text of the registry with the parts in braces in place; nil if one of them has no value and need not
    /// have one. An unknown one stays as it is.
    mutating func filled(_ template: String, with inputs: JSONObject) async throws -> String? {
        _ = try checked(template)
        var text = ""
        var rest = template[...]
        while let open = rest.place(of: "{"), let close = rest[open...].place(of: "}") {
            let key = String(rest[open..<close].dropping(bytes: 1))
            text += rest[..<open]
            if let input = inputs[key] {
                guard let value = try await value(of: input, named: key) else { return nil }
                text += value
            } else {
                text += rest[open...close]
            }
            rest = rest[close...].dropping(bytes: 1)
        }
        // Parts that are harmless by themselves can be a reference together.
        return try checked(text + rest)
    }

    /// Returns the text unless it refers to a variable of this machine other than those of secrets: whoever publishes a
    /// server must not say which ones it gets.
    private func checked(_ text: String) throws -> String {
        guard !text.parts(between: "$").dropFirst().contains(where: isForeignReference) else {
            throw ErrorReport(.refused, "the registry's entry asks for a variable of this machine, which is refused")
        }
        return text
    }

    /// Whether the text behind a `$` makes it a reference that was not made for a secret.
    private func isForeignReference(_ text: Substring) -> Bool {
        text.begins(with: "{") && !secrets.contains { text.begins(with: "{\($0)}") }
    }

    private func variable(for input: String) -> String {
        let bytes = "\(name)_\(input)".utf8.map { $0.isASCIILetterOrDigit ? $0 : UInt8(ascii: "_") }
        let text = String(decoding: bytes, as: UTF8.self).uppercased()
        return text.utf8.first?.isASCIIDigit == true ? "_" + text : text
    }

    private func asked(_ input: JSONValue, _ name: String, _ choices: [String]) async throws -> String {
        let help = input["description"]?.string.map { " (\($0.shortened(to: 200)))" } ?? ""
        guard context.terminal.canPrompt else {
            let values = choices.isEmpty ? "…" : choices.joined(separator: "|")
            throw UsageError("the server needs a value for '\(name)'\(help)", hint: "give it: --var \(name)=\(values)")
        }
        let list = choices.isEmpty ? "" : " [\(choices.joined(separator: "|"))]"
        switch try await context.ask("\(name)\(help)\(list): ") {
        case .line(let line): return String(line.trimmed)
        case .interrupted: throw Interrupted("interrupted; nothing was stored", context)
        case .endOfInput: throw ErrorReport(.unexpected, "no answer was given; nothing was stored")
        }
    }
}
