import ParallelSystem

/// Decides what of a request or response may be shown, by allow-lists, so that anything unforeseen stays hidden.
package enum Redaction {
    /// The header fields whose values are neither secret nor personal.
    private static let shownHeaders: Set<String> = [
        "accept", "accept-encoding", "age", "allow", "cache-control", "content-encoding", "content-length",
        "content-type", "date", "etag", "last-event-id", "last-modified", "mcp-method", "mcp-protocol-version",
        "parallel-beta",
        "request-id", "retry-after", "retry-after-ms", "server", "transfer-encoding", "user-agent", "vary", "via",
        "www-authenticate", "x-request-id",
    ]
    private static let shownHeaderPrefixes = ["ratelimit", "x-ratelimit"]

    /// Returns the field's value with URLs masked and `?` for control characters, which could act on a terminal; or
    /// `***`.
    package static func shownValue(of field: HTTPHeaders.Field) -> String {
        let name = field.name.asciiLowercased
        let isShown = shownHeaders.contains(name) || shownHeaderPrefixes.contains { name.begins(with: $0) }
        guard isShown, !field.isSecret else { return KnownSecrets.mask }
        return printable(AddressMask.maskingAddresses(in: field.value))
    }

    /// Returns the field's name; an invalid one may hold anything, so it is masked.
    package static func shownName(of field: HTTPHeaders.Field) -> String {
        HTTPHeaders.isValidName(field.name) ? field.name : KnownSecrets.mask
    }

    private static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }
        return String(String.UnicodeScalarView(scalars))
    }
}

extension HTTPURL {
    /// Returns the URL masked by `AddressMask`; query values under `names` are shown.
    package func redacted(showing names: Set<String> = []) -> String {
        AddressMask.masked([.text(description)], showing: names)
    }
}
