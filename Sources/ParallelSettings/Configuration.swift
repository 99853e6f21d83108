import ParallelJSON
import ParallelSystem

/// The user's settings as they are kept in `config.json`: a member for each, and under `profiles` those of a profile,
/// which count before them.
///
/// Values are texts here. What a setting is, and which texts it takes, only the command line knows.
package struct Configuration: Sendable {
    /// The variable that names another file. `/dev/null` stands for no settings at all.
    package static let variable = "PARALLEL_CONFIG"
    /// The profile whose settings count where none is chosen.
    private static let usualProfile = "default"
    private static let profiles = "profiles"

    /// Nil if the environment names no place for it.
    package let path: String?
    private let bytes: [UInt8]
    /// Whether nothing is in it, as in /dev/null.
    private let isBlank: Bool
    private let members: JSONObject

    /// Reads the file; a missing one has no settings, and neither has one in a folder that this user may not look into
    /// (XDG Base Directory Specification 0.8). Throws `SettingsError.configuration`.
    package init(environment: [String: String]) throws(SettingsError) {
        try self.init(path: try Self.path(environment: environment))
    }

    /// Returns the path of the file; nil if the environment names no place for it.
    package static func path(environment: [String: String]) throws(SettingsError) -> String? {
        guard let name = environment[variable], !name.isEmpty else {
            return XDGPaths(environment: environment).configuration.map { $0 + "/config.json" }
        }
        // A folder that came from elsewhere must not bring its own.
        guard name.begins(with: "/") else {
            throw .configuration(FileError(path: variable, reason: "'\(name)' is no absolute path"))
        }
        return name
    }

    /// The file whose rules hold for all users of a machine (`CallRules`), whatever variables say.
    package static let systemPath = "/etc/parallel-web/config.json"

    /// Reads the file at `path`, as the other initializer does.
    ///
    /// - Parameter isOfMachine: whether it is the one at `systemPath`.
    package init(path: String?, isOfMachine: Bool = false) throws(SettingsError) {
        self.path = path
        do throws(FileError) {
            bytes =
                try path.flatMap { path throws(FileError) in
                    try UserFile.readTrusted(path, isOfMachine: isOfMachine)
                } ?? []
        } catch {
            throw .configuration(error)
        }
        isBlank = String(decoding: bytes, as: UTF8.self).isBlank
        guard let path, !isBlank else {
            members = [:]
            return
        }
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONValue.parse(bytes)
        } catch {
            throw .configuration(FileError(path: path, reason: "\(error)"))
        }
        guard let object = value.object else {
            throw .configuration(FileError(path: path, reason: "it holds no JSON object"))
        }
        members = object
        let profiles = object[Self.profiles] ?? [:]
        guard let profiles = profiles.object, profiles.members.allSatisfy({ $0.value.object != nil }) else {
            throw .configuration(FileError(path: path, reason: "'\(Self.profiles)' is no object of objects"))
        }
    }

    /// Returns the settings of a profile, or the general ones for nil; those of the profile `default` count where none
    /// is chosen, too.
    private func members(of profile: String?) -> JSONObject {
        guard let profile else { return members }
        return members[Self.profiles]?[profile]?.object ?? [:]
    }

    /// The profiles that have settings of their own.
    package var profileNames: [String] { members[Self.profiles]?.object?.keys ?? [] }

    /// Whether a profile has settings of its own.
    package func has(profile: String) -> Bool { !members(of: profile).isEmpty }

    /// The names of all settings for a profile, known or not, and where each is.
    package func names(for profile: String?) -> [(name: String, origin: SettingOrigin)] {
        guard let path else { return [] }
        let own = profile ?? Self.usualProfile
        return members(of: own).keys.map { ($0, .configuration(path, profile: own)) }
            + members.keys.filter { $0 != Self.profiles }.map { ($0, .configuration(path, profile: nil)) }
    }

    /// Returns what is set for a profile, else in general; nil for nothing. Throws `SettingsError.setting` for a value
    /// that is no text, number or truth value, or blank.
    package func value(of name: String, for profile: String?) throws(SettingsError) -> ConfiguredValue? {
        try names(for: profile).first { $0.name.isExactly(name) }.flatMap { found throws(SettingsError) in
            try value(of: name, at: found.origin)
        }
    }

    /// Returns all that is set, for a profile and in general. Throws the same.
    package func values(of name: String, for profile: String?) throws(SettingsError) -> [ConfiguredValue] {
        var values: [ConfiguredValue] = []
        for found in names(for: profile) where found.name.isExactly(name) {
            if let value = try value(of: name, at: found.origin) { values.append(value) }
        }
        return values
    }

    private func value(of name: String, at origin: SettingOrigin) throws(SettingsError) -> ConfiguredValue? {
        guard case .configuration(_, let profile) = origin else { return nil }
        let text: String?
        switch members(of: profile)[name] {
        case .string(let value): text = value
        case .number(let number): text = number.text
        case .bool(let isTrue): text = isTrue ? "true" : "false"
        default: text = nil
        }
        guard let text, !text.isBlank else {
            throw .setting(name, origin, reason: text == nil ? "its value is no text" : "its value is empty")
        }
        return ConfiguredValue(text: text, origin: origin)
    }

    /// Sets a setting, or takes it away if `value` is nil; every other byte stays as it is, and nobody else changes the
    /// file meanwhile. Returns whether there was one of this name. Throws `SettingsError` and `FileError`.
    package func set(_ name: String, to value: String?, for profile: String?) throws -> Bool {
        guard let path else { return false }
        let folder = Directory.containing(path)
        if value == nil, !UserFile.exists(path) { return false }
        try Directory.create(folder)
        return try Directory.locked(folder) {
            let now = try Configuration(path: path)
            // All profiles together are no setting.
            let wasSet = (profile != nil || name != Self.profiles) && now.members(of: profile)[name] != nil
            if value == nil, !wasSet { return false }
            var editor = try JSONTextEditor(now.isBlank ? Array("{}\n".utf8) : now.bytes)
            let place = profile.map { [Self.profiles, $0] } ?? []
            if let value {
                for (depth, key) in place.enumerated() {
                    let outer = place[..<depth]
                    let object = outer.reduce(editor.value) { $0[$1] ?? .null }
                    if object[key] == nil { editor.set(key, to: [:], in: Array(outer)) }
                }
                editor.set(name, to: .string(value), in: place)
            } else {
                // Of equal names, the last one counts: without it, the first one would.
                for key in now.members(of: profile).keys where key.isExactly(name) { editor.remove(key, in: place) }
                for (depth, key) in place.enumerated().reversed() {
                    editor.removeEmpty(key, in: Array(place[..<depth]))
                }
            }
            var file = try AtomicFile(path: path, mode: 0o600, keepsMode: false)
            try file.write(editor.bytes)
            try file.commit(replacing: true)
            return wasSet
        }
    }
}

/// The text of a setting, and where it is.
package struct ConfiguredValue: Sendable {
    package let text: String
    package let origin: SettingOrigin

    package init(text: String, origin: SettingOrigin) {
        self.text = text
        self.origin = origin
    }
}
