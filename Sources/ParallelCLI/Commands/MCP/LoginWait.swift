import ParallelAuth
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Waits for a person who signs in: in a browser here, in one elsewhere, or with the help of another process.
struct LoginWait: Sendable {
    let store: CredentialStore
    /// The URL of the server.
    let server: String
    let account: String?
    let options: MCPLoginOptions
    let output: Output
    let context: Context

    private var name: String { CredentialStore.name(of: server, account: account) }
    private var pendingName: String { CredentialStore.name(of: server, account: account, pending: true) }
    var browser: LoginBrowser { LoginBrowser(opens: options.opensBrowser, context: context) }
    private var flow: OAuthFlow { StoredLogins(output: output, context: context).flow() }

    private static let usualSeconds = 120
    private static let handoffSeconds = 900

    /// Returns how many seconds to wait for a person. Throws if nobody can be waited for.
    func requireSomebody() throws -> Int {
        if let wait = options.wait { return Int(wait.components.seconds) + (wait.components.attoseconds > 0 ? 1 : 0) }
        if options.printsHandoff { return Self.handoffSeconds }
        guard context.terminal.canPrompt else {
            throw ErrorReport(
                .notAuthenticated, "a person has to sign in, and there is no terminal",
                hints: ["--wait-for-auth 2m waits for one, --print-handoff prints the address"])
        }
        return Self.usualSeconds
    }

    // MARK: - Ports

    /// Opens the port that the browser comes back to: the given one, the one that `known` was registered with, or any.
    /// Returns whether that is where `known` was registered.
    ///
    /// - Parameter mayMove: whether another port may be taken instead of a registered one that is in use.
    func listener(
        reusing known: OAuthClient?, mayMove: Bool
    ) throws -> (listener: CallbackListener, redirectURI: String, isRegistered: Bool) {
        if let given = givenRedirectURI {
            let listener = try listener(port: options.callbackPort ?? PendingLogin.port(of: given))
            let address = PendingLogin.redirectURI(given, port: listener.port)
            return (listener, address, known?.redirectURI == given || known?.redirectURI == address)
        }
        if let address = known?.redirectURI {
            do {
                let listener = try listener(port: PendingLogin.port(of: address))
                return (listener, PendingLogin.redirectURI(address, port: listener.port), true)
            } catch  where mayMove {}
        }
        let listener = try listener(port: 0)
        return (listener, PendingLogin.redirectURI(port: listener.port), false)
    }

    /// The address to come back to that the flags name, perhaps without a port.
    var givenRedirectURI: String? {
        options.redirectURI ?? options.callbackPort.map { PendingLogin.redirectURI(port: $0) }
    }

    func listener(of pending: PendingLogin) throws -> CallbackListener {
        try listener(port: PendingLogin.port(of: pending.redirectURI))
    }

    func listener(port: Int) throws -> CallbackListener {
        do throws(SystemError) {
            return try CallbackListener(port: port)
        } catch {
            let flag = options.redirectURI == nil ? "--callback-port" : "--redirect-uri"
            throw ErrorReport(
                .unexpected, "can't listen on port \(port) of this machine: \(error.reason)",
                hints: port == 0 ? [] : ["\(flag) takes another one"])
        }
    }

    // MARK: - Between processes

    /// Stores a login, so that waiting processes see it.
    func keep(_ login: OAuthLogin) async throws {
        try await store.locked(name, context.clock) { try store.write(login.json, as: name) }
    }

    /// Returns the login that is stored; nil if there is none.
    private func login() throws -> OAuthLogin? { try store.read(name).flatMap(OAuthLogin.init) }

    /// Returns the login that waits for an answer, even if its time is over; nil if there is none.
    private func pending() throws -> PendingLogin? { try store.read(pendingName).flatMap(PendingLogin.init) }

    /// Returns the token that is stored, and the login that waits, unless its time is over. Both are read while nobody
    /// finishes that login: else its token could be taken for an older one.
    func standing() async throws -> (token: String?, pending: PendingLogin?) {
        try await store.locked(pendingName, context.clock) {
            let token = try login()?.accessToken.reveal()
            let pending = try pending()
            return (token, pending.flatMap { $0.expiresAt > context.now() ? $0 : nil })
        }
    }

    /// Finishes the login that another process has begun, with the address where the browser ended.
    func finish(withAddressIn file: String) async throws -> OAuthLogin {
        let bytes =
            file == "-"
            ? try context.streams.readAll(upTo: UserFile.secretLimit)
            : try UserFile.read(context.filePath(file), upTo: UserFile.secretLimit)
        let (before, waiting) = try await standing()
        guard let pending = waiting else {
            throw OAuthError(.loginNeeded(scope: nil), "no login waits for an answer")
        }
        guard let answer = pending.answer(inAddress: String(decoding: bytes, as: UTF8.self).trimmed.description) else {
            throw UsageError("that is not the address where the browser ended after this login")
        }
        return try await finish(pending, answer, besides: before)
    }

