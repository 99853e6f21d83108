package import ParallelJSON
package import ParallelMCP
import ParallelSettings
import ParallelSystem

/// A server as a client's file has it.
package struct ClientEntry: Sendable {
    /// How the client reaches the server.
    package enum Way: String, Sendable, CaseIterable {
        /// By its URL.
        case http
        /// By starting this program, which holds the credentials.
        case proxy
    }

    package let way: Way
    package let value: JSONValue

    /// Returns the entry that starts this program for the server `name` of the registry.
    package init(_ client: Client, bridgeTo name: String, as clientName: String, program: String) {
        way = .proxy
        let arguments: [JSONValue] = ["mcp", "proxy", .string(name)]
        value = Self.filled(
            client.row["stdio"] ?? ["command": "$C", "args": "$A"],
            [
                "$N": .string(clientName), "$C": .string(program), "$A": .array(arguments),
                "$K": .array([.string(program)] + arguments),
            ])
    }

    /// Returns the entry with the server's URL and headers.
    ///
    /// - Parameter values: the environment whose values to write in place of variables; nil to write references, in
    ///   which case a literal value that may be a secret is an obstacle.
    package init(
        _ client: Client, _ definition: ServerDefinition, as name: String, embedding values: [String: String]? = nil
    ) throws(ClientObstacle) {
        way = .http
        guard let http = client.row["http"] else { throw .stdioOnly }
        let style = client.text("var")
        let fields = definition.headers
        let names = fields.flatMap { VariableReference.references(in: $0.value).map(\.name) }
        if values == nil {
            // A default may be a secret as well.
            if SecretMask.hasLiteralSecret(inURL: definition.url) { throw .literal("the URL") }
            if !names.isEmpty, style == nil { throw .noVariables }
            if let field = fields.first(where: { SecretMask.hasLiteralSecret($0.value, inHeader: $0.name) }) {
                throw .literal("the header '\(field.name)'")
            }
        }
        let url = try Self.text(definition.url, in: client.row["url"]?.bool == true ? style : nil, values) {
            .variableInURL
        }
        // A client that has references in its file looks for them in values as well, and some execute $(…).
        let expands = values != nil && style != nil && style != "by key"
        if expands, url.has("$") || url.has("{") { throw .expanded("the URL") }
        var (headers, literal, byHeader): (JSONObject, JSONObject, JSONObject) = ([:], [:], [:])
        var bearer: String?
        for field in fields {
            let parts = VariableReference.parts(of: field.value)
            if values == nil, case .reference(let variable)? = parts.last, variable.fallback == nil {
                if parts.count == 1 { byHeader[field.name] = .string(variable.name) }
                if parts.count == 2, case .literal(let start) = parts[0], start.asciiLowercased == "bearer ",
                    field.name.asciiLowercased == "authorization"
                {
                    bearer = variable.name
                }
            }
            let isByKey = style == "by key"
            if isByKey, values == nil, !names.isEmpty {
                if byHeader[field.name] != nil || bearer != nil && field.name.asciiLowercased == "authorization" {
                    continue
                }
                if parts.count != 1 || parts != [.literal(field.value)] { throw .form(header: field.name) }
            }
            let text = try Self.text(field.value, in: isByKey ? nil : style, values) { .noVariables }
            if expands, text.has("$") || text.has("{") { throw .expanded("the header '\(field.name)'") }
            headers[field.name] = .string(text)
            literal[field.name] = .string(text)
        }
        if style != "by key" { byHeader = [:] }
        let isBearer = bearer != nil && fields.count == 1 && client.row["bearer"] != nil
        let template = isBearer ? client.row["bearer"] ?? http : http
        let carries = template.serialized()
        guard fields.isEmpty || isBearer || ["\"$H\"", "\"$L\""].contains(where: { carries.contains(text: $0) }) else {
            throw .noHeaders
        }
        value = Self.filled(
            template,
            [
                "$U": .string(url), "$N": .string(name), "$H": headers.isEmpty ? nil : .object(headers),
                "$B": bearer.map(JSONValue.string), "$L": literal.isEmpty ? nil : .object(literal),
                "$V": byHeader.isEmpty ? nil : .object(byHeader),
                "$E": names.isEmpty || values != nil ? nil : .array(names.map(JSONValue.string)),
                "$O": fields.isEmpty ? nil : false,
            ])
    }

    /// Returns a text of the registry in the client's way.
    private static func text(
        _ template: String, in style: String?, _ values: [String: String]?,
        obstacle: () -> ClientObstacle
    ) throws(ClientObstacle) -> String {
        if let values {
            do throws(VariableReference.Unset) {
                return try VariableReference.expand(template, values)
            } catch {
                throw .unset(variable: error.variable)
            }
        }
        var text = ""
        for part in VariableReference.parts(of: template) {
            switch part {
            case .literal(let literal):
                // The client could take it for a reference.
                if literal.has("$") || literal.has("{") { throw obstacle() }
                text += literal
            case .reference(let variable):
                guard let style else { throw obstacle() }
                text += style.parts(between: "V").joined(separator: variable.name)
            }
        }
        return text
    }

    /// Returns a template with its placeholders filled; a member whose value is nil, or empty because of that, is left
    /// out.
    private static func filled(_ template: JSONValue, _ values: [String: JSONValue?]) -> JSONValue {
        guard let object = template.object else { return template }
        return .object(
            JSONObject(
                object.compactMap { member -> (String, JSONValue)? in
                    if let key = member.value.string, let value = values[key] { return value.map { (member.key, $0) } }
                    let value = filled(member.value, values)
                    return value.object?.isEmpty == true ? nil : (member.key, value)
                }))
    }

    // MARK: - Entries of files

    /// Returns the words of the program that an entry starts; empty if it starts none.
    static func program(of entry: JSONValue) -> [String] {
        let command = entry["command"] ?? entry["cmd"]
        let words = command?.array ?? command.map { [$0] } ?? []
        return (words + (entry["args"]?.array ?? [])).compactMap(\.string)
    }

    /// Returns the server that an entry reaches through this program's bridge; nil if it is no such entry.
    package static func bridged(by entry: JSONValue) -> String? {
        let words = program(of: entry)
        guard let place = words.indices.first(where: { words[$0...].starts(with: ["mcp", "proxy"]) }) else {
            return nil
        }
        return words.dropFirst(place + 2).first { !$0.begins(with: "-") }
    }

    /// Returns the URL of an entry; nil if it has none.
    package static func url(of entry: JSONValue) -> String? {
        let keys = ["httpUrl", "url", "serverUrl", "baseUrl", "uri"]
        return keys.lazy.compactMap { entry[$0]?.string }.first ?? entry["transport"].flatMap { $0["url"]?.string }
    }
}

extension String {
    fileprivate func contains(text: String) -> Bool { utf8.indices.contains { self[$0...].begins(with: text) } }
}
