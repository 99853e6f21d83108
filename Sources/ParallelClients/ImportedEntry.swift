package import ParallelJSON
import ParallelMCP
import ParallelSettings
import ParallelSystem

/// An entry of a client's file in the form of this program's registry. Nothing of it is executed.
package struct ImportedEntry: Sendable {
    package enum Refusal: Error, Sendable, Equatable {
        /// The entry starts this program's bridge to a server of the registry.
        case bridge(to: String)
        /// The server speaks the transport that Streamable HTTP replaced.
        case sse
        /// The text can't be had without the client, as with a value that it asks for.
        case clientOnly(text: String)
        /// The entry has neither a URL nor a program.
        case unknownForm
        /// The member is, or holds, what can't be taken over. The text is the end of a sentence about it.
        case value(key: String, String)
    }

    package let value: JSONValue

    package init(_ entry: JSONValue, from client: Client) throws(Refusal) {
        if let name = ClientEntry.bridged(by: entry) { throw .bridge(to: name) }
        if let key = Self.unknownMembers.first(where: { entry[$0].map { !$0.isNull } == true }) {
            throw .clientOnly(text: key)
        }
        let nested = entry["transport"]?.object == nil ? entry : entry["transport"] ?? entry
        guard let url = ClientEntry.url(of: entry) else {
            value = try Self.program(entry, client)
            return
        }
        guard ![nested["type"], entry["transport"]].contains(where: { $0?.string == "sse" }) else { throw .sse }
        var headers: JSONObject = [:]
        for fields in [nested["headers"], entry["requestOptions"]?["headers"], entry["http_headers"]] {
            for field in try Self.texts(fields, of: "headers", client) { headers[field.key] = field.value }
        }
        for field in try Self.members(entry["env_http_headers"], of: "env_http_headers") {
            headers[field.key] = .string(try Self.reference(field.value, in: "env_http_headers"))
        }
        for key in ["bearer_token_env_var", "bearerTokenEnv"] {
            guard let variable = entry[key], !variable.isNull else { continue }
            headers["Authorization"] = .string("Bearer \(try Self.reference(variable, in: key))")
        }
        if let key = entry["apiKey"], !key.isNull {
            headers["Authorization"] = .string("Bearer \(try Self.text(key, in: "apiKey", client))")
        }
        var object: JSONObject = ["type": "http", "url": .string(try Self.text(.string(url), in: "url", client))]
        if !headers.isEmpty { object["headers"] = .object(headers) }
        value = Self.switched(object, like: entry)
    }

    /// Members that make headers or settings in a way that only the client knows.
    private static let unknownMembers = [
        "headersHelper", "requestInit", "authorization_token", "requestHeaders", "customHeaders", "envFile",
    ]

    private static func program(_ entry: JSONValue, _ client: Client) throws(Refusal) -> JSONValue {
        guard let command = entry["command"] ?? entry["cmd"], !command.isNull else { throw .unknownForm }
        var words: [JSONValue] = []
        for (key, value) in [("command", command.array == nil ? .array([command]) : command), ("args", entry["args"])] {
            guard let value, !value.isNull else { continue }
            guard let array = value.array else { throw .value(key: key, "is \(value.typeName), not a list") }
            for word in array { words.append(.string(try text(word, in: key, client))) }
        }
        guard let program = words.first?.string, !program.isEmpty else { throw .unknownForm }
        var object: JSONObject = ["type": "stdio", "command": .string(program)]
        if words.count > 1 { object["args"] = .array(Array(words.dropFirst())) }
        var environment: JSONObject = [:]
        for key in ["env", "environment", "envs"] {
            for variable in try texts(entry[key], of: key, client) { environment[variable.key] = variable.value }
        }
        // The names of variables that the program inherits.
        for key in ["env_vars", "env_keys"] {
            for name in entry[key]?.array ?? [] {
                let reference = try reference(name, in: key)
                if let name = name.string, environment[name] == nil { environment[name] = .string(reference) }
            }
        }
        if !environment.isEmpty { object["env"] = .object(environment) }
        if let folder = entry["cwd"], !folder.isNull { object["cwd"] = .string(try text(folder, in: "cwd", client)) }
        return switched(object, like: entry)
    }

    /// Returns the entry, disabled if the client's is.
    private static func switched(_ object: JSONObject, like entry: JSONValue) -> JSONValue {
        var object = object
        if entry["disabled"]?.bool == true || entry["enabled"]?.bool == false { object["disabled"] = true }
        return .object(object)
    }

    private static func members(_ value: JSONValue?, of key: String) throws(Refusal) -> JSONObject {
        // Some programs write an empty object as a list.
        guard let value, !value.isNull, value.array?.isEmpty != true else { return [:] }
        guard let object = value.object else { throw .value(key: key, "is \(value.typeName), not an object") }
        return object
    }

    /// Returns the members of an object as texts.
    private static func texts(
        _ value: JSONValue?, of key: String, _ client: Client
    ) throws(Refusal) -> JSONObject {
        var texts: JSONObject = [:]
        for member in try members(value, of: key) {
            texts[member.key] = .string(try text(member.value, in: key, client))
        }
        return texts
    }

    private static func reference(_ name: JSONValue, in key: String) throws(Refusal) -> String {
        guard let name = name.string, VariableReference.isValidName(name) else {
            throw .value(key: key, "holds what is no name of a variable")
        }
        return "${\(name)}"
    }

    /// Returns a text, number or boolean as a text, with the client's references written like the registry's.
    private static func text(_ value: JSONValue, in key: String, _ client: Client) throws(Refusal) -> String {
        guard let text = value.string ?? value.number?.text ?? value.bool.map(String.init) else {
            throw .value(key: key, "holds \(value.typeName), not a text")
        }
        let takesShort = ["crush", "gemini-cli", "goose"].contains(client.id)
        var result = ""
        var rest = text[...]
        while let first = rest.unicodeScalars.first {
            let forms = [
                ("${{ secrets.", " }}"), ("${env:", "}"), ("${", "}"), ("$env:", ""), ("{env:", "}"), ("$", ""),
            ]
            let form = forms.first { form in
                rest.begins(with: form.0) && (form.0 != "$" || takesShort)
                    && (form.0 != "{env:" || client.text("var") == form.0 + "V}")
            }
            guard let (start, end) = form else {
                if rest.begins(with: "{file:") { throw .clientOnly(text: text) }
                result.unicodeScalars.append(first)
                rest = rest[rest.unicodeScalars.index(after: rest.startIndex)...]
                continue
            }
            let inner = rest.dropping(bytes: start.utf8.count)
            let name = inner.upTo { !($0.isASCII && UInt8($0.value).isASCIILetterOrDigit || $0 == "_") }
            let behind = inner[name.endIndex...]
            guard VariableReference.isValidName(String(name)) else {
                if start == "$", !behind.begins(with: "(") {
                    result += "$"
                    rest = inner
                    continue
                }
                throw .clientOnly(text: text)
            }
            var fallback = ""
            var close = behind
            if end == "}", behind.begins(with: ":-"), let brace = behind.place(of: "}") {
                fallback = String(behind[..<brace])
                close = behind[brace...]
            }
            guard close.begins(with: end) else { throw .clientOnly(text: text) }
            result += "${\(name)\(fallback)}"
            rest = close.dropping(bytes: end.utf8.count)
        }
        return result
    }
}
