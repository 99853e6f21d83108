import ParallelAPI
import ParallelHTTP
import ParallelJSON
package import ParallelSettings
import ParallelSystem

/// How a registry describes a server that is called over HTTP: texts with their `${VAR}` references.
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
    /// Nil allows every tool.
    package var allowedTools: [String]?

    package init(url: String, headers: [Header] = [], allowedTools: [String]? = nil) {
        self.url = url
        self.headers = headers
        self.allowedTools = allowedTools
    }

    /// The variables that it needs, each once.
    package var variables: [VariableReference] {
        var known: Set<VariableReference> = []
        return ([url] + headers.map(\.value)).flatMap(VariableReference.references).filter { known.insert($0).inserted }
    }

    /// Their names, each once.
    var variableNames: [String] {
        var known: Set<String> = []
        return variables.map(\.name).filter { known.insert($0).inserted }
    }

    func refersTo(_ variable: String) -> Bool { variableNames.contains(variable) }

    /// Whether both mean the same; order and case of the header names don't count.
    func isSame(as other: ServerDefinition) -> Bool {
        func byName(_ headers: [Header]) -> [String: ExactText] {
            Dictionary(headers.map { ($0.name.asciiLowercased, ExactText($0.value)) }) { _, last in last }
        }
        return url.isExactly(other.url) && byName(headers) == byName(other.headers)
            && allowedTools?.map(ExactText.init) == other.allowedTools?.map(ExactText.init)
    }
}

extension BuiltInServer {
    /// Returns how the registry has the server: at Parallel, or in a sandbox on this machine, with the API key.
    func definition(in sandbox: HTTPURL?) -> ServerDefinition {
        let key = "Bearer ${\(Settings.keyVariable)}"
        return ServerDefinition(url: url(in: sandbox), headers: [.init(name: "Authorization", value: key)])
    }
}

// MARK: - Reading and writing entries

extension ServerDefinition {
    /// Each header field is masked wherever it is repeated, which takes its time; servers take a few.
    private static let mostHeaders = 100
    private static let types = ["http", "streamable-http", "streamableHttp", "url"]

    /// Reads an entry of a registry file, as strictly as a use of it needs.
    init(entry: JSONValue) throws(EntryFault) {
        guard let object = entry.object else { throw .invalid("it is \(entry.typeName), not an object") }
        if let value = object["type"], value.string == nil { throw .invalid("its 'type' is \(value.typeName)") }
        let type = object["type"]?.string
        if type == "stdio" || type == nil && object["command"] != nil { throw .stdio }
        if type == "sse" { throw .sse }
        if let type, !Self.types.contains(type) { throw .invalid("its type '\(type)' is not http") }
        guard let url = object["url"] else { throw .invalid("it has no 'url'") }
        guard let url = url.string else { throw .invalid("its 'url' is \(url.typeName), not a string") }
        self.init(url: url, headers: try Self.headers(object["headers"]), allowedTools: try Self.tools(object))
    }

    private static func headers(_ value: JSONValue?) throws(EntryFault) -> [Header] {
        guard let value, !value.isNull else { return [] }
        guard let object = value.object else { throw .invalid("its 'headers' is \(value.typeName), not an object") }
        guard object.count <= mostHeaders else { throw .invalid("it has more than \(mostHeaders) headers") }
        var headers: [Header] = []
        for member in object {
            guard let text = member.value.string else {
                throw .invalid(
                    "its header '\(SecretMask.headerName(member.key))' is \(member.value.typeName), not a string")
            }
            headers.append(Header(name: member.key, value: text))
        }
        return headers
    }

    private static func tools(_ object: JSONObject) throws(EntryFault) -> [String]? {
        guard let value = object["allowedTools"], !value.isNull else { return nil }
        let names = value.array?.compactMap(\.string)
        guard let names, names.count == value.array?.count else {
            throw .invalid("its 'allowedTools' is not an array of strings")
        }
        return names
    }

