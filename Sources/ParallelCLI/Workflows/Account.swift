import ParallelAPI
import ParallelAuth
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// The login at Parallel of one profile, and the Account API that its tokens open.
struct Account: Sendable {
    let profile: String
    let store: CredentialStore
    let platform: ParallelPlatform
    /// The address of the Account API.
    let service: APIAddress
    let output: Output
    let context: Context
    /// The token to use in place of the one that is stored.
    var token: Secret?

    /// Throws for an address or a name that can't be one, and where there is no folder for logins.
    init(_ profile: String?, _ output: Output, _ context: Context) throws {
        self.profile = try KeySources.profile(profile, context) ?? ProfileText.usual
        let environment = context.environment
        guard let store = CredentialStore(environment: environment, isOfAccounts: true, helper: context.helper) else {
            throw UsageError("there is no folder for logins, as neither HOME nor XDG_CONFIG_HOME is set")
        }
        self.store = store
        platform = ParallelPlatform(
            url: try APIAddress(
                environment: environment, variables: [ParallelPlatform.variable], preset: ParallelPlatform.preset
            ).url)
        service = try APIAddress(
            environment: environment, variables: [ParallelPlatform.accountVariable],
            preset: ParallelPlatform.accountPreset)
        (self.output, self.context) = (output, context)
    }

    var flow: OAuthFlow { StoredLogins(output: output, context: context).flow() }

    /// Returns the client of the Account API, which renews the tokens.
    func client() throws -> ParallelClient {
        var fields = HTTPHeaders()
        if let token { fields.set("authorization", "Bearer \(token.reveal())", secret: true) }
        let credentials: any CredentialSource =
            token == nil
            ? OAuthCredentials(
                store, server: service.url, account: nil, isRequired: true, flow: flow, name: profile)
            : HeaderCredentials(fields)
        return ParallelClient(
            transport: APIConnection.transport(output, context), credentials: credentials,
            settings: try Settings(service), secrets: context.streams.secrets)
    }

    /// Sends a call to the Account API and returns the answer. Without a login, and where the API doesn't accept it,
    /// the error says how to sign in.
    func answer(to endpoint: Endpoint, body: JSONValue? = nil, _ effect: Effect? = nil) async throws -> JSONValue {
        do {
            guard let effect else { return try await client().answer(to: endpoint, body: body) }
            let request = CreationRequest(body: body?.bytes() ?? [], of: nil)
            return try await effect.performing(request, context, created: { _ in [] }) {
                try await client().answer(to: endpoint, body: body)
            }
        } catch let error as OAuthError {
            guard case .loginNeeded = error.kind else { throw error }
            let hasKey = try stored()["api_key"] != nil && stored()["token"] == nil
            let reason = hasKey ? "of '\(profile)' there is only a key" : error.message
            throw ErrorReport(.notAuthenticated, "the account needs a login, and \(reason)", hints: [signInHint])
        } catch let error as APIError where error.status == 401 {
            throw ErrorReport(
                .notAuthenticated, "the Account API did not accept the login (401): \(error.message)",
                hints: [signInHint])
        }
    }

    /// Prints a call in place of sending it, without the token of the login.
    func show(_ endpoint: Endpoint, body: JSONValue? = nil, terms: String) async throws {
        let client = ParallelClient(transport: context.transport, settings: try Settings(service))
        var preview = PreviewOptions()
        preview.isDryRun = true
        context.keyOrigin.withLock { $0 = .login(profile: profile) }
        try RequestPreview.show(
            try await client.preview(of: endpoint, body: body), body: body, preview, terms: terms, output, context)
    }

    private var signInHint: Hint {
        "sign in on any device: \(command: context.command(["login"], flags: profileWords))"
    }

    /// The flags that choose this profile again.
    var profileWords: [String] { profile == ProfileText.usual ? [] : FlagSpec.words("profile", profile) }

    // MARK: - What is stored

    /// Returns what is stored for the profile, without the secrets that a program keeps; empty if there is nothing.
    func stored() throws -> JSONObject { try store.shown(profile) ?? [:] }

    /// Changes what is stored for the profile.
    ///
    /// - Parameter anew: whether `work` gets nothing of what was stored before, which may have become unreadable.
    func keep(anew: Bool = false, _ work: (inout JSONObject) throws -> Void) async throws {
        try await store.locked(profile, context.clock) {
            var object = try anew ? [:] : store.read(profile)?.object ?? [:]
            try work(&object)
            try store.write(.object(object), as: profile)
        }
    }

