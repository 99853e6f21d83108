import ParallelAuth
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem

/// What the completion scripts ask the program for, with what is said about each value.
enum CompletionValues {
    typealias Value = (text: String, about: String)

    /// Returns the values of a kind, which is one of `Completion.dynamicKind`; none where they can't be read.
    ///
    /// - Parameter word: what is typed of the value so far; for values of a setting, the setting's name.
    static func all(_ kind: String, _ word: String, _ tree: CommandTree, _ context: Context) -> [Value] {
        switch kind {
        case "servers":
            return ServerRegistry(context).listedEntries().entries.filter { !$0.isShadowed }.map { ($0.name, "") }
        case "profiles": return profiles(context).map { ($0, "") }
        case "settings": return words(of: word, tree).map { ($0, "") }
        default: return ids(kind, asPlaces: word.begins(with: "@"), context)
        }
    }

    /// The bytes at the end of the log in which recent ids are looked for: some 300 runs.
    private static let recent = 1 << 17

    private static func ids(_ kind: String, asPlaces: Bool, _ context: Context) -> [Value] {
        let address = try? Setting.named(Setting.address)?.value(SettingSource(context.environment), profile: nil)
        let log = RecentIDs(environment: context.environment, address: address?.text).log
        guard let entries = try? log.entries(atEnd: recent) else { return [] }
        let found = RecentIDs.numbered(entries, of: kind).lazy.compactMap { number, entry, _ in
            number.flatMap { number in entry.id.map { (number: number, id: $0, words: entry.words) } }
        }
        return found.prefix(20).map { number, id, words in
            asPlaces ? (number == 1 ? "@last" : "@\(number)", words) : (id, words)
        }
    }

    /// The names of logins, and of profiles that have settings alone.
    private static func profiles(_ context: Context) -> [String] {
        let store = CredentialStore(environment: context.environment, isOfAccounts: true)
        let logins = (try? store?.profiles()) ?? []
        let configured = (try? Configuration(environment: context.environment))?.profileNames ?? []
        return logins + configured.filter { name in !logins.contains(where: name.isExactly) }
    }

    /// The words that the flag of a setting takes.
    private static func words(of setting: String, _ tree: CommandTree) -> [String] {
        guard Setting.named(setting) != nil, setting != Setting.address, setting != Setting.budget else { return [] }
        for entry in tree.entries {
            guard let flag = entry.command.flags.first(where: { $0.settingRivals?.first == setting }) else { continue }
            if case .words(let words)? = flag.value?.completion { return words }
            return []
        }
        return []
    }
}
