import ParallelAPI
package import ParallelHTTP
import ParallelJSON
package import ParallelSettings
import ParallelSystem

/// A server that is called over HTTP, as a registry describes it: texts with `${VAR}` references.
package struct ServerDefinition: Sendable {
    package struct Header: Sendable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package var url: String
    package var headers: [Header]
    /// The tools that may be called; nil allows all.
    package var allowedTools: [String]?

    package init(url: String, headers: [Header] = [], allowedTools: [String]? = nil) {
        self.url = url
        self.headers = headers
        self.allowedTools = allowedTools
    }

    /// The variables in the texts, each once.
    package var variables: [VariableReference] {
        var known: Set<VariableReference> = []
        return ([url] + headers.map(\.value)).flatMap(VariableReference.references).filter { known.insert($0).inserted }
    }

    /// The names of these variables, each once.
    var variableNames: [String] {
        var known: Set<String> = []
        return variables.map(\.name).filter { known.insert($0).inserted }
    }

    func refersTo(_ variable: String) -> Bool { variableNames.contains(variable) }

    /// Whether both describe the same server; the order of the headers and the case of their names are ignored.
    func isSame(as other: ServerDefinition) -> Bool {
        func byName(_ headers: [Header]) -> [String: ExactText] {
            Dictionary(headers.map { ($0.name.asciiLowercased, ExactText($0.value)) }) { _, last in last }
        }
        return url.isExactly(other.url) && byName(headers) == byName(other.headers)
            && allowedTools?.map(ExactText.init) == other.allowedTools?.map(ExactText.init)
    }
}

extension BuiltInServer {
    /// Returns the entry for the server with the API key, for the server at Parallel or in a sandbox on this machine.
    func definition(in sandbox: HTTPURL?) -> ServerDefinition {
        let key = "Bearer ${\(Settings.keyVariable)}"
        return ServerDefinition(url: url(in: sandbox), headers: [.init(name: "Authorization", value: key)])
    }
}

// MARK: - Reading and writing entries

extension ServerDefinition {
    /// The maximum number of headers. Masking searches for each value in every text, which takes time.
    private static let maximumHeaders = 100
    private static let types = ["http", "streamable-http", "streamableHttp", "url"]
    /// The names of the member with the URL. Gemini's `httpUrl` comes first: the `url` beside it is that of the older
    /// transport. `serverUrl` is Windsurf's.
    static let urlKeys = ["httpUrl", "url", "serverUrl"]
    /// The names of the member with the headers; the second is a common mistake.
    static let headerKeys = ["headers", "header"]
    /// Members that hold headers, or what makes them, in the dialects of other programs. A server that doesn't get them
    /// would refuse every request.
    private static let foreignHeaderKeys = [
        "headersHelper", "requestInit", "http_headers", "env_http_headers", "bearer_token_env_var",
        "authorization_token", "requestHeaders", "customHeaders",
    ]

    /// Reads an entry of a registry file, checked as strictly as using it needs.
    init(entry: JSONValue) throws(EntryError) {
        guard let object = entry.object else { throw .malformed("it is \(entry.typeName), not an object") }
        if let value = object["type"], value.string == nil { throw .malformed("its 'type' is \(value.typeName)") }
        for key in [RegistryEntry.disabledKey, RegistryEntry.enabledKey] {
            if let value = object[key], value.bool == nil, !value.isNull {
                throw .malformed("its '\(key)' is \(value.typeName), not true or false")
            }
        }
        let type = object["type"]?.string
        if type == "stdio" || type == "local" || type == nil && object["command"] != nil { throw .stdio }
        if type == "sse" { throw .sse }
        if let key = Self.foreignHeaderKeys.first(where: { object[$0].map { !$0.isNull } == true }) {
            throw .foreignHeaders(key: key)
        }
        if let type, !Self.types.contains(type) { throw .malformed("its type '\(type)' is not http") }
        guard let key = Self.urlKeys.first(where: { object[$0] != nil }), let url = object[key] else {
            throw .malformed("it has no 'url'")
        }
        guard let url = url.string else { throw .malformed("its '\(key)' is \(url.typeName), not a string") }
        self.init(
            url: VariableReference.translated(url), headers: try Self.headers(object),
            allowedTools: try Self.tools(object))
    }

