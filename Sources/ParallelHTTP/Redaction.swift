import ParallelSystem

/// What of a request or an answer may be shown. Allow-lists: what nobody thought of stays hidden.
package enum Redaction {
    static let mask = "***"

    /// Header fields whose values are neither secret nor personal.
    private static let shownHeaders: Set<String> = [
        "accept", "accept-encoding", "age", "allow", "cache-control", "content-encoding", "content-length",
        "content-type", "date", "etag", "last-event-id", "last-modified", "mcp-method", "mcp-protocol-version",
        "parallel-beta",
        "request-id", "retry-after", "retry-after-ms", "server", "transfer-encoding", "user-agent", "vary", "via",
        "www-authenticate", "x-request-id",
    ]
    private static let shownHeaderPrefixes = ["ratelimit", "x-ratelimit"]

    /// The field's value, or `***`; control characters, which could steer a terminal, become `?`.
    package static func shownValue(of field: HTTPHeaders.Field) -> String {
        let name = field.name.asciiLowercased
        let isShown = shownHeaders.contains(name) || shownHeaderPrefixes.contains { name.begins(with: $0) }
        return isShown && !field.isSecret ? printable(field.value) : mask
    }

    static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }
        return String(String.UnicodeScalarView(scalars))
    }
}

extension HTTPURL {
    /// The URL with every value in its query masked.
    package var redacted: String { redacted(showing: []) }

    /// The URL with the values in its query masked, except under these names.
    package func redacted(showing names: Set<String>) -> String {
        guard let query else { return origin + path }
        let items = query.parts(between: "&").map { item in
            let parts = item.parts(between: "=", maxSplits: 1)
            // Without a name, the item itself may be the secret.
            if parts.count < 2 { return item.isEmpty ? "" : Redaction.mask }
            return names.contains(String(parts[0])) ? String(item) : "\(parts[0])=\(Redaction.mask)"
        }
        return origin + path + "?" + items.joined(separator: "&")
    }
}
