import ParallelAuth
import ParallelJSON
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Where the API key can come from. Of several sources with a key, the first counts.
enum KeySources {
    /// Returns all sources in their order: flags, the variable, the login of the profile, and that of the official tool
    /// unless a profile was chosen. Throws for a profile that can't be one.
    ///
    /// A stored key goes to the address that it was stored for and nowhere else: whoever can set a variable could have
    /// it sent elsewhere otherwise.
    ///
    /// - Parameter keyFile: the path of the key file.
    static func all(
        _ connection: ConnectionOptions, keyFile: String?, _ address: APIAddress, _ context: Context
    ) throws -> [KeySource] {
        let profile = try profile(connection.profile, context)
        let program = connection.keyProgram.map { words in
            KeySource(.program(words[0])) { .key(try context.helper(words, []).joined(separator: "\n")) }
        }
        let given = Settings.given(environment: context.environment, keyFile: keyFile) {
            try context.streams.readAll(upTo: UserFile.secretLimit)
        }
        let login = KeySource(.login(profile: profile ?? ProfileText.usual)) {
            do {
                return try stored(profile, address, context)
            } catch let error as FileError {
                let origin = SettingOrigin.login(profile: profile ?? ProfileText.usual)
                throw SettingsError.key(origin, reason: "\(error.path): \(error.reason)", remedy: error.remedy)
            }
        }
        let official = KeySource(.officialLogin("the login of parallel-cli")) {
            guard let found = try OfficialLogin.find(context.environment) else { return .nothing }
            return address.text == APIAddress.preset ? .key(found.key) : .keyOf(address: APIAddress.preset)
        }
        return [program].compactMap(\.self) + given + [login] + (profile == nil ? [official] : [])
    }

    /// Returns the profile that was chosen by flag or variable; nil if none was.
    static func profile(_ given: String?, _ context: Context) throws -> String? {
        guard given == nil, let name = SettingSource.chosenProfile(nil, context.environment) else { return given }
        do throws(InvalidValue) {
            return try ProfileText.parse(name)
        } catch {
            throw UsageError("\(ProfileText.variable): \(error.reason)")
        }
    }

    /// Throws for a profile that was chosen and has neither a login nor settings: after a mistyped name, requests would
    /// go to another address than was meant.
    static func requireProfile(_ given: String?, _ context: Context) throws {
        guard let name = try profile(given, context), name != ProfileText.usual, !context.settings.hasProfile,
            !hasLogin(name, context)
        else { return }
        throw missing(name, context)
    }

    private static func missing(_ profile: String, _ context: Context) -> ErrorReport {
        let flags = FlagSpec.words("profile", profile)
        return ErrorReport(
            .notAuthenticated, "there is no login '\(profile)'",
            hints: ["sign in with: \(command: context.command(["login"], flags: flags))"])
    }

    /// Whether there is a login of this profile.
    static func hasLogin(_ profile: String, _ context: Context) -> Bool {
        let store = CredentialStore(environment: context.environment, isOfAccounts: true, helper: context.helper)
        // Where one can't be read, its error is told by whoever needs it.
        do { return try store?.shown(profile) != nil } catch { return true }
    }

    private static func stored(_ chosen: String?, _ address: APIAddress, _ context: Context) throws -> KeySource.Content
    {
        let name = chosen ?? ProfileText.usual
        let store = CredentialStore(environment: context.environment, isOfAccounts: true, helper: context.helper)
        guard let store, let shown = try store.shown(name) else {
            // A profile may have settings alone.
            guard let chosen, !context.settings.hasProfile else { return .nothing }
            throw missing(chosen, context)
        }
        // Its secret is not asked for where it could not be used.
        let base = shown["api_base"]?.string ?? APIAddress.preset
        guard base == address.text else { return shown["api_key"] == nil ? .nothing : .keyOf(address: base) }
        guard let key = try store.read(name)?["api_key"]?.string, !key.isEmpty else { return .nothing }
        return .key(key)
    }
}

extension Context {
    /// Runs a program of the user's that finds or keeps a secret. What it says goes to standard error.
    var helper: CredentialStore.Helper {
        { words, input in
            try HelperCommand.run(words, input: input, isInterrupted: { interruption() != nil }) { line in
                let said = String(decoding: line, as: UTF8.self)
                streams.note(ControlCharacters.neutralised(streams.secrets.masked(said)))
            }
        }
    }
}
