import ParallelOutput
import ParallelSettings
import ParallelSystem

/// The options of the commands that look after settings, which take none themselves: they have to work with a broken
/// file.
struct ConfigOptions: CommandOptions {
    /// The commands whose flags check the values.
    var tree: @Sendable () -> CommandTree = { CommandTree(groups: []) }
    /// The positional words: the name of a setting, its value.
    var words: [String] = []
    var profile: String?
    var output = OutputOptions()

    private static let profileFlag = Flag<String?>(
        "profile", value: FlagSpec.Value("NAME", completion: .profiles),
        summary: "The settings of this profile, not those for all",
        details: "PARALLEL_PROFILE means the same. A profile needs no login to have settings."
    ) { profile, text throws(InvalidValue) in profile = try ProfileText.parse(text) }

    static let flags: [Flag<ConfigOptions>] =
        [profileFlag.embedded(at: \.profile)] + OutputFlags.global().map { $0.embedded(at: \.output) }
    static let listFlags: [Flag<ConfigOptions>] =
        [profileFlag.embedded(at: \.profile)] + OutputFlags.data().map { $0.embedded(at: \.output) }

    /// The name of a setting, as an argument.
    static let name = Positional(
        "NAME", .required, completion: .words(Setting.all.map(\.name)), summary: "the name of a setting")

    /// Returns the setting that the first word names. Throws with what is probably meant.
    func setting() throws(UsageError) -> Setting {
        guard let setting = Setting.named(words[0]) else { throw Self.unknown(words[0]) }
        return setting
    }

    static func unknown(_ name: String) -> UsageError {
        let plain = String(decoding: name.utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }, as: UTF8.self)
            .asciiLowercased
        let secrets = ["key", "apikey", "token", "secret", "password"]
        if plain.parts(between: "-").contains(where: { word in secrets.contains(where: word.isExactly) }) {
            return UsageError(
                "'\(UsageError.shown(name))' is no setting: a key or token is never kept with them",
                hint: "'login' makes a key and keeps it, 'login --with-key' keeps one that you have")
        }
        let names = Setting.all.map(\.name)
        return UsageError(
            "'\(UsageError.shown(name))' is no setting",
            hint: Suggestions.nearest(to: plain, among: names).map { "did you mean '\($0)'?" }
                ?? "the settings are: \(names.joined(separator: ", "))")
    }

    /// Returns the file, its path and the profile that is meant. Throws `SettingsError`, and `UsageError` where there
    /// is no place for a file.
    func place(_ context: Context) throws -> (file: Configuration, path: String, profile: String?) {
        let path = try path(context)
        let file = try Configuration(environment: context.environment)
        return (file, path, try KeySources.profile(profile, context))
    }

    /// Returns the path of the file, whatever is in it.
    func path(_ context: Context) throws -> String {
        guard let path = try Configuration.path(environment: context.environment) else {
            throw UsageError(
                "there is no place for settings: neither XDG_CONFIG_HOME nor HOME is an absolute path",
                hint: "\(Configuration.variable)=FILE names one")
        }
        return path
    }
}
