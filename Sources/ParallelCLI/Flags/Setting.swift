import ParallelSettings
import ParallelSystem

/// A default that people can configure: that of a flag of the same name, or the address of the API.
struct Setting: Sendable {
    let name: String
    /// One line without a full stop.
    let summary: String
    /// What counts where nobody has set it; empty if that is up to the command.
    let preset: String
    /// The variables that set it, too; the first that is not blank counts.
    var variables: [String] = []

    /// The settings that are no flags.
    static let address = "base-url"
    static let budget = "budget"
    static let hosts = "allowed-hosts"
    static let auditLog = "audit-log"
    static let readOnly = "read-only"
    static let zeroRetention = "zero-retention"

    /// All settings. Flags that spend without asking, secrets and what belongs to one question are none.
    static let all = [
        Setting(name: hosts, summary: "The only hosts that requests may go to", preset: ""),
        Setting(
            name: auditLog, summary: "A file that gets a line for each request", preset: "",
            variables: ["PARALLEL_AUDIT_LOG"]),
        Setting(
            name: address, summary: "Where requests go", preset: APIAddress.preset,
            variables: APIAddress.variables),
        Setting(name: budget, summary: "What may be spent, as 20/day", preset: ""),
        Setting(name: "confirm-above", summary: "Ask above this many USD", preset: "10"),
        Setting(name: "format", summary: "How results are printed", preset: ""),
        Setting(name: "generator", summary: "Generator of FindAll runs", preset: "base"),
        Setting(name: "location", summary: "Country to search from", preset: ""),
        Setting(name: "mode", summary: "Mode of 'search'", preset: "fast"),
        Setting(
            name: "processor", summary: "Processor of runs", preset: "base",
            variables: ["PARALLEL_PROCESSOR"]),
        Setting(
            name: readOnly, summary: "Whether calls that cost or change something are refused", preset: "",
            variables: ["PARALLEL_READ_ONLY"]),
        Setting(name: "timeout", summary: "How long to wait for runs", preset: "1h"),
        Setting(
            name: zeroRetention, summary: "Whether nothing is kept on this machine", preset: "",
            variables: ["PARALLEL_ZERO_RETENTION"]),
    ]

    /// Whether it is one of `CallRules`, which each place adds to.
    var isRule: Bool { [Self.hosts, Self.auditLog, Self.readOnly, Self.zeroRetention].contains { name.isExactly($0) } }

    static func named(_ name: String) -> Setting? { all.first { name.isExactly($0.name) } }

    /// Throws if the flag of the setting, or what the address of the API must be, refuses a value.
    func check(_ value: String, from origin: SettingOrigin = .preset, in tree: CommandTree) throws(UsageError) {
        do {
            if name == Self.address { return _ = try APIAddress(value, from: .preset) }
            if name == Self.budget { return _ = try BudgetText.parse(value) }
            var rules = CallRules()
            if try rules.take(name, ConfiguredValue(text: value, origin: origin)) { return }
            for command in tree.commands where try command.checkSetting(name, value) { return }
        } catch SettingsError.address(_, let reason) {
            throw UsageError("\(name): \(reason)")
        } catch let error as InvalidValue {
            throw UsageError("\(name): \(error.reason)", hint: error.hint)
        } catch {
            throw UsageError("\(name): \(error)")
        }
    }

    /// Returns the value for a profile, nil being that of nobody's choice: from a variable, the profile or the file.
    func value(_ source: SettingSource, profile: String?) throws(SettingsError) -> ConfiguredValue? {
        for variable in variables {
            // A blank address is a mistake: without it, requests would go elsewhere.
            if let text = source.environment[variable], name == Self.address ? !text.isEmpty : !text.isBlank {
                return ConfiguredValue(text: text, origin: .variable(variable))
            }
        }
        if let value = try source.configuration.get().value(of: name, for: profile) { return value }
        return isRule ? try source.system.get().value(of: name, for: nil) : nil
    }

    /// Returns all that is set, for a rule that each place can add to and none can take back.
    func values(_ source: SettingSource, profile: String?) throws(SettingsError) -> [ConfiguredValue] {
        let given = variables.compactMap { name in
            source.environment[name].flatMap { $0.isEmpty ? nil : ConfiguredValue(text: $0, origin: .variable(name)) }
        }
        return given + (try source.configuration.get().values(of: name, for: profile))
    }
}

/// Where settings come from.
struct SettingSource: Sendable {
    var environment: [String: String] = [:]
    /// The file, or why it can't be used, which ends a command that takes settings.
    var configuration: Result<Configuration, SettingsError>
    /// The file whose rules hold for all users of a machine, in the same way.
    var system: Result<Configuration, SettingsError>

    init(_ environment: [String: String], system: String? = nil) {
        self.environment = environment
        self.system = Result { () throws(SettingsError) in try Self.rules(at: system) }
        configuration = Result { () throws(SettingsError) in try Configuration(environment: environment) }
    }

    /// The settings of a command line.
    init(_ context: Context) { self.init(context.environment, system: context.systemConfiguration) }

    /// Reads a file that may hold rules alone: a misspelt one would forbid nothing.
    private static func rules(at path: String?) throws(SettingsError) -> Configuration {
        let file = try Configuration(path: path, isOfMachine: true)
        let profiles = file.profileNames.isEmpty ? [] : ["profiles"]
        for name in file.names(for: nil).map(\.name) + profiles where Setting.named(name)?.isRule != true {
            let rules = Setting.all.filter(\.isRule).map(\.name).joined(separator: ", ")
            throw .configuration(FileError(path: path ?? "", reason: "'\(name)' is none of the rules: \(rules)"))
        }
        return file
    }

    /// Returns the profile of the command line, else that of the variable; nil if none is chosen.
    static func chosenProfile(_ given: String?, _ environment: [String: String]) -> String? {
        given ?? environment[ProfileText.variable].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Returns what is set for a call.
    ///
    /// - Parameter profile: the profile of the command line; nil for that of the variable, or none.
    func chosen(profile: String?) throws(SettingsError) -> ChosenSettings {
        let configuration = try configuration.get()
        let profile = Self.chosenProfile(profile, environment)
        var chosen = ChosenSettings()
        for setting in Setting.all { chosen.values[setting.name] = try setting.value(self, profile: profile) }
        chosen.unknown = configuration.names(for: profile).filter { Setting.named($0.name) == nil }
        chosen.hasProfile = profile.map(configuration.has) ?? false
        return chosen
    }
}

extension ChosenSettings {
    /// Returns the places of the flags whose defaults are set, unless a flag that counts before was given.
    func places(in flags: [FlagSpec], given: (String) -> Bool) -> [Int] {
        flags.indices.filter { place in
            guard let rivals = flags[place].settingRivals, values[flags[place].name] != nil else { return false }
            return !rivals.contains(where: given)
        }
    }
}
