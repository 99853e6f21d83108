import ParallelHTTP
package import ParallelJSON
package import ParallelSystem

/// An answer of the API that is an error, or one that can't be understood.
package struct APIError: Error, Sendable {
    /// HTTP status code.
    package let status: Int
    /// One line, as the API put it where it did; a long one is shortened.
    package let message: String
    package let referenceID: String?
    package let detail: JSONValue?
    /// The answer as it came.
    package let received: [UInt8]
    private let secrets: KnownSecrets
    /// From `retry-after` or `retry-after-ms`, when the answer had one; as it was written, the latter with its unit.
    package let retryAfter: String?

    /// Reads the API's error bodies: `{"type":"error","error":{…}}`, FastAPI's `{"detail":[…]}`, OAuth's
    /// `{"error":…,"error_description":…}`; anything else, such as a proxy's HTML page, is described.
    package init(
        status: Int, body: [UInt8], contentType: String?, retryAfter: String? = nil,
        hiding secrets: KnownSecrets = KnownSecrets()
    ) {
        self.secrets = secrets
        self.status = status
        received = body
        self.retryAfter = retryAfter.map { secrets.shownWords(of: $0.utf8, limit: 100) }
        let json = try? JSONValue.parse(body)
        if let fault = json?["error"].flatMap(APIFault.init) {
            let description = json?["error_description"]?.string
            let said = description.map { "\(fault.message): \($0)" } ?? fault.message
            message = secrets.shownWords(of: said.utf8)
            referenceID = fault.referenceID?.shortened(to: 200)
            detail = fault.detail
        } else if let detail = json?["detail"] {
            message = detail.string.map { secrets.shownWords(of: $0.utf8) } ?? "the request was not accepted"
            self.detail = detail.string == nil ? Optional(detail) : Optional.none
            referenceID = nil
        } else {
            message = Self.describe(body, contentType, secrets)
            referenceID = nil
            detail = nil
        }
    }

    /// The detail as one line for a person.
    package var shownDetail: String? { detail.map { secrets.shownWords(of: $0.serialized().utf8) } }

    /// What fields were wrong, a line each, from `detail.errors` or `detail` itself; at most 20 of them.
    package var fieldErrors: [String] {
        let list = detail?["errors"]?.array ?? detail?.array ?? []
        let lines = list.compactMap { entry -> String? in
            guard let message = entry["msg"]?.string else { return nil }
            let place = (entry["loc"]?.array ?? []).compactMap { $0.string ?? $0.int.map(String.init) }
            let line = place.isEmpty ? message : "\(place.joined(separator: ".")): \(message)"
            return secrets.shownWords(of: line.utf8, limit: Self.lineLimit)
        }
        let most = 20
        return lines.count <= most ? lines : lines.prefix(most) + ["and \(lines.count - most) more"]
    }

    private static func describe(_ body: [UInt8], _ contentType: String?, _ secrets: KnownSecrets) -> String {
        if body.isEmpty { return "no explanation was given" }
        if contentType?.asciiLowercased.begins(with: "text/html") == true || body.first == UInt8(ascii: "<") {
            return "an HTML page instead of an answer of the API"
        }
        // What a server says is not always worth a screen.
        return secrets.shownWords(of: body, limit: lineLimit)
    }

    private static let lineLimit = 200
}
