import ParallelHTTP
import ParallelMCP
import ParallelSettings
import ParallelSystem

/// The header fields for an MCP server, as typed.
struct HeaderOptions: Sendable {
    var headers: [ServerDefinition.Header] = []
    var bearerVariable: String?

    /// Returns the fields, including the one for the bearer token.
    func all() throws(UsageError) -> [ServerDefinition.Header] {
        guard let bearerVariable else { return headers }
        if headers.contains(where: { $0.name.asciiLowercased == "authorization" }) {
            throw UsageError("--bearer-env and an Authorization header exclude each other")
        }
        return headers + [.init(name: "Authorization", value: "Bearer ${\(bearerVariable)}")]
    }
}

enum HeaderFlags {
    static let all: [Flag<HeaderOptions>] = [
        Flag(
            "header", short: "H", value: FlagSpec.Value("'NAME: VALUE'"), isRepeatable: true,
            summary: "Send this header field to the server (repeatable)",
            details:
                "Write secrets as ${VAR} or ${VAR:-default}: the variable is expanded when the server is "
                + "used, and files keep the reference. Use single quotes, so that the shell does not expand "
                + "it."
        ) { options, text throws(InvalidValue) in options.headers.append(try header(text)) },
        Flag(
            "bearer-env", value: FlagSpec.Value("VAR"),
            summary: "Send the value of the variable VAR as a bearer token",
            details: "The same as --header 'Authorization: Bearer ${VAR}'."
        ) { options, text throws(InvalidValue) in options.bearerVariable = try variable(text) },
    ]

    // MARK: - Values; none is repeated in an error, as it may be a secret

    private static func header(_ text: String) throws(InvalidValue) -> ServerDefinition.Header {
        guard let colon = text.place(of: ":") else { throw InvalidValue("write it as 'Name: value'") }
        let name = String(text[..<colon])
        let value = String(text.halves(around: colon).1.trimmed { $0 == " " || $0 == "\t" })
        guard HTTPHeaders.isValidName(name) else {
            throw InvalidValue("the part before the colon is no name of a header field; write 'Name: value'")
        }
        guard HTTPHeaders.isValidValue(value) else {
            throw InvalidValue("the value of '\(name)' has a line end or NUL in it")
        }
        if value.isEmpty || AuthenticationScheme(value) != nil {
            throw InvalidValue(
                "'\(name)' has no value; put the header in single quotes, so that the shell leaves ${VAR} alone")
        }
        return ServerDefinition.Header(name: name, value: value)
    }

    static func variable(_ text: String) throws(InvalidValue) -> String {
        let looksLikeToken =
            text.utf8.count >= 32 && text.unicodeScalars.contains { ("a"..."z").contains($0) }
            && text.utf8.contains(where: \.isASCIIDigit)
        guard VariableReference.isValidName(text), !looksLikeToken else {
            throw InvalidValue(
                "this is not the name of an environment variable; put the token into one, such as CRM_TOKEN, and give the "
                    + "name, not the token itself")
        }
        return text
    }
}
