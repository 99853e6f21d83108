package import ParallelHTTP

/// Whether Parallel's tasks, which run on Parallel's side, can use a server.
package struct TaskReach: Sendable {
    private let standIn: HTTPURL?

    package init(environment: [String: String]) {
        standIn = Settings.standIn(environment)
    }

    /// Why a task can't reach `url`; nil where it can, as far as the address tells.
    package func fault(of url: HTTPURL) -> String? {
        // The stand-in's tasks run on this machine.
        if standIn != nil, url.isLoopback { return nil }
        if url.scheme != "https" { return "tasks call https URLs only" }
        if !url.hasPublicHost { return "tasks run on Parallel's side, and \(url.host) is not a public address" }
        return nil
    }
}
