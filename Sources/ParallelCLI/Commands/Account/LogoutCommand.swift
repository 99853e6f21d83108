import ParallelAPI
import ParallelAuth
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel logout`: ends the login at Parallel.
struct LogoutCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var deletesKey = false
        var profile: String?
        var writesResult = false
        var output = OutputOptions()
        var needsOutputPlace: Bool { writesResult }

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "delete-key", summary: "Also delete the key that the login has created",
                    details: "Whatever else uses that key can't go on then."
                ) { $0.deletesKey = $1 },
                ConnectionFlags.profile.embedded(at: \.profile),
                Flag("json", summary: "Print {\"status\": \"logged_out\"}, or \"no_credentials\"") {
                    $0.writesResult = $1
                },
            ] + OutputFlags.global().map { $0.embedded(at: \.output) }
    }

    static let name = "logout"

    static var command: Command {
        Command(
            summary: "Sign out at Parallel",
            description: """
                Revokes the login and removes its tokens and its key from this machine. The key itself stays valid \
                unless --delete-key is given, and access tokens are valid until they expire. A login of parallel-cli, \
                which is only read, stays.
                """,
            usesNetwork: true, defaults: Options(), flags: Options.flags,
            examples: [.init("parallel logout", "Sign out")], check: { _, _ in }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let account = try Account(options.profile, output, context)
        let stored = try account.stored()
        if !stored.isEmpty { try await end(account, stored) } else { output.note("there is no login") }
        if options.writesResult {
            let status: JSONValue = stored.isEmpty ? "no_credentials" : "logged_out"
            try context.streams.write((["status": status] as JSONValue).serialized() + "\n")
        }
        return .success
    }

    private func end(_ account: Account, _ stored: JSONObject) async throws {
        if options.deletesKey {
            guard let id = stored["key_id"]?.string, let app = stored["app_id"]?.string else {
                throw UsageError(
                    "the login has created no key", hint: "leave --delete-key out, and delete the key where it was made"
                )
            }
            var said = "deleted the key"
            do {
                _ = try await account.answer(to: .deleteKey(id, in: app))
            } catch let error as APIError where error.status == 404 {
                said = "somebody has already deleted the key"
            }
            try await account.changeKeys { $0.removeAll { $0["api_key_id"]?.string == id } }
            output.note("\(said) '\(stored["key_name"]?.string ?? id)'")
        }
        var warning: String?
        var expiry: Int?
        // Nobody may renew the token that is being revoked.
        try await account.store.locked(account.profile, context.clock) {
            let login = (try? account.store.read(account.profile)).flatMap(\.self).flatMap(OAuthLogin.init)
            if let login {
                do {
                    try await account.flow.revokeRefreshToken(of: login)
                } catch {
                    if Task.isCancelled { throw error }
                    warning = ErrorReport(error, context).message
                }
                expiry = login.expiresAt.flatMap { $0 > context.now() ? $0 - context.now() : nil }
            }
            try account.store.remove(account.profile)
        }
        if let warning { output.warn("the login is removed here, but could not be revoked: \(warning)") }
        let rest = expiry.map { "; its access token is valid for another \(DurationText.describe(.seconds($0)))" } ?? ""
        output.note("signed out\(rest)")
        if !options.deletesKey, stored["api_key"] != nil {
            let place = stored["issuer"]?.string ?? account.platform.url.origin
            output.note("its key stays valid; delete it at \(place) if nobody needs it")
        }
    }
}
