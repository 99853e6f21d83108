import ParallelSystem

/// Where the user's own files are (XDG Base Directory Specification 0.8).
package struct XDGPaths: Sendable {
    /// `$XDG_CONFIG_HOME/parallel`, else `~/.config/parallel`; nil when the environment names no home.
    package let configuration: String?
    /// `$XDG_CACHE_HOME/parallel`, else `~/.cache/parallel`; nil when the environment names no home.
    package let cache: String?
    /// `$XDG_STATE_HOME/parallel`, else `~/.local/state/parallel`; nil when the environment names no home.
    package let state: String?

    /// Relative values of the variables are ignored, as the specification demands.
    package init(environment: [String: String]) {
        func folder(_ variable: String, default name: String) -> String? {
            if let base = environment[variable], base.begins(with: "/") { return base + "/parallel" }
            return environment["HOME"].flatMap { $0.begins(with: "/") ? "\($0)/\(name)/parallel" : nil }
        }
        configuration = folder("XDG_CONFIG_HOME", default: ".config")
        cache = folder("XDG_CACHE_HOME", default: ".cache")
        state = folder("XDG_STATE_HOME", default: ".local/state")
    }
}