    private static func headers(_ entry: JSONObject) throws(EntryError) -> [Header] {
        let keys = headerKeys.filter { entry[$0].map { !$0.isNull } == true }
        guard let key = keys.first, let value = entry[key] else { return [] }
        if keys.count > 1 { throw .malformed("it has both 'headers' and 'header'") }
        guard let object = value.object else { throw .malformed("its '\(key)' is \(value.typeName), not an object") }
        guard object.count <= maximumHeaders else { throw .malformed("it has more than \(maximumHeaders) headers") }
        var headers: [Header] = []
        for member in object {
            guard let text = member.value.string else {
                throw .malformed(
                    "its header '\(SecretMask.headerName(member.key))' is \(member.value.typeName), not a string")
            }
            headers.append(Header(name: member.key, value: VariableReference.translated(text)))
        }
        return headers
    }

    private static func tools(_ object: JSONObject) throws(EntryError) -> [String]? {
        guard let value = object["allowedTools"], !value.isNull else { return nil }
        let names = value.array?.compactMap(\.string)
        guard let names, names.count == value.array?.count else {
            throw .malformed("its 'allowedTools' is not an array of strings")
        }
        return names
    }

    /// Returns `entry` with this definition written into it, without the members of other kinds of entries.
    func merged(into entry: JSONValue?) -> JSONValue {
        var object = entry?.object ?? [:]
        let others = ["command", "args", "env", "cwd", "httpUrl", "serverUrl", "header", RegistryEntry.disabledKey]
        for key in others + Self.foreignHeaderKeys { object[key] = nil }
        if object[RegistryEntry.enabledKey] != nil { object[RegistryEntry.enabledKey] = true }
        object["type"] = "http"
        object["url"] = .string(url)
        object["headers"] =
            headers.isEmpty ? nil : .object(JSONObject(headers.map { ($0.name, .string($0.value)) }))
        object["allowedTools"] = allowedTools.map { .array($0.map(JSONValue.string)) }
        return .object(object)
    }
}

// MARK: - Rules

extension ServerDefinition {
    /// Header fields that the HTTP client sets, and those that concern a single connection (RFC 9110 §7.6.1).
    private static let reserved: Set<String> = [
        "accept", "connection", "content-length", "content-type", "host", "keep-alive", "proxy-authenticate",
        "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    private static func isReserved(_ name: String) -> Bool {
        let name = name.asciiLowercased
        return name.begins(with: "mcp-") || reserved.contains(name)
    }

    /// Checks everything that can be checked without the variables' values. No error repeats a value.
    func check() throws(EntryError) {
        try checkTexts()
        try checkURL()
    }

    /// Returns why `url` can't be the URL of an entry; nil if it can.
    package static func error(inURL url: String) -> EntryError? {
        do throws(EntryError) {
            try ServerDefinition(url: url).check()
            return nil
        } catch {
            return error
        }
    }

    /// The URL with its variables in place; nil if one is not set, or it is none then.
    package func currentURL(_ environment: [String: String]) -> HTTPURL? {
        (try? VariableReference.expand(url, environment)).flatMap { try? HTTPURL($0) }
    }

    /// Whether the server is known without the value of any variable.
    var hasLiteralOrigin: Bool {
        let parts = VariableReference.parts(of: url)
        guard parts.count > 1 else { return VariableReference.references(in: url).isEmpty }
        guard case .literal(let start) = parts[0] else { return false }
        let slash = UInt8(ascii: "/")
        return start.utf8.drop { $0 != slash }.drop { $0 == slash }.contains { "/?#".utf8.contains($0) }
    }

    private func checkTexts() throws(EntryError) {
        var names: Set<String> = []
        for header in headers {
            guard HTTPHeaders.isValidName(header.name) else {
                throw .malformed("a header's name is not valid (RFC 9110)")
            }
            if Self.isReserved(header.name) {
                throw .malformed("the header '\(header.name)' belongs to the MCP client and can't be set")
            }
            guard names.insert(header.name.asciiLowercased).inserted else {
                throw .malformed("the header '\(header.name)' is given twice")
            }
            guard HTTPHeaders.isValidValue(header.value) else {
                throw .malformed("the value of the header '\(header.name)' has a line end or NUL in it")
            }
            try Self.checkReferences(header.value, of: .header(header.name))
        }
        try Self.checkReferences(url, of: .url)
    }

    private static func checkReferences(_ text: String, of part: EntryPart) throws(EntryError) {
        if VariableReference.hasUnreadableReference(text) { throw .unreadableReference(part) }
    }

    /// Whether a word is a URL and not the name of a server.
    package static func isURL(_ word: String) -> Bool {
        let start = word.asciiLowercased
        return start.begins(with: "https://") || start.begins(with: "http://")
    }

