package import ParallelHTTP
package import ParallelJSON
package import ParallelSystem

/// The error for an answer of the API that is an error, or that can't be understood.
package struct APIError: Error, Sendable {
    /// The HTTP status code.
    package let status: Int
    /// The thing that was asked for by its id and does not exist (404), such as `run trun_1`; nil for other errors.
    package let missing: String?
    /// The message of the API on one line, shortened if it is long.
    package internal(set) var message: String
    package let referenceID: String?
    package internal(set) var detail: JSONValue?
    /// The body of the answer.
    package let received: [UInt8]
    /// The header fields of the answer; empty for an error that came in another answer.
    package internal(set) var headers = HTTPHeaders()
    private let secrets: KnownSecrets
    /// The value of `retry-after`, or that of `retry-after-ms` with its unit; nil if the answer had neither.
    package let retryAfter: String?

    /// Reads the error bodies of the API, `{"type":"error","error":{…}}`; of FastAPI, `{"detail":[…]}`; and of OAuth,
    /// `{"error":…,"error_description":…}`. Any other body, such as a proxy's HTML page, is described.
    package init(
        status: Int, about subject: String? = nil, body: [UInt8], contentType: String?, retryAfter: String? = nil,
        hiding secrets: KnownSecrets = KnownSecrets()
    ) {
        self.secrets = secrets
        self.status = status
        missing = status == 404 ? subject?.shortened(to: 200) : nil
        received = body
        self.retryAfter = retryAfter.map { secrets.shownWords(of: $0.utf8, limit: 100) }
        let json = try? JSONValue.parse(body)
        if let error = json?["error"].flatMap(APIErrorObject.init) {
            let description = json?["error_description"]?.string
            let said = description.map { "\(error.message): \($0)" } ?? error.message
            message = secrets.shownWords(of: said.utf8)
            referenceID = error.referenceID?.shortened(to: 200)
            detail = error.detail
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

    /// The invalid fields, a line each, from `detail.errors` or `detail` itself; at most 20.
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
        // A page of HTML is not worth a whole screen.
        return secrets.shownWords(of: body, limit: lineLimit)
    }

    private static let lineLimit = 200
}
