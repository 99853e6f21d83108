import ParallelJSON

/// An entry of a run's `mcp_servers`.
struct MCPServerEntry: Sendable {
    static let maximumCount = 10

    var name = ""
    var url = ""
    var headers: [(name: String, value: String)] = []
    /// The allowed tools; nil allows all.
    var allowedTools: [String]?

    static let reader: RequestCheck.Reader<MCPServerEntry> = { check, value, path in
        guard let object = RequestCheck.object(&check, value, path) else { return nil }
        var server = MCPServerEntry()
        _ = check.member("type", of: object, at: path, as: RequestCheck.choice(["url"]))
        server.url = check.member("url", of: object, at: path, required: true, as: RequestCheck.webAddress) ?? ""
        server.name = check.member("name", of: object, at: path, required: true, as: RequestCheck.string(from: 1)) ?? ""
        server.headers = check.member("headers", of: object, at: path, as: headers) ?? []
        server.allowedTools = check.member(
            "allowed_tools", of: object, at: path, as: RequestCheck.list(RequestCheck.string()))
        return server
    }

    private static let headers: RequestCheck.Reader<[(name: String, value: String)]> = { check, value, path in
        guard let object = RequestCheck.object(&check, value, path) else { return nil }
        return object.compactMap { member in
            let here = path + [.string(member.key)]
            guard let value = RequestCheck.string()(&check, member.value, here) else { return nil }
            guard isFieldName(member.key), !value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else {
                check.report(here, "Input should be a valid HTTP header field", "value_error")
                return nil
            }
            return (member.key, value)
        }
    }

    /// Whether `name` is a token (RFC 9110 §5.6.2).
    private static func isFieldName(_ name: String) -> Bool {
        !name.isEmpty
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                        || "!#$%&'*+-.^_`|~".unicodeScalars.contains(scalar))
            }
    }
}
