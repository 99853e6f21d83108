import ParallelSettings

/// What the user's settings say for a call: variables first, then the profile, then the file's general settings.
package struct ChosenSettings: Sendable {
    /// The values by the names of settings; those that nobody has set are missing.
    var values: [String: ConfiguredValue] = [:]
    /// The names in the file that are no settings, and where they are.
    var unknown: [(name: String, origin: SettingOrigin)] = []
    /// Whether the profile that was chosen has settings, with or without a login.
    var hasProfile = false
}