    /// Checks the whole URL if it has no reference, otherwise the text before the first one.
    private func checkURL() throws(EntryError) {
        do {
            _ = try HTTPURL(try VariableReference.expand(url, [:]))
        } catch let error as HTTPURLError {
            throw .invalidURL(reason: error.reason, meant: Self.urlMeant(by: url))
        } catch {
            guard case .literal(let start) = VariableReference.parts(of: url).first else { return }
            guard Self.isURL(start) else {
                throw .malformed("a URL starts with https:// or http://")
            }
        }
    }

    /// Returns the URL that was probably meant by a text without `http://` or `https://`, its secrets masked; nil if
    /// the text may be something else.
    static func urlMeant(by text: String) -> String? {
        // The text may be a token, which has dots as well and must not be repeated.
        guard let url = try? HTTPURL("http://" + text), url.isLoopback || url.hasPublicHost && url.path != "/" else {
            return nil
        }
        return "\(url.isLoopback ? "http" : "https")://\(SecretMask.url(text))"
    }

    /// Returns the server with its variables expanded, and its URL.
    func expanded(name: String, _ environment: [String: String]) throws(EntryError) -> (MCPServer, HTTPURL) {
        try checkTexts()
        let headers = headersNamingSchemeOnce(environment)
        let url = MCPServer.Reference(template: url, expanded: try Self.expand(url, environment, for: .url))
        let parsed: HTTPURL
        do throws(HTTPURLError) {
            parsed = try HTTPURL(url.expanded)
        } catch {
            throw .invalidURL(reason: error.reason, meant: Self.urlMeant(by: url.expanded))
        }
        var fields: [(name: String, value: MCPServer.Reference)] = []
        for header in headers {
            let part = EntryPart.header(header.name)
            let value = try Self.expand(header.value, environment, for: part)
            guard HTTPHeaders.isValidValue(value) else {
                throw .malformed("a variable puts a line end or NUL into \(part)")
            }
            fields.append((header.name, MCPServer.Reference(template: header.value, expanded: value)))
        }
        let server = MCPServer(
            name: name, url: url, headers: fields, allowedTools: allowedTools,
            variablesToEscape: variableNames.filter { environment[$0].map(Self.needsEscape) == true },
            variableValues: variables.compactMap { $0.value(in: environment) })
        return (server, parsed)
    }

    /// Returns the server with its references as they stand, and its URL unless a reference decides which server it is.
    func unexpanded(
        name: String, _ environment: [String: String]
    ) throws(EntryError) -> (server: MCPServer, url: HTTPURL?) {
        try check()
        let fields = headersNamingSchemeOnce(environment).map {
            (name: $0.name, value: MCPServer.Reference(template: $0.value, expanded: $0.value))
        }
        let server = MCPServer(
            name: name, url: MCPServer.Reference(template: url, expanded: url), headers: fields,
            allowedTools: allowedTools,
            variablesToEscape: variableNames.filter { environment[$0].map(Self.needsEscape) == true })
        let placeholders = Dictionary(variables.map { ($0.name, "x") }) { one, _ in one }
        guard hasLiteralOrigin, let text = try? VariableReference.expand(url, placeholders) else {
            return (server, nil)
        }
        return (server, try? HTTPURL(text))
    }

    /// Returns the headers without the `Bearer` in front of a variable whose value begins with it.
    private func headersNamingSchemeOnce(_ environment: [String: String]) -> [Header] {
        headers.map { header in
            let parts = VariableReference.parts(of: header.value)
            guard parts.count > 1, case .literal(let start) = parts[0], case .reference(let variable) = parts[1],
                start.asciiLowercased == "bearer ",
                variable.value(in: environment)?.asciiLowercased.begins(with: "bearer ") == true
            else { return header }
            return Header(name: header.name, value: String(header.value.dropping(bytes: start.utf8.count)))
        }
    }

    /// Whether `text` has to be escaped in JSON (RFC 8259, section 7).
    private static func needsEscape(_ text: String) -> Bool {
        text.utf8.contains { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
    }

    /// The maximum length of a URL or a header value with its variables expanded, in bytes.
    private static let maximumLength = 256 << 10

    private static func expand(
        _ text: String, _ environment: [String: String], for part: EntryPart
    ) throws(EntryError) -> String {
        // A short text may refer to a long variable many times.
        let length = VariableReference.references(in: text).reduce(text.utf8.count) {
            $0 + ($1.value(in: environment)?.utf8.count ?? 0)
        }
        if length > maximumLength { throw .malformed("\(part) would be longer than \(maximumLength >> 10) KiB") }
        do throws(VariableReference.Unset) {
            return try VariableReference.expand(text, environment)
        } catch {
            throw .unset(variable: error.variable, part)
        }
    }
}