    /// Writes this into an entry; what else an HTTP entry holds stays, what only other kinds have goes.
    func merged(into entry: JSONValue?) -> JSONValue {
        var object = entry?.object ?? [:]
        for key in ["command", "args", "env", "cwd", RegistryEntry.disabledKey] { object[key] = nil }
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
    /// Header fields that the one who calls the server sets, and those of a single connection (RFC 9110 §7.6.1).
    private static let reserved: Set<String> = [
        "accept", "connection", "content-length", "content-type", "host", "keep-alive", "proxy-authenticate",
        "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    private static func isReserved(_ name: String) -> Bool {
        let name = name.asciiLowercased
        return name.begins(with: "mcp-") || reserved.contains(name)
    }

    /// Checks all that can be said without the variables' values. No reason repeats a value.
    func check() throws(EntryFault) {
        try checkTexts()
        try checkURL()
    }

    /// Why `url` can't be the URL of an entry; nil where it can.
    package static func fault(ofURL url: String) -> String? {
        do {
            try ServerDefinition(url: url).check()
            return nil
        } catch {
            return error.reason + (error.hint.map { "; \($0)" } ?? "")
        }
    }

    /// Whether no variable decides which server is called.
    var hasLiteralOrigin: Bool {
        let parts = VariableReference.parts(of: url)
        guard parts.count > 1 else { return VariableReference.references(in: url).isEmpty }
        guard case .literal(let start) = parts[0] else { return false }
        let slash = UInt8(ascii: "/")
        return start.utf8.drop { $0 != slash }.drop { $0 == slash }.contains { "/?#".utf8.contains($0) }
    }

    private func checkTexts() throws(EntryFault) {
        var names: Set<String> = []
        for header in headers {
            guard HTTPHeaders.isValidName(header.name) else {
                throw .invalid("a header's name is not valid (RFC 9110)")
            }
            if Self.isReserved(header.name) {
                throw .invalid("the header '\(header.name)' belongs to the MCP client and can't be set")
            }
            guard names.insert(header.name.asciiLowercased).inserted else {
                throw .invalid("the header '\(header.name)' is given twice")
            }
            guard HTTPHeaders.isValidValue(header.value) else {
                throw .invalid("the value of the header '\(header.name)' has a line end or NUL in it")
            }
            try Self.checkReferences(header.value, of: "the header '\(header.name)'")
        }
        try Self.checkReferences(url, of: "the URL")
    }

    private static func checkReferences(_ text: String, of place: String) throws(EntryFault) {
        guard VariableReference.hasUnreadableReference(text) else { return }
        throw .invalid("\(place) has a '${' that begins no reference", hint: "write ${NAME} or ${NAME:-default}")
    }

    /// Whether a word names a server by its address and not by its name.
    package static func isURL(_ word: String) -> Bool {
        let start = word.asciiLowercased
        return start.begins(with: "https://") || start.begins(with: "http://")
    }

    /// Parses the URL where its variables are known; else only its beginning, where that is literal.
    private func checkURL() throws(EntryFault) {
        do {
            _ = try HTTPURL(try VariableReference.expand(url, [:]))
        } catch let error as HTTPURLError {
            throw .invalid(error.reason, hint: Self.hint(insteadOf: url))
        } catch {
            guard case .literal(let start) = VariableReference.parts(of: url).first else { return }
            guard Self.isURL(start) else {
                throw .invalid("a URL starts with https:// or http://")
            }
        }
    }

    /// The URL that somebody means who leaves `http://` or `https://` away; nil where none can be told.
    static func hint(insteadOf text: String) -> Hint? {
        // A token has dots too, and is not to be repeated.
        guard let url = try? HTTPURL("http://" + text), url.isLoopback || url.hasPublicHost && url.path != "/" else {
            return nil
        }
        return "did you mean \(url.isLoopback ? "http" : "https")://\(SecretMask.url(text))?"
    }

    /// The server with the variables' values in place.
    func expanded(name: String, _ environment: [String: String]) throws(EntryFault) -> (MCPServer, HTTPURL) {
        try checkTexts()
        let url = MCPServer.Reference(template: url, expanded: try Self.expand(url, environment, for: "the URL"))
        let parsed: HTTPURL
        do throws(HTTPURLError) {
            parsed = try HTTPURL(url.expanded)
        } catch {
            throw .invalid(error.reason, hint: Self.hint(insteadOf: url.expanded))
        }
        var fields: [(name: String, value: MCPServer.Reference)] = []
        for header in headers {
            let place = "the header '\(header.name)'"
            let value = try Self.expand(header.value, environment, for: place)
            guard HTTPHeaders.isValidValue(value) else {
                throw .invalid("a variable puts a line end or NUL into \(place)")
            }
            fields.append((header.name, MCPServer.Reference(template: header.value, expanded: value)))
        }
        let server = MCPServer(
            name: name, url: url, headers: fields, allowedTools: allowedTools,
            variablesToEscape: variableNames.filter { environment[$0].map(Self.needsEscape) == true },
            variableValues: variables.compactMap { $0.value(in: environment) })
        return (server, parsed)
    }

    /// The server with its references as they stand, and its URL where they leave no doubt about the server.
    func unexpanded(
        name: String, _ environment: [String: String]
    ) throws(EntryFault) -> (server: MCPServer, url: HTTPURL?) {
        try check()
        let fields = headers.map { (name: $0.name, value: MCPServer.Reference(template: $0.value, expanded: $0.value)) }
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

    /// Whether JSON holds a text in another form than it has (RFC 8259, section 7).
    private static func needsEscape(_ text: String) -> Bool {
        text.utf8.contains { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
    }

    /// The most that a URL or a header's value may hold with its variables in place, in bytes.
    private static let maximumLength = 256 << 10

    private static func expand(
        _ text: String, _ environment: [String: String], for place: String
    ) throws(EntryFault) -> String {
        // A short text may name a long variable very often.
        let length = VariableReference.references(in: text).reduce(text.utf8.count) {
            $0 + ($1.value(in: environment)?.utf8.count ?? 0)
        }
        if length > maximumLength { throw .invalid("\(place) would be longer than \(maximumLength >> 10) KiB") }
        do throws(VariableReference.Unset) {
            return try VariableReference.expand(text, environment)
        } catch {
            throw .credentials(
                "\(place) needs the variable \(error.variable), which is not set or empty",
                hint: "set it: export \(error.variable)=…")
        }
    }
}
