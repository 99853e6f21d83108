import ParallelAPI
import ParallelAuth
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel login`: signs in at Parallel and stores a key.
struct LoginCommand: RunnableCommand {
    let options: LoginOptions
    let output: Output
    let context: Context

    static let name = "login"

    static var command: Command {
        Command(
            summary: "Sign in at Parallel, so that no key has to be given",
            description: """
                Shows an address and a code, opens the address in a browser if there is one here, and waits until you \
                have signed in there on any device. Then it creates an API key, which all commands use from then on if \
                neither a flag nor PARALLEL_API_KEY gives one. The login also opens 'balance' and 'key'.

                It is stored in parallel/credentials.json in the folder for configuration, which only you can read, or \
                with --store in a program of yours that keeps secrets. 'logout' ends it, and 'auth status' says what is \
                used.

                Without a terminal nobody is waited for unless --wait-for-auth says so; --with-key needs nobody.
                """,
            usesNetwork: true, defaults: LoginOptions(), flags: LoginOptions.flags,
            examples: [
                .init("parallel login --browser --wait-for-auth 2m", "Sign in, in a browser"),
                .init("parallel login --with-key < key.txt", "Store a key that you have"),
            ],
            check: { options, _ throws(UsageError) in try options.check() }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        tell("auth_start")
        do {
            try await signIn()
        } catch {
            let report = ErrorReport(error, context)
            let said = context.streams.secrets.masked(report.message)
            tell("auth_error", [("error", ["message": .string(said), "type": .string("\(report.code)")])])
            throw report
        }
        tell("auth_success")
        return .success
    }

    private func signIn() async throws {
        let account = try Account(options.profile, output, context)
        let address = try context.apiAddress.get()
        let before = try? account.store.read(account.profile)
        let program = try? account.store.shared()[CredentialStore.program]
        if let words = options.store { try await choose(words, account) }
        do {
            if options.readsKey {
                try await storeKey(account, address)
            } else if options.usesWeb {
                try await signInOnTheWeb(account, address)
            } else {
                try await signInOnDevice(account, address)
            }
        } catch {
            // What a login that came to nothing has chosen is not remembered.
            if options.store != nil { try? await remember(program, account) }
            if let before { await giveUp(before, account) }
            throw error
        }
        if let before { await giveUp(before, account) }
        if address.text != APIAddress.preset {
            output.note("the key is for \(address.text) (\(address.origin.name)), and goes nowhere else")
        }
        if context.environment[Settings.keyVariable]?.isEmpty == false {
            output.warn("\(Settings.keyVariable) is set, so that its key is used and not this login's")
        }
    }

    /// Revokes the login that this one has replaced, and says how to delete its key, which stays valid.
    private func giveUp(_ before: JSONValue, _ account: Account) async {
        guard let login = OAuthLogin(before), let now = try? account.store.read(account.profile),
            OAuthLogin(now)?.refreshToken?.reveal() != login.refreshToken?.reveal()
        else { return }
        // It is not used any more, whatever its platform says.
        try? await account.flow.revokeRefreshToken(of: login)
        var hints: [Hint] = []
        if let id = before["key_id"]?.string, now["key_id"]?.string != id {
            let words = before["app_id"]?.string.map { FlagSpec.words("app", context.maskedWord($0)) } ?? []
            let command = context.command(
                ["key", "delete"], operands: [context.maskedWord(id)], flags: words + account.profileWords)
            hints.append("its key stays valid; if nobody needs it: \(command: command)")
        }
        output.note("this login replaces the one of before")
        for hint in hints { output.note(hint) }
    }

    /// Writes an event for `--json`, as the official tool does.
    private func tell(_ event: String, _ more: [(String, JSONValue)] = []) {
        guard options.writesEvents else { return }
        let object = JSONObject([("event", .string(event))] + more)
        // Whoever closed standard output has heard enough.
        try? context.streams.write(JSONValue.object(object).serialized() + "\n")
    }

    /// Remembers the program that keeps secrets; none means that the file does.
    private func choose(_ words: [String], _ account: Account) async throws {
        var words = words
        // It is called from other folders, too; and one of a repository must not be.
        if let program = words.first, program.has("/"), !program.begins(with: "/") {
            let place = program.begins(with: "./") ? program.dropping(bytes: 2) : program[...]
            words[0] = "\(context.workingDirectory ?? "")/\(place)"
        }
        if !words.isEmpty { try account.store.tryProgram(words) }
        try await remember(words.isEmpty ? nil : .array(words.map(JSONValue.string)), account)
    }

    private func remember(_ program: JSONValue?, _ account: Account) async throws {
        try await account.store.locked(account.profile, context.clock) {
            try account.store.change { $0[CredentialStore.program] = program }
        }
    }

    // MARK: - Ways to sign in

    /// Returns how many seconds to wait for a person; nil for as long as the code is valid. Throws if nobody can be
    /// waited for.
    private func requireSomebody() throws -> Int? {
        if let wait = options.wait { return Int(wait.components.seconds) + (wait.components.attoseconds > 0 ? 1 : 0) }
        guard context.terminal.canPrompt else {
            throw ErrorReport(
                .notAuthenticated, "a person has to sign in, and there is no terminal",
                hints: [
                    "--wait-for-auth 10m waits for one; --with-key reads a key from standard input",
                    Hint("or set \(Settings.keyVariable)"),
                ])
        }
        return nil
    }

    private func signInOnDevice(_ account: Account, _ address: APIAddress) async throws {
        let wait = try requireSomebody()
        let flow = account.flow
        let target = account.platform.account
        let earlier = try account.stored()
        let known = (earlier["issuer"]?.string == target.issuer.issuer ? earlier["client"] : nil)?["client_id"]?.string
        let work: @Sendable () async throws -> OAuthLogin = {
            if let known {
                do {
                    return try await login(flow, account, target, client: known)
                } catch let error as OAuthError where error.kind == .clientRefused(source: nil) {
                    // The platform has forgotten this program.
                }
            }
            var client = ParallelPlatform.usualClient
            do {
                client = try await flow.registerDevice(at: target.issuer)
            } catch let error as OAuthError {
                output.warn("this program could not be registered, and signs in as '\(client)': \(error.message)")
            }
            return try await login(flow, account, target, client: client)
        }
        // The server ends the wait where no flag does.
        let browser = LoginBrowser(opens: options.opensBrowser, context: context)
        let progress = RunProgress(
            context: context, output: output, events: .none, status: "waiting for you to sign in")
        let granted: OAuthLogin
        do {
            granted = try await progress.shown {
                if let wait { try await browser.waiting(seconds: wait, work) } else { try await work() }
            }
        } catch is CancellationError {
            throw Interrupted("interrupted; nobody has signed in", context)
        }
        var profile = granted.json.object ?? [:]
        profile["api_base"] = .string(address.text)
        // First without its key, so that 'logout' can revoke it whatever happens now.
        var hasEarlierKey = false
        try await account.keep(anew: true) { object in
            object = profile
            // A key that works is given up only once there is another.
            let before = try? account.store.read(account.profile)
            hasEarlierKey = before?["api_key"]?.string?.isEmpty == false
            guard hasEarlierKey else { return }
            for name in ["api_base", "api_key", "key_id", "key_name", "app_id"] { object[name] = before?[name] }
        }
        var provisioning = account
        // Another login of this profile may take its place meanwhile.
        provisioning.token = granted.accessToken
        let key: Account.CreatedKey
        do {
            key = try await provisioning.createKey(name: nil, app: options.app, client: granted.client.id)
        } catch {
            let hint: Hint =
                hasEarlierKey
                ? "signed in, but without a new key; the other commands go on with the one of before"
                : "signed in, but without a key for the other commands"
            throw ErrorReport.adding([hint], to: error, context)
        }
        let answer = key.answer
        if let raw = answer["raw_api_key"]?.string { context.streams.secrets.hide(raw) }
        for (name, member) in [
            ("api_key", "raw_api_key"), ("key_id", "api_key_id"), ("key_name", "api_key_name"), ("app_id", "app_id"),
        ] {
            profile[name] = answer[member]
        }
        do {
            try await account.keep(anew: true) { $0 = profile }
        } catch {
            throw ErrorReport.adding([account.deletion(of: key)], to: error, context)
        }
        if let unlisted = key.unlisted {
            output.warn("the key could not be added to those of 'key list': \(ErrorReport(unlisted, context).message)")
        }
        let whose = (answer["created_by_user_email"]?.string).map { " as \($0)" } ?? ""
        let organization = (granted.more["org_name"] ?? granted.more["org_id"])?.string
        let name = answer["api_key_name"]?.string.map { "; created the key '\($0)'" } ?? ""
        output.note("signed in\(whose)\(organization.map { " for '\($0)'" } ?? "")\(name)")
        tellPlace(account)
    }

    private func login(
        _ flow: OAuthFlow, _ account: Account, _ target: OAuthTarget, client: String
    ) async throws -> OAuthLogin {
        try await flow.deviceLogin(
            server: account.service.url.description, account: nil, target, OAuthClient(id: client, method: "none"),
            scope: ParallelPlatform.accountScope, show: show)
    }

    /// Shows where to type which code, and opens a browser there.
    @Sendable private func show(_ prompt: OAuthFlow.DevicePrompt) async {
        let browser = LoginBrowser(opens: options.opensBrowser, context: context)
        let whole = (prompt.wholeURL ?? prompt.url).appending(path: "", query: [("onboard_variant", "agent")])
        let isOpen = browser.mayOpen ? await context.openBrowser(whole.description) : false
        if options.writesEvents {
            let events: [(String, JSONValue)] = [
                ("verification_uri", .string(prompt.url.description)),
                ("verification_uri_complete", .string(whole.description)), ("user_code", .string(prompt.code)),
                ("expires_in", .number(JSONNumber(prompt.lifetime))),
                ("browser_open_attempted", .bool(browser.mayOpen)), ("browser_opened", .bool(isOpen)),
            ]
            tell("device_code", events)
            tell("auth_waiting")
            return
        }
        let start = isOpen ? "the browser shows where to sign in; else open" : "to sign in, open"
        context.streams.note("\(start): \(prompt.url)")
        context.streams.note(ControlCharacters.neutralised("and type the code: \(prompt.code)"))
        context.streams.note("or open: \(whole)")
    }

    /// Has a person choose a key in a browser, which comes back to this machine with a code for it.
    private func signInOnTheWeb(_ account: Account, _ address: APIAddress) async throws {
        let seconds = try requireSomebody() ?? 120
        let flow = account.flow
        let target = account.platform.key
        let listener: CallbackListener
        do throws(SystemError) {
            listener = try CallbackListener(port: options.callbackPort ?? 0)
        } catch {
            throw ErrorReport(
                .unexpected, "can't listen on port \(options.callbackPort ?? 0) of this machine: \(error.reason)",
                hints: options.callbackPort == nil ? [] : ["--callback-port takes another one"])
        }
        let redirectURI = PendingLogin.redirectURI(port: listener.port)
        var client = OAuthClient(id: ParallelPlatform.usualClient, method: "none")
        do {
            client = try await flow.register(
                at: target.issuer, redirectURI: redirectURI, scope: ParallelPlatform.keyScope,
                grants: [OAuthLogin.Grant.code.rawValue])
        } catch let error as OAuthError {
            output.warn("this program could not be registered, and signs in as '\(client.id)': \(error.message)")
        }
        let pending = try PendingLogin(
            server: address.text, account: nil, target, client, redirectURI: redirectURI,
            scope: ParallelPlatform.keyScope, expiresAt: context.now() + seconds)
        let browser = LoginBrowser(opens: options.opensBrowser, context: context)
        tell("auth_waiting")
        let answer = try await browser.waiting(seconds: seconds) { try await browser.answer(to: pending, listener) }
        let login = try await flow.login(pending, code: try pending.code(in: answer))
        do {
            try await store(login.accessToken, account, address)
        } catch {
            let hint: Hint = "the key that was chosen stays valid; delete it at \(login.issuer) if nobody needs it"
            throw ErrorReport.adding([hint], to: error, context)
        }
        output.note("signed in with the key that was chosen")
        tellPlace(account)
    }

    /// Stores a key that a person has.
    private func storeKey(_ account: Account, _ address: APIAddress) async throws {
        let text: String
        if context.terminal.stdinIsTerminal {
            switch try await context.prompter.askHidden("API key: ") {
            case .line(let line): text = line
            case .interrupted: throw Interrupted("interrupted; nothing was stored", context)
            case .endOfInput: throw ErrorReport(.unexpected, "no key was given; nothing was stored")
            }
        } else {
            text = String(decoding: try context.streams.readAll(upTo: UserFile.secretLimit), as: UTF8.self)
        }
        let key = try Settings.key(text, from: .standardInput)
        context.streams.secrets.hide(key.reveal())
        let source = KeySource(.standardInput) { .key(key.reveal()) }
        let client = APIConnection.client(try Settings(address, from: [source]), output, context)
        switch try await KeyCheck.run(client) {
        case .accepted: break
        case .refused(let error): throw error
        }
        try await store(key, account, address)
        output.note("the API accepts the key")
        tellPlace(account)
    }

    /// Stores a key that no login of the account goes with.
    private func store(_ key: Secret, _ account: Account, _ address: APIAddress) async throws {
        context.streams.secrets.hide(key.reveal())
        try await account.keep(anew: true) { object in
            object = ["api_base": .string(address.text), "api_key": .string(key.reveal())]
        }
    }

    private func tellPlace(_ account: Account) {
        let words = (try? account.stored())?[CredentialStore.program]?.array?.first?.string
        output.note(words.map { "the secrets are kept by \($0)" } ?? "stored in \(account.store.path(account.profile))")
    }
}
