package import ParallelJSON
import ParallelSystem

/// An answer of the API that is an error, or one that can't be understood.
package struct APIError: Error, Sendable {
    /// HTTP status code.
    package let status: Int
    /// One line, as the API put it where it did.
    package let message: String
    package let referenceID: String?
    package let detail: JSONValue?
    /// From `retry-after`, when the answer had one; as it was written.
    package let retryAfter: String?

    /// Reads the API's error bodies: `{"type":"error","error":{…}}`, FastAPI's `{"detail":[…]}`, OAuth's
    /// `{"error":…,"error_description":…}`; anything else, such as a proxy's HTML page, is described.
    init(status: Int, body: [UInt8], contentType: String?, retryAfter: String? = nil) {
        self.status = status
        self.retryAfter = retryAfter
        let json = try? JSONValue.parse(body)
        if let fault = json?["error"].flatMap(APIFault.init) {
            let description = json?["error_description"]?.string
            message = description.map { "\(fault.message): \($0)" } ?? fault.message
            referenceID = fault.referenceID
            detail = fault.detail
        } else if let detail = json?["detail"] {
            message = detail.string ?? "the request was not accepted"
            self.detail = detail.string == nil ? Optional(detail) : Optional.none
            referenceID = nil
        } else {
            message = Self.describe(body, contentType)
            referenceID = nil
            detail = nil
        }
    }

    /// What fields were wrong, a line each, from `detail.errors` or `detail` itself; at most 20 of them.
    package var fieldErrors: [String] {
        let list = detail?["errors"]?.array ?? detail?.array ?? []
        let lines = list.compactMap { entry -> String? in
            guard let message = entry["msg"]?.string else { return nil }
            let place = (entry["loc"]?.array ?? []).compactMap { $0.string ?? $0.int.map(String.init) }
            return Self.shortened(place.isEmpty ? message : "\(place.joined(separator: ".")): \(message)")
        }
        let most = 20
        return lines.count <= most ? lines : lines.prefix(most) + ["and \(lines.count - most) more"]
    }

    private static func describe(_ body: [UInt8], _ contentType: String?) -> String {
        if body.isEmpty { return "no explanation was given" }
        if contentType?.asciiLowercased.begins(with: "text/html") == true || body.first == UInt8(ascii: "<") {
            return "an HTML page instead of an answer of the API"
        }
        return shortened(String(decoding: body.prefix(2_000), as: UTF8.self))
    }

    /// What a server says is not always worth a screen.
    private static func shortened(_ text: String) -> String { text.shortened(to: 200) }
}

/// An answer with a good status that is not what the API promises.
package struct UnexpectedAnswer: Error, Sendable {
    /// One line: what was wrong with it.
    package let message: String
    /// Whether the request created something before the answer went wrong.
    package var mayHaveCreated = false
    /// The run that it names nevertheless.
    package var runID: String?
}
