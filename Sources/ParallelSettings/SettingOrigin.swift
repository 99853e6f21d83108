import ParallelSystem

/// Where the value of a setting came from.
package enum SettingOrigin: Sendable, Equatable {
    /// The environment variable of this name.
    case variable(String)
    /// A file that was named on the command line.
    case file(String)
    /// Standard input, which was named on the command line.
    case standardInput
    /// Nobody set it.
    case preset

    /// How messages name it.
    package var name: String {
        switch self {
        case .variable(let name): name
        case .file(let path): path
        case .standardInput: InputSource.standardInput.name
        case .preset: "the default"
        }
    }
}
