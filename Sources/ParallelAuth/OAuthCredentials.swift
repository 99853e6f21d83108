package import ParallelHTTP
import ParallelSettings
import ParallelSystem

/// The login at a server, from the store, renewed before it expires and after it was refused.
///
/// Renewing happens under a lock between processes, and only where the store can be written. The new token is stored
/// before it is used, because a server that rotates refresh tokens revokes all of them when it sees an old one.
package final class OAuthCredentials: CredentialSource {
    private let store: CredentialStore
    private let name: String
    private let server: HTTPURL
    private let account: String?
    private let isRequired: Bool
    private let flow: OAuthFlow
    private let fields: HeaderCredentials
    /// What was read last; nil before the first request.
    private let known = Lock<OAuthLogin??>(nil)

    /// - Parameters:
    ///   - server: the URL of the server; the token goes to its origin only.
    ///   - account: the name of the account.
    ///   - isRequired: whether nothing is sent without a login.
    ///   - fields: further fields that each request gets.
    ///   - name: the name of the login in the store; nil means that of the server and the account.
    package init(
        _ store: CredentialStore, server: HTTPURL, account: String?, isRequired: Bool = false, flow: OAuthFlow,
        fields: HTTPHeaders = HTTPHeaders(), name: String? = nil
    ) {
        self.store = store
        self.server = server
        self.account = account
        self.isRequired = isRequired
        self.flow = flow
        self.fields = HeaderCredentials(fields)
        self.name = name ?? CredentialStore.name(of: server.description, account: account)
    }

    /// Returns the stored login; nil if there is none. Throws what the store throws.
    package func login() throws -> OAuthLogin? {
        guard let json = try store.read(name) else { return nil }
        let login = OAuthLogin(json)
        login?.hide(in: flow.secrets)
        return login.flatMap { $0.server == server.description ? $0 : nil }
    }

    /// Returns the login with a token that lasts `seconds`, renewed if that is needed and possible; nil if there is
    /// none. A token that can't be renewed is returned as long as it is valid.
    ///
    /// - Parameters:
    ///   - seconds: how long the token is needed; nil for one request.
    ///   - refused: a token that the server does not accept any more.
    package func fresh(lasting seconds: Int? = nil, besides refused: String? = nil) async throws -> OAuthLogin? {
        guard let first = try login() else {
            if isRequired {
                let whose = account.map { " for '\($0)'" } ?? ""
                throw OAuthError(.loginNeeded(scope: nil), "there is no login\(whose)")
            }
            return nil
        }
        func isGood(_ login: OAuthLogin, _ seconds: Int) -> Bool {
            login.lasts(seconds, now: flow.now()) && login.accessToken.reveal() != refused
        }
        // No token lasts longer than the server makes them.
        let lifetime = first.expiresAt.map { max($0 - first.issuedAt, 0) } ?? .max
        let wanted = seconds.map { min($0, lifetime / 10 * 9) } ?? min(60, lifetime / 4)
        if isGood(first, wanted) { return first }
        guard first.isRenewable, first.refreshExpiresAt.map({ $0 > flow.now() }) ?? true else {
            if isGood(first, 0) { return first }
            throw Self.ended
        }
        return try await store.locked(name, flow.clock) {
            guard var login = try self.login() else { throw Self.ended }
            // Somebody else may have renewed it meanwhile.
            if isGood(login, wanted) { return login }
            // A renewal uses the refresh token up. Where the new one could not be stored, none may be asked for.
            if login.grant != .clientCredentials { try store.write(login.json, as: name) }
            do {
                try await flow.renew(&login)
            } catch let error as OAuthError where error.code == "invalid_grant" {
                login.refreshToken = nil
                try store.write(login.json, as: name)
                throw Self.ended
            } catch let error as HTTPError where error.isTransient && isGood(login, 0) {
                return login
            }
            do {
                try store.write(login.json, as: name)
            } catch {
                throw Self.lost(error)
            }
            return login
        }
    }

    /// Returns the error for new tokens that the store did not take after all, so that a person has to sign in.
    private static func lost(_ error: any Error) -> OAuthError {
        let reason =
            switch error {
            case let error as FileError: "\(error.path): \(error.reason)"
            case let error as HelperCommand.Failure: "'\(error.program)': \(error.reason)"
            default: "\(error)"
            }
        return OAuthError(.loginNeeded(scope: nil), "the renewed login could not be stored: \(reason)")
    }

    private static let ended = OAuthError(.loginNeeded(scope: nil), "the login has expired")

    // MARK: - Requests

    package func authorized(_ request: HTTPRequest) async throws -> HTTPRequest {
        var request = try await fields.authorized(request)
        guard request.url.origin == server.origin else { return request }
        let now = flow.now()
        var login = known.withLock { $0 }
        if login??.lasts(30, now: now) != true { login = .some(try await fresh()) }
        known.withLock { $0 = login }
        if let token = login??.accessToken {
            request.headers.set("authorization", "Bearer \(token.reveal())", secret: true)
        }
        return request
    }

    package func renew(after request: HTTPRequest, refusedBy response: HTTPResponse) async throws -> Bool {
        guard let sent = request.headers["authorization"]?.dropping(bytes: 7), request.url.origin == server.origin
        else {
            return false
        }
        if response.status == 403 { return try await widen(besides: String(sent), BearerChallenge(response.headers)) }
        let login = try await fresh(besides: String(sent))
        known.withLock { $0 = .some(login) }
        return login != nil
    }

    /// Gets a token with more scopes, if the server asks for them and a person is not needed.
    private func widen(besides sent: String, _ challenge: BearerChallenge?) async throws -> Bool {
        guard challenge?.error == "insufficient_scope", let login = try login() else { return false }
        // Somebody else may have got a wider one meanwhile.
        if login.accessToken.reveal() != sent {
            known.withLock { $0 = .some(login) }
            return true
        }
        let scope = OAuthTarget.union(login.scope ?? login.askedScope, challenge?.scope)
        guard login.grant == .clientCredentials, scope != login.askedScope else {
            throw OAuthError(.loginNeeded(scope: scope), "the login does not have the scope that this needs")
        }
        let wider = try await store.locked(name, flow.clock) {
            var login = login
            login.askedScope = scope
            try await flow.renew(&login)
            try store.write(login.json, as: name)
            return login
        }
        known.withLock { $0 = .some(wider) }
        return true
    }
}