    /// The keys that commands of this machine have created, the newest last.
    func createdKeys() throws -> [JSONValue] { try store.shared()["keys"]?.array ?? [] }

    /// Changes the list of these keys.
    func changeKeys(_ work: (inout [JSONValue]) -> Void) async throws {
        try await store.locked(profile, context.clock) {
            try store.change { all in
                var keys = all["keys"]?.array ?? []
                work(&keys)
                all["keys"] = .array(keys)
            }
        }
    }

    // MARK: - Keys

    /// A key that was created.
    struct CreatedKey {
        /// The API's answer, which has the key itself.
        let answer: JSONValue
        /// The id of its app.
        let app: String
        /// Why it is not in the list of this machine; nil if it is.
        var unlisted: (any Error)?
    }

    /// Creates a key and puts it down in the list, without the key itself. Doesn't throw where only the list fails: the
    /// key can be had only once.
    ///
    /// - Parameters:
    ///   - name: the name of the key; nil for one of the client's id and the time.
    ///   - app: the id or the name of the app; nil for that of command-line tools.
    ///   - client: the id of the client that has signed in; nil for that of the stored login.
    func createKey(name: String?, app: String?, client: String? = nil) async throws -> CreatedKey {
        let (id, appName) = try await self.app(app)
        let stored = try stored()
        let name = try name ?? keyName(client: client)
        let effect = Effect(
            work: "the key was being created",
            uncertain: [
                "the key '\(name)' may exist all the same; if it does, delete it at \(platform.url.origin)"
            ],
            nothing: "no key was created")
        let answer = try await answer(to: .createKey(in: id), body: ["api_key_name": .string(name)], effect)
        var key = CreatedKey(answer: answer, app: answer["app_id"]?.string ?? id)
        guard answer["raw_api_key"]?.string?.isEmpty == false else {
            let error = UnexpectedAnswer(message: "the Account API's answer has no key")
            throw ErrorReport.adding([deletion(of: key)], to: error, context)
        }
        var entry: JSONObject = ["profile": .string(profile)]
        for name in ["api_key_id", "api_key_name", "app_id", "app_name", "display_value", "created_at"] {
            entry[name] = answer[name]
        }
        if entry["app_id"] == nil { (entry["app_id"], entry["app_name"]) = (.string(id), .string(appName)) }
        entry["org_id"] = stored["org_id"]
        do {
            try await changeKeys { $0.append(.object(entry)) }
        } catch {
            key.unlisted = error
        }
        return key
    }

    /// Says how to delete a key that was created, where something has failed since.
    func deletion(of key: CreatedKey) -> Hint {
        guard let id = key.answer["api_key_id"]?.string else {
            return "the key may exist; it can be deleted at \(platform.url.origin)"
        }
        let flags = FlagSpec.words("app", context.maskedWord(key.app)) + profileWords
        let command = context.command(["key", "delete"], operands: [context.maskedWord(id)], flags: flags)
        return "the key \(id) exists; it can be deleted at \(platform.url.origin), or with: \(command: command)"
    }

    /// Returns the name of a new key, by the minute of local time, as the official tool names its keys.
    func keyName(client: String? = nil) throws -> String {
        let client = try client ?? stored()["client"]?["client_id"]?.string ?? ParallelPlatform.usualClient
        let now = context.now()
        let minute = Array((TimeText.exact(now + context.localOffset(now)) ?? "").utf8)
        func part(_ range: Range<Int>) -> String { String(decoding: minute[range], as: UTF8.self) }
        return "\(client)-\(part(0..<10))-\(part(11..<13))\(part(14..<16))"
    }

    /// Returns the id and the name of an app, or of the one that command-line tools use: that of this name, or the only
    /// one there is.
    private func app(_ wanted: String?) async throws -> (id: String, name: String) {
        let apps = (try await answer(to: .apps)["apps"]?.array ?? []).compactMap { app in
            app["app_id"]?.string.map { (id: $0, name: app["app_name"]?.string ?? $0) }
        }
        if let wanted, let app = apps.first(where: { $0.id.isExactly(wanted) || $0.name.isExactly(wanted) }) {
            return app
        }
        if wanted == nil, let app = apps.first(where: { $0.name == Self.usualApp }) ?? (apps.count == 1 ? apps[0] : nil)
        {
            return app
        }
        let names = apps.map { "'\($0.name)'" }.joined(separator: ", ")
        throw ErrorReport(
            .refused, "the organisation has no app '\(wanted ?? Self.usualApp)'",
            hints: [apps.isEmpty ? "it has none" : "it has \(names); --app NAME chooses one"])
    }

    private static let usualApp = "parallel-cli Users"
}
