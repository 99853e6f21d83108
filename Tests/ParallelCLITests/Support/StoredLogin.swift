import ParallelAuth
import ParallelJSON
import Testing

/// A login as the store holds it, with a token that can be revoked.
enum StoredLogin {
    /// - Parameter expiry: when the token expires; nil for never.
    static func keep(
        at server: String, _ account: String? = nil, token: String, refreshToken: String? = nil,
        until expiry: Int? = nil, in home: String
    ) throws {
        let store = try #require(CredentialStore(environment: ["HOME": home]))
        var login: JSONObject = [
            "server": .string(server), "issuer": "https://auth.example", "grant": "authorization_code",
            "token_endpoint": "https://auth.example/token", "revocation_endpoint": "https://auth.example/revoke",
            "client": ["client_id": "client-1"],
        ]
        var tokens: JSONObject = ["access_token": .string(token), "issued_at": 1]
        tokens["refresh_token"] = refreshToken.map(JSONValue.string)
        tokens["expires_at"] = expiry.map { .number(JSONNumber($0)) }
        login["token"] = .object(tokens)
        login["account"] = account.map(JSONValue.string)
        try store.write(.object(login), as: CredentialStore.name(of: server, account: account))
    }
}
