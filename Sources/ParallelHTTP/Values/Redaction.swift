import ParallelSystem

/// What of a request or an answer may be shown. Allow-lists: what nobody thought of stays hidden.
package enum Redaction {
    /// Header fields whose values are neither secret nor personal.
    private static let shownHeaders: Set<String> = [
        "accept", "accept-encoding", "age", "allow", "cache-control", "content-encoding", "content-length",
        "content-type", "date", "etag", "last-event-id", "last-modified", "mcp-method", "mcp-protocol-version",
        "parallel-beta",
        "request-id", "retry-after", "retry-after-ms", "server", "transfer-encoding", "user-agent", "vary", "via",
        "www-authenticate", "x-request-id",
    ]
    private static let shownHeaderPrefixes = ["ratelimit", "x-ratelimit"]

    /// The field's value, its addresses masked, or `***`; control characters, which could steer a terminal, become `?`.
    package static func shownValue(of field: HTTPHeaders.Field) -> String {
        let name = field.name.asciiLowercased
        let isShown = shownHeaders.contains(name) || shownHeaderPrefixes.contains { name.begins(with: $0) }
        guard isShown, !field.isSecret else { return KnownSecrets.mask }
        return printable(AddressMask.maskingAddresses(in: field.value))
    }

    /// The field's name; what can't be one may be anything.
    package static func shownName(of field: HTTPHeaders.Field) -> String {
        HTTPHeaders.isValidName(field.name) ? field.name : KnownSecrets.mask
    }

    private static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }
        return String(String.UnicodeScalarView(scalars))
    }
}

extension HTTPURL {
    /// The URL by the rule of `AddressMask`; the query's values under `names` are shown.
    package func redacted(showing names: Set<String> = []) -> String {
        AddressMask.masked([.text(description)], showing: names)
    }
}
