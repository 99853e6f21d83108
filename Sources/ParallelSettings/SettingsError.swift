package import ParallelSystem

/// Why the configuration can't be used.
package enum SettingsError: Error, Sendable, Equatable {
    /// The address of the API is none that may be used. `reason` doesn't repeat it.
    case address(SettingOrigin, reason: String)
    /// The key can't be one, or its file can't be used. `reason` doesn't repeat it.
    case key(SettingOrigin, reason: String, remedy: FileError.Remedy? = nil)
    /// The file of settings can't be used.
    case configuration(FileError)
    /// A setting has a value that it can't have. `hint` is what its parser advises.
    case setting(String, SettingOrigin, reason: String, hint: Hint? = nil)
    /// Standard input holds a key and more lines.
    case moreThanKey
}
