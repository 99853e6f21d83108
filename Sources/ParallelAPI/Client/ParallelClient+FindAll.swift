import ParallelHTTP
import ParallelSettings

extension ParallelClient {
    /// Returns the FindAll run as it is now.
    package func findAll(_ id: String) async throws -> FindAllRun {
        guard let run = FindAllRun(try await answer(to: .findAll(id))) else {
            throw UnexpectedAnswer(message: "the API's answer is not a FindAll run")
        }
        if let error = UnexpectedAnswer(about: run.id, insteadOf: id, "FindAll run") { throw error }
        log?.learned(id, run.status.rawValue)
        return run
    }

    /// Returns what the run has found so far.
    package func findAllResult(_ id: String) async throws -> FindAllResult {
        guard let result = FindAllResult(try await answer(to: .findAll(id, "result"))) else {
            throw UnexpectedAnswer(message: "the API's answer is not the result of a FindAll run")
        }
        if let error = UnexpectedAnswer(about: result.run.id, insteadOf: id, "FindAll run") { throw error }
        return result
    }

    /// Opens one connection to the run's events.
    func findAllEvents(_ id: String, after eventID: String?) async throws -> ServerSentEventStream {
        var endpoint = Endpoint.findAll(id, "events")
        if let eventID { endpoint.query = [("last_event_id", eventID)] }
        return try await stream(endpoint)
    }
}