    /// Takes the answer of a browser. If other processes may have it too, only the first of them uses it; the others
    /// return its login. The login is stored before it no longer waits, so that nobody misses both.
    private func finish(
        _ pending: PendingLogin, _ answer: [(name: String, value: String)], besides before: String?
    ) async throws -> OAuthLogin {
        try await store.locked(pendingName, context.clock) {
            if isWrittenDown, try self.pending()?.owns(answer) != true, let login = try self.login(),
                login.accessToken.reveal() != before
            {
                return login
            }
            // An answer counts once, whatever comes of it.
            defer { forget { $0.owns(answer) } }
            let login = try await flow.login(pending, code: try pending.code(in: answer))
            try await keep(login)
            return login
        }
    }

    /// Whether other processes know of the login. On a terminal the answer comes to this one.
    private var isWrittenDown: Bool { options.printsHandoff || options.wait != nil || options.callbackFile != nil }

    // MARK: - Waiting

    /// Shows the address of a login and waits for the answer; with `--print-handoff` alone only prints it, and returns
    /// nil.
    func handOver(_ pending: PendingLogin, _ listener: CallbackListener) async throws -> OAuthLogin? {
        let before = try login()?.accessToken.reveal()
        guard isWrittenDown else {
            return try await login(pending, listener: listener, besides: before)
        }
        try store.write(pending.json, as: pendingName)
        if options.printsHandoff { try printHandoff(pending) }
        if options.wait == nil { return nil }
        defer { forget { $0.expiresAt == pending.expiresAt && $0.authorizationURL == pending.authorizationURL } }
        return try await login(pending, listener: listener, besides: before)
    }

    /// Removes the login that waits for an answer, if it is the one that is meant.
    private func forget(_ isMeant: (PendingLogin) -> Bool) {
        if let pending = try? pending(), isMeant(pending) { try? store.remove(pendingName) }
    }

    private func printHandoff(_ pending: PendingLogin) throws {
        func command(_ more: String...) -> JSONValue {
            let account = account.map { FlagSpec.words("account", $0) } ?? []
            let words = [context.programName, "mcp", "login"] + account + more + ["--", options.server]
            return .array(words.map(JSONValue.string))
        }
        let json: JSONValue = [
            "authorization_url": .string(pending.authorizationURL.description),
            "redirect_uri": .string(pending.redirectURI), "expires_at": .number(JSONNumber(pending.expiresAt)),
            "wait_command": command("--stored-auth-only", "--wait-for-auth", "120"),
            "callback_command": command("--callback", "-"),
        ]
        try context.streams.write(json.serialized(context.terminal.stdoutIsTerminal ? .pretty : .compact) + "\n")
    }

    /// Waits until a person has signed in, here or with the help of another process.
    ///
    /// - Parameters:
    ///   - listener: the port for the browser; nil if another process has it.
    ///   - before: the token from before the login began: another one is that of this login.
    func login(
        _ pending: PendingLogin, listener: CallbackListener?, besides before: String?
    ) async throws -> OAuthLogin {
        try await waiting {
            try await withThrowingTaskGroup(of: Outcome.self) { group in
                defer { group.cancelAll() }
                group.addTask { [browser] in
                    let answer = try await browser.answer(
                        to: pending, listener, isShown: !options.printsHandoff)
                    return .answer(answer)
                }
                if isWrittenDown { group.addTask { .login(try await loginElsewhere(pending, besides: before)) } }
                switch try await group.next() {
                case .answer(let answer)?: return try await finish(pending, answer, besides: before)
                case .login(let login)?: return login
                case nil: throw CancellationError()
                }
            }
        }
    }

    /// Does `work`, in which a person has to sign in. Throws `OAuthError` once the time for that is over.
    func waiting(_ work: @escaping @Sendable () async throws -> OAuthLogin) async throws -> OAuthLogin {
        try await browser.waiting(seconds: try requireSomebody(), work)
    }

    private enum Outcome: Sendable {
        case answer([(name: String, value: String)])
        case login(OAuthLogin)
    }

    /// Returns the login once another process has finished it. As long as it is written down, another token is that of
    /// an earlier login, which somebody has renewed.
    private func loginElsewhere(_ pending: PendingLogin, besides before: String?) async throws -> OAuthLogin {
        while true {
            try await context.clock.sleep(for: .milliseconds(500))
            if try self.pending()?.authorizationURL == pending.authorizationURL { continue }
            if let login = try login(), login.accessToken.reveal() != before { return login }
        }
    }
}
