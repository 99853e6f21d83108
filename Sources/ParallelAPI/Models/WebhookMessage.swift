package import ParallelSettings
import ParallelSystem

/// A call of a webhook (API reference, webhooks; Standard Webhooks).
package struct WebhookMessage: Sendable {
    /// Why a message is not what the API has sent.
    package enum Problem: Sendable, Equatable {
        /// The header field is missing or empty.
        case missing(String)
        /// The time is no number of seconds since 1970.
        case noTime(String)
        /// The message is older, or farther in the future, than it may be; in seconds.
        case age(Int)
        /// No signature is one of the message by this secret.
        case signature
    }

    /// The names of the header fields that a message needs.
    package static let fields = ["webhook-id", "webhook-timestamp", "webhook-signature"]
    /// The age up to which a message is taken, in seconds, as the specification advises.
    package static let usualTolerance = 300

    package let id: String
    private let timestamp: String
    private let signatures: String
    private let body: [UInt8]

    /// - Parameters:
    ///   - field: the value of a header field; nil if there is none.
    ///   - body: the body as it came, byte by byte.
    package init(_ field: (String) -> String?, body: [UInt8]) {
        id = field(Self.fields[0]) ?? ""
        timestamp = field(Self.fields[1]) ?? ""
        signatures = field(Self.fields[2]) ?? ""
        self.body = body
    }

    /// Returns what is wrong with the message; nil if the owner of the secret has sent it.
    ///
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - tolerance: the greatest distance of its time from now, in seconds; nil means any.
    package func problem(_ secret: Secret, now: Int, tolerance: Int?) -> Problem? {
        for (value, name) in zip([id, timestamp, signatures], Self.fields) where value.isEmpty { return .missing(name) }
        guard timestamp.utf8.count <= 12, let time = Int(timestamp), time > 0 else { return .noTime(timestamp) }
        // The signature is looked at first: what was not sent by the API has no age.
        let message = Array("\(id).\(timestamp).".utf8) + body
        let codes = Self.keys(of: secret).map { SHA256.authenticationCode(of: message, key: $0) }
        let isSigned = signatures.parts(between: " ").contains { entry in
            guard entry.begins(with: "v1,"), let given = Base64.decode(String(entry.dropping(bytes: 3))) else {
                return false
            }
            return codes.contains { Self.isSame($0, given) }
        }
        if !isSigned { return .signature }
        if let tolerance, abs(now - time) > tolerance { return .age(now - time) }
        return nil
    }

    /// The keys that a secret may stand for: today what `whsec_` is in front of, as Base64; for customers of before
    /// autumn 2026 the whole secret as it is.
    private static func keys(of secret: Secret) -> [[UInt8]] {
        let text = secret.reveal()
        let encoded = text.begins(with: "whsec_") ? String(text.dropping(bytes: 6)) : text
        return [Base64.decode(encoded), Array(text.utf8)].compactMap(\.self)
    }

    /// Compares in a time that does not depend on where the bytes differ.
    private static func isSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count && zip(one, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
