import ParallelSystem

/// The signature of a webhook (Standard Webhooks): `v1,` and the Base64 of an HMAC over id, time and body.
enum WebhookSignature {
    private static let prefix = "whsec_"

    /// The secret that the sandbox signs with. It is no secret and signs nothing else.
    static let sandboxSecret = prefix + Base64.encode(Array("parallel-sandbox-webhook".utf8))

    /// Returns the value of `webhook-signature`.
    ///
    /// - Parameters:
    ///   - secret: the key as Base64, maybe after `whsec_`.
    ///   - time: seconds since 1970.
    static func value(secret: String, id: String, time: Int, body: [UInt8]) -> String {
        let encoded = secret.begins(with: prefix) ? String(secret.dropFirst(prefix.count)) : secret
        let key = Base64.decode(encoded) ?? Array(secret.utf8)
        let message = Array("\(id).\(time).".utf8) + body
        return "v1," + Base64.encode(SHA256.authenticationCode(of: message, key: key))
    }
}
