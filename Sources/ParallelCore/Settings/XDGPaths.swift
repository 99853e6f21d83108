/// Where the user's own files are (XDG Base Directory Specification 0.8).
package struct XDGPaths: Sendable {
    /// `$XDG_CONFIG_HOME/parallel`, else `~/.config/parallel`; nil when the environment names no home.
    package let configuration: String?

    /// Relative values of `XDG_CONFIG_HOME` are ignored, as the specification demands.
    package init(environment: [String: String]) {
        if let base = environment["XDG_CONFIG_HOME"], base.hasPrefix("/") {
            configuration = base + "/parallel"
        } else {
            configuration = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 + "/.config/parallel" : nil }
        }
    }
}
