import ParallelSystem

/// Where the value of a setting came from.
package enum SettingOrigin: Sendable, Equatable {
    /// The environment variable of this name.
    case variable(String)
    /// A file that was named on the command line.
    case file(String)
    /// Standard input, which was named on the command line.
    case standardInput
    /// A program that was named on the command line.
    case program(String)
    /// The login of this profile.
    case login(profile: String)
    /// The login of Parallel's official command-line tool, which is in this file.
    case officialLogin(String)
    /// The file of settings: what it says of a profile, or for nil in general.
    case configuration(String, profile: String?)
    /// Nobody set it.
    case preset

    /// How messages name it.
    package var name: String {
        switch self {
        case .variable(let name): name
        case .file(let path), .officialLogin(let path): path
        case .standardInput: InputSource.standardInput.name
        case .program(let name): "the output of '\(name)'"
        case .login(let profile): "the login '\(profile)'"
        case .configuration(let path, let profile): profile.map { "profile '\($0)' in \(path)" } ?? path
        case .preset: "the default"
        }
    }
}
