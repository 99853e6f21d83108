package import ParallelHTTP
import ParallelJSON
import ParallelSettings
import ParallelSystem

/// Where people sign in at Parallel itself. Its endpoints are known and not looked up.
package struct ParallelPlatform: Sendable {
    package let url: HTTPURL

    package init(url: HTTPURL) { self.url = url }

    package static let preset = "https://platform.parallel.ai"
    package static let variable = "PARALLEL_PLATFORM_URL"
    /// The address of the Account API, which the tokens of a login open.
    package static let accountPreset = "https://api.parallel.ai/account"
    package static let accountVariable = "PARALLEL_SERVICE_API_URL"
    /// The id of a client where the platform registers none.
    package static let usualClient = "parallel-cli"
    /// What a login on another device may do with the account.
    package static let accountScope =
        "keys:read keys:create keys:delete apps:read apps:create apps:delete balance:read balance:add"
    /// What a login in a browser asks for: a key.
    package static let keyScope = "key:read"

    /// Tokens for the account, which a person grants on any device (RFC 8628).
    package var account: OAuthTarget {
        var issuer = issuer("getServiceKeys")
        issuer.deviceEndpoint = url.appending(path: "/getServiceKeys/device/code")
        return OAuthTarget(resource: nil, scopes: [], issuer: issuer)
    }

    /// An API key, which a person chooses in a browser (RFC 6749 §4.1). It comes as the access token.
    package var key: OAuthTarget {
        var issuer = issuer("getKeys")
        issuer.authorizationEndpoint = url.appending(path: "/getKeys/authorize")
        return OAuthTarget(resource: nil, scopes: [], issuer: issuer)
    }

    private func issuer(_ folder: String) -> AuthorizationServer {
        var issuer = AuthorizationServer(
            issuer: url.origin, tokenEndpoint: url.appending(path: "/\(folder)/token"))
        issuer.registrationEndpoint = url.appending(path: "/\(folder)/register")
        return issuer
    }
}

extension OAuthFlow {
    /// Registers this program for a login on another device at Parallel and returns its id.
    package func registerDevice(at issuer: AuthorizationServer) async throws -> String {
        #if os(macOS)
            let system = "Darwin"
        #else
            let system = "Linux"
        #endif
        let body: JSONValue = [
            "client_name": "parallel", "platform": ["system": .string(system), "os_name": "posix"],
        ]
        return try await registered(body, at: issuer)["client_id"]?.string ?? ""
    }

    /// Revokes the refresh token of a login at Parallel; access tokens are valid until they expire.
    ///
    /// It goes to the address that issued it, which is stored with it, whatever platform is set now.
    package func revokeRefreshToken(of login: OAuthLogin) async throws {
        guard let token = login.refreshToken else { return }
        let endpoint = try HTTPURL(login.tokenEndpoint).appending(path: "/revoke")
        _ = try await form([("refresh_token", token.reveal())], at: endpoint, as: login)
    }
}
