import ParallelAPI
package import ParallelAuth
import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// The findings of a check of a server, step by step, up to the first step that failed.
package struct ServerCheck: Sendable {
    package enum Step: String, Sendable, CaseIterable {
        case address, tls, authentication, `protocol`, server, tools, task
    }

    package enum State: String, Sendable {
        case ok, failed
        /// The step was not needed, or the check ended before it.
        case skipped
    }

    package struct Finding: Sendable {
        package let step: Step
        package let state: State
        /// The time that the step took; nil for a step without a request.
        package let duration: Duration?
        /// One line for a person, without secrets.
        package let detail: String
    }

    package private(set) var findings: [Finding] = []
    package private(set) var session: MCPSession?
    package private(set) var tools: [MCPTool] = []
    /// The reasons why a Parallel task could not use the server, apart from `failure`.
    package private(set) var problems: [String] = []
    /// The time when the token in a header expires, in seconds since 1970; nil if it is not known.
    package private(set) var tokenExpiry: Int?
    private let now: Int
    private let login: OAuthCredentials?
    /// The error that ended the check early.
    package private(set) var failure: (any Error)?

    private init(now: Int, login: OAuthCredentials?) { (self.now, self.login) = (now, login) }

    /// Whether the server works and a task could use it.
    package var isUsableByTasks: Bool { failure == nil && problems.isEmpty && !isLocal }
    /// Whether the server is a program on this machine, which no task can use.
    private var isLocal = false

    /// Connects with `client`, lists the tools, and checks whether tasks could use the server with `tools`. Throws only
    /// `CancellationError`.
    ///
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - login: the login that `client` uses, if there may be one.
    package static func run(
        on resolved: ResolvedServer, with client: MCPClient, expecting tools: [String]?, reach: TaskReach,
        clock: any Clock<Duration>, now: Int, login: OAuthCredentials? = nil
    ) async throws -> ServerCheck {
        var check = ServerCheck(now: now, login: login)
        check.isLocal = resolved.program != nil
        do {
            let opening = clock.stopwatch()
            try await client.connect()
            check.noteSession(resolved, client, opening())
            let listing = clock.stopwatch()
            check.tools = try await client.tools().tools
            check.noteTools(expecting: tools ?? [], listing())
        } catch {
            try Task.checkCancellation()
            check.noteFailure(error, resolved, client)
        }
        check.noteTask(resolved, reach)
        return check
    }

    // MARK: - Findings

    private mutating func add(_ step: Step, _ state: State, _ detail: String, after duration: Duration? = nil) {
        findings.append(Finding(step: step, state: state, duration: duration, detail: detail))
    }

    /// Adds the findings about the connection.
    private mutating func noteTransport(_ resolved: ResolvedServer, _ timings: HTTPResponse.Timings?) {
        if let program = resolved.program {
            add(.address, .ok, "started: \(program.words[0])")
            return add(.tls, .skipped, "a program on this machine")
        }
        add(.address, .ok, resolved.url.origin, after: timings?.connected)
        if resolved.url.scheme == "https" {
            add(.tls, .ok, "the certificate is trusted", after: timings?.secured)
        } else {
            add(.tls, .skipped, "plain http")
        }
    }

    private mutating func noteSession(_ resolved: ResolvedServer, _ client: MCPClient, _ duration: Duration) {
        noteTransport(resolved, client.firstTimings)
        noteAuthentication(resolved)
        session = client.session
        guard let session else { return }
        let kind = session.era.rawValue + (session.sessionID == nil ? "" : ", with a session")
        add(.protocol, .ok, "\(session.version) (\(kind))", after: duration)
        let name = session.server?["title"]?.string ?? session.server?["name"]?.string
        let version = session.server?["version"]?.string.map { " \($0)" } ?? ""
        add(.server, .ok, name.map { $0 + version } ?? "it does not give its name")
    }

    private mutating func noteAuthentication(_ resolved: ResolvedServer) {
        if isLocal { return add(.authentication, .skipped, "a program on this machine") }
        let headers = resolved.server.headers
        let login = try? login?.login()
        guard !headers.isEmpty || login != nil else { return add(.authentication, .ok, "none needed") }
        tokenExpiry = login?.expiresAt ?? resolved.server.tokenExpiry
        let names = (headers.map(\.name) + (login == nil ? [] : ["the stored login"])).joined(separator: ", ")
        let validity = tokenExpiry.map {
            $0 > now ? "; the token expires in \(($0 - now) / 60) min" : "; the token has expired"
        }
        add(.authentication, .ok, "accepted: \(names)\(validity ?? "")")
    }

    private mutating func noteTools(expecting expected: [String], _ duration: Duration) {
        let names = tools.map(\.name)
        add(.tools, .ok, "\(names.count): \(names.joined(separator: ", "))", after: duration)
        if names.isEmpty { problems.append("it has no tools, and tasks use nothing else") }
        let known = Set(names.map(ExactText.init))
        let missing = expected.filter { !known.contains(ExactText($0)) }
        if !missing.isEmpty { problems.append("it has no tool named \(missing.joined(separator: ", "))") }
    }

    private mutating func noteFailure(_ error: any Error, _ resolved: ResolvedServer, _ client: MCPClient) {
        failure = error
        let message = (error as? MCPError)?.message ?? (error as? HTTPError)?.message ?? "\(error)"
        let hasAnswered = client.firstTimings != nil
        let failed = Self.step(of: error, hasAnswered: hasAnswered, hasSession: session != nil)
        // Whoever opens a session need not be allowed to list the tools.
        findings.removeAll { $0.step == failed }
        if session == nil, hasAnswered {
            noteTransport(resolved, client.firstTimings)
        } else if session == nil, failed == .tls || failed == .protocol {
            add(.address, .ok, resolved.program?.words[0] ?? resolved.url.origin)
        }
        add(failed, .failed, message)
        for step in Step.allCases where step != .task && !findings.contains(where: { $0.step == step }) {
            add(step, .skipped, "not reached")
        }
        findings.sort { Self.position(of: $0) < Self.position(of: $1) }
    }

    private static func step(of error: any Error, hasAnswered: Bool, hasSession: Bool) -> Step {
        switch error {
        case let error as HTTPError where error.kind == .tls: .tls
        case let error as MCPError where error.kind == .unauthorized || error.status == 403: .authentication
        case is OAuthError: .authentication
        case _ where hasSession: .tools
        case let error as HTTPError
        where error.mayHaveBeenSent
            && [.protocolError, .truncated, .tooLarge, .connectionLost].contains(error.kind):
            .protocol
        default: hasAnswered ? .protocol : .address
        }
    }

    private static func position(of finding: Finding) -> Int { Step.allCases.firstIndex(of: finding.step) ?? 0 }

    private mutating func noteTask(_ resolved: ResolvedServer, _ reach: TaskReach) {
        if isLocal {
            if failure != nil { return add(.task, .skipped, "not reached") }
            let also = problems.isEmpty ? "" : "; \(problems.joined(separator: "; "))"
            return add(.task, .skipped, "a task can use it once it runs at a public https URL\(also)")
        }
        if let problem = reach.problem(with: resolved.url) { problems.insert(problem, at: 0) }
        if failure != nil {
            add(.task, .failed, "a Parallel task could not use it now")
        } else if problems.isEmpty {
            add(.task, .ok, "a Parallel task can use it")
        } else {
            add(.task, .failed, "a Parallel task could not use it: \(problems.joined(separator: "; "))")
        }
    }
}
