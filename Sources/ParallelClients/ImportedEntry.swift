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
    }

    package let value: JSONValue

    package init(_ entry: JSONValue, from client: Client) throws(Refusal) {
        if let name = ClientEntry.bridged(by: entry) { throw .bridge(to: name) }
        let nested = entry["transport"]?.object == nil ? entry : entry["transport"] ?? entry
        guard let url = ClientEntry.url(of: entry) else {
            value = try Self.program(entry, client)
            return
        }
        guard ![nested["type"], entry["transport"]].contains(where: { $0?.string == "sse" }) else { throw .sse }
        var headers: JSONObject = [:]
        for fields in [nested["headers"], entry["requestOptions"]?["headers"], entry["http_headers"]] {
            for field in fields?.object ?? [:] {
                headers[field.key] = .string(try Self.text(field.value, client))
            }
        }
        for field in entry["env_http_headers"]?.object ?? [:] {
            headers[field.key] = .string(try Self.reference(field.value))
        }
        if let variable = entry["bearer_token_env_var"] ?? entry["bearerTokenEnv"] {
            headers["Authorization"] = .string("Bearer \(try Self.reference(variable))")
        }
        if let key = entry["apiKey"] { headers["Authorization"] = .string("Bearer \(try Self.text(key, client))") }
        var object: JSONObject = ["type": "http", "url": .string(try Self.text(.string(url), client))]
        if !headers.isEmpty { object["headers"] = .object(headers) }
        value = Self.switched(object, like: entry)
    }

    private static func program(_ entry: JSONValue, _ client: Client) throws(Refusal) -> JSONValue {
        let words = ClientEntry.program(of: entry)
        guard let command = words.first else { throw .unknownForm }
        var arguments: [JSONValue] = []
        for word in words.dropFirst() { arguments.append(.string(try text(.string(word), client))) }
        var object: JSONObject = ["type": "stdio", "command": .string(try text(.string(command), client))]
        if !arguments.isEmpty { object["args"] = .array(arguments) }
        var environment: JSONObject = [:]
        for key in ["env", "environment", "envs"] {
            for variable in entry[key]?.object ?? [:] {
                environment[variable.key] = .string(try text(variable.value, client))
            }
        }
        if !environment.isEmpty { object["env"] = .object(environment) }
        if let folder = entry["cwd"]?.string { object["cwd"] = .string(folder) }
        return switched(object, like: entry)
    }

    /// Returns the entry, disabled if the client's is.
    private static func switched(_ object: JSONObject, like entry: JSONValue) -> JSONValue {
        var object = object
        if entry["disabled"]?.bool == true || entry["enabled"]?.bool == false { object["disabled"] = true }
        return .object(object)
    }

    private static func reference(_ name: JSONValue) throws(Refusal) -> String {
        guard let name = name.string, VariableReference.isValidName(name) else { throw .unknownForm }
        return "${\(name)}"
    }

    /// Returns a text with the client's references written like the registry's.
    private static func text(_ value: JSONValue, _ client: Client) throws(Refusal) -> String {
        guard let text = value.string ?? value.number?.text ?? value.bool.map(String.init) else { throw .unknownForm }
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
