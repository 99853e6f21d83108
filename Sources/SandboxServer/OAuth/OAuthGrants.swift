import ParallelSystem

/// The clients, codes and tokens that the sandbox has given out.
final class OAuthGrants: Sendable {
    struct Client: Sendable {
        var redirectURIs: [String] = []
        var secret: String?
        /// Whether it may have tokens for itself.
        var mayActAlone = false
    }

    /// What a client is allowed, by a code, a device code or a token.
    struct Grant: Sendable {
        let client: String
        let scope: String
        /// The server that it is for.
        let resource: String
        var redirectURI = ""
        var challenge = ""
        /// The login that it belongs to; all its tokens end together.
        var family = ""
        var expiry = ContinuousClock.now
        /// Of a device code: the code to type, and what the person who has typed it decided.
        var userCode: String?
        var decision: Decision?

        /// Whether a verifier is that of the challenge (RFC 7636 §4.6).
        func isProven(by verifier: String) -> Bool {
            Base64.decode(challenge) == SHA256.hash(Array(verifier.utf8))
        }
    }

    /// What a person decides about a login on another device; `slow` has the client wait longer once.
    enum Decision: String, Sendable { case approve, deny, expire, slow }

    private struct State {
        /// A client that is known from the beginning, for logins without a person.
        var clients = ["ci-bot": Client(secret: "sandbox-secret", mayActAlone: true)]
        var codes: [String: Grant] = [:]
        var devices: [String: Grant] = [:]
        var accessTokens: [String: Grant] = [:]
        var refreshTokens: [String: Grant] = [:]
        /// Refresh tokens that were used up.
        var oldTokens: [String: String] = [:]
    }

    private let state = Lock(State())
    /// How long an access token is valid.
    let lifetime: Duration

    init(lifetime: Duration) { self.lifetime = lifetime }

    func register(_ client: Client) -> String {
        let id = Identifier.make("client_")
        state.withLock { $0.clients[id] = client }
        return id
    }

    func client(_ id: String) -> Client? { state.withLock { $0.clients[id] } }

    // MARK: - Codes

    func code(for grant: Grant) -> String {
        let code = Identifier.make("code_")
        var grant = grant
        grant.expiry = .now + .seconds(60)
        grant.family = code
        state.withLock { $0.codes[code] = grant }
        return code
    }

    /// Returns the grant of a code, which counts only once.
    func take(code: String) -> Grant? {
        state.withLock { $0.codes.removeValue(forKey: code) }.flatMap { $0.expiry > .now ? $0 : nil }
    }

    func device(for grant: Grant) -> (device: String, user: String) {
        let device = Identifier.make("device_")
        let letters = device.suffix(8).uppercased()
        var grant = grant
        grant.userCode = "\(letters.prefix(4))-\(letters.suffix(4))"
        grant.family = device
        state.withLock { $0.devices[device] = grant }
        return (device, grant.userCode ?? "")
    }

    /// Notes what a person has decided who has typed a code; returns false if it is none.
    func decide(userCode: String, _ decision: Decision = .approve) -> Bool {
        state.withLock { state in
            guard let device = state.devices.first(where: { $0.value.userCode == userCode })?.key else { return false }
            state.devices[device]?.decision = decision
            return true
        }
    }

    /// Returns the grant of a device code, and removes it once it is decided.
    func take(device: String) -> Grant? {
        state.withLock { state in
            guard let grant = state.devices[device] else { return nil }
            switch grant.decision {
            case nil: break
            case .slow: state.devices[device]?.decision = .approve
            case .approve, .deny, .expire: state.devices[device] = nil
            }
            return grant
        }
    }

    // MARK: - Tokens

    /// Returns new tokens; the refresh token is left out for a client that acts alone.
    func tokens(for grant: Grant, isRenewable: Bool = true) -> (access: String, refresh: String?) {
        let access = Identifier.make("access_")
        let refresh = isRenewable ? Identifier.make("refresh_") : nil
        var grant = grant
        grant.expiry = .now + lifetime
        state.withLock { state in
            state.accessTokens[access] = grant
            if let refresh { state.refreshTokens[refresh] = grant }
        }
        return (access, refresh)
    }

    /// Returns the grant of a refresh token, which counts only once: whoever uses it again ends the login, because one
    /// of the two has stolen it.
    func take(refreshToken: String) -> Grant? {
        state.withLock { state in
            if let family = state.oldTokens[refreshToken] {
                Self.end(family, &state)
                return nil
            }
            guard let grant = state.refreshTokens.removeValue(forKey: refreshToken) else { return nil }
            state.oldTokens[refreshToken] = grant.family
            return grant
        }
    }

    /// Returns the grant of an access token that is valid.
    func grant(ofAccessToken token: String) -> Grant? {
        state.withLock { $0.accessTokens[token] }.flatMap { $0.expiry > .now ? $0 : nil }
    }

    /// Ends the login that a token belongs to.
    func revoke(_ token: String) {
        state.withLock { state in
            let grant = state.refreshTokens[token] ?? state.accessTokens[token]
            if let grant { Self.end(grant.family, &state) }
            state.accessTokens[token] = nil
        }
    }

    private static func end(_ family: String, _ state: inout State) {
        guard !family.isEmpty else { return }
        state.accessTokens = state.accessTokens.filter { $0.value.family != family }
        state.refreshTokens = state.refreshTokens.filter { $0.value.family != family }
    }
}
