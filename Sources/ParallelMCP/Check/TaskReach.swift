package import ParallelHTTP
package import ParallelSettings

/// Decides whether Parallel's tasks, which run on Parallel's machines, can use a server.
package struct TaskReach: Sendable {
    private let environment: [String: String]
    private let localSandbox: HTTPURL?
    private let hasExpiredToken: Bool

    /// - Parameters:
    ///   - api: the address of the API; nil if the configured one can't be used.
    ///   - tokenExpiry: when the server's token expires, in seconds since 1970 as `now` is.
    package init(environment: [String: String], api: APIAddress?, tokenExpiry: Int? = nil, now: Int = 0) {
        self.environment = environment
        localSandbox = api?.localSandbox
        hasExpiredToken = tokenExpiry.map { $0 <= now } ?? false
    }

    /// Returns why a task can't use a server at `url`; nil where it can, as far as address and token tell.
    package func problem(with url: HTTPURL) -> String? {
        let problems = [addressProblem(of: url), hasExpiredToken ? "its token has expired" : nil].compactMap(\.self)
        return problems.isEmpty ? nil : problems.joined(separator: "; ")
    }

    /// Returns the same for a URL with references; nil also if their values are not known.
    package func problem(withTemplate template: String) -> String? {
        guard let text = try? VariableReference.expand(template, environment), let url = try? HTTPURL(text) else {
            return nil
        }
        return problem(with: url)
    }

    private func addressProblem(of url: HTTPURL) -> String? {
        // The tasks of a sandbox run on this machine.
        if url.isLoopback, localSandbox != nil { return nil }
        if url.scheme != "https" { return "tasks call https URLs only" }
        if !url.hasPublicHost { return "tasks run on Parallel's side, and \(url.host) is not a public address" }
        return nil
    }
}
