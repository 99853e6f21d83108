package import ParallelHTTP
package import ParallelJSON
import ParallelSettings

/// Calls for groups of runs (`/v1/tasks/groups`), and for the API's proposals.
extension ParallelClient {
    /// Creates an empty group, which costs nothing.
    package func createGroup(metadata: JSONObject = [:]) async throws -> TaskGroup {
        let body: JSONObject = metadata.isEmpty ? [:] : ["metadata": .object(metadata)]
        return try await group(answering: request(.createGroup, body: .object(body)))
    }

    package func group(_ id: String) async throws -> TaskGroup {
        let group = try await group(answering: request(.group(id)))
        if let error = UnexpectedAnswer(about: group.id, insteadOf: id, "group") { throw error }
        let status = group.status
        if status.runCount > 0, !status.isActive {
            let completed = status.counts.first { $0.status == .completed }?.count ?? 0
            log?.learned(group: id, completed: completed, of: status.runCount)
        }
        return group
    }

    /// Adds runs to a group, which costs money. The request is never sent twice (see `Endpoint.addRuns`).
    ///
    /// - Parameters:
    ///   - body: a `TaskGroupRunRequest`, at most `TaskGroup.maximumAddition` inputs; it may hold secrets of MCP
    ///     servers.
    ///   - refreshesStatus: whether the status in the answer counts the new runs, which takes the server longer.
    ///   - mayReuseConnection: see `HTTPRequest.mayReuseConnection`; for callers that can ask the group what became of
    ///     the request.
    package func addRuns(
        to group: String, body: [UInt8], betas: [String] = [], refreshesStatus: Bool = false,
        mayReuseConnection: Bool = false
    ) async throws -> AddedRuns {
        var request = request(.addRuns(group, refreshesStatus: refreshesStatus), bytes: body, betas: betas)
        request.mayReuseConnection = mayReuseConnection
        let json = try await value(request)
        guard let added = AddedRuns(json) else {
            throw UnexpectedAnswer(
                message: "the API accepted the runs but its answer has no run ids", mayHaveCreated: true,
                received: json.bytes())
        }
        return added
    }

    /// Returns the request that `addRuns` sends.
    package func addRunsRequest(
        to group: String, body: [UInt8], betas: [String], refreshesStatus: Bool
    ) async throws -> HTTPRequest {
        try await authorized(request(.addRuns(group, refreshesStatus: refreshesStatus), bytes: body, betas: betas))
    }

    /// Opens one connection to the list of a group's runs as they are now. Iterating throws `HTTPError` and
    /// `ServerSentEventError`.
    package func groupRuns(_ group: String, _ query: GroupRunsQuery) async throws -> ServerSentEventStream {
        try await stream(.groupRuns(group, query), isList: true)
    }

    /// Opens one connection to the events of a group: ends of runs, and counts. It may end before the group does.
    ///
    /// - Parameter eventID: the `event_id` of the event after which the stream begins; nil means the first one.
    package func groupEvents(_ group: String, after eventID: String?) async throws -> ServerSentEventStream {
        try await stream(.groupEvents(group, after: eventID))
    }

    /// Asks the API to propose schemas for what a user wants to know (`POST /v1beta/tasks/suggest`), and returns its
    /// answer, which has an `output_schema`.
    package func suggestTask(_ body: JSONObject) async throws -> JSONObject {
        let answer = try await value(request(.suggest, body: .object(body)))
        guard let suggestion = answer.object, suggestion["output_schema"]?.object != nil else {
            throw UnexpectedAnswer(message: "the API's answer is no suggestion: it has no output_schema")
        }
        return suggestion
    }

    /// Returns the names of the processors that suit a task, the best one first (`POST
    /// /v1beta/tasks/suggest-processor`).
    ///
    /// - Parameter limit: a time limit below the usual one.
    package func suggestProcessors(_ body: JSONObject, within limit: Duration? = nil) async throws -> [String] {
        let answer = try await value(request(.suggestProcessor, body: .object(body)).within(limit))
        guard let processors = answer["recommended_processors"]?.array else {
            throw UnexpectedAnswer(message: "the API's answer has no recommended_processors")
        }
        return processors.compactMap(\.string)
    }

    private func group(answering request: HTTPRequest) async throws -> TaskGroup {
        guard let group = TaskGroup(try await value(request)) else {
            throw UnexpectedAnswer(message: "the API's answer is no task group")
        }
        try group.status.check()
        return group
    }
}
