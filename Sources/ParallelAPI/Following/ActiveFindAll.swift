import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// A FindAll run that may still be active. Its state is asked for again and again, as the API does not hold an answer.
package struct ActiveFindAll: EventSource {
    private let id: String
    private let client: ParallelClient
    private let clock: any Clock<Duration>
    private let start: String?
    private let onStatus: @Sendable (FindAllRun) -> Void

    package let name = "the FindAll run"

    /// - Parameters:
    ///   - eventID: the event after which `events` begins; nil means the first one.
    ///   - onStatus: gets the run each time that its state was asked for.
    package init(
        id: String, after eventID: String? = nil, client: ParallelClient, clock: any Clock<Duration>,
        onStatus: @escaping @Sendable (FindAllRun) -> Void = { _ in }
    ) {
        self.id = id
        start = eventID
        self.client = client
        self.clock = clock
        self.onStatus = onStatus
    }

    /// Asks for the state, and for the result once the run has ended.
    package func look() async throws -> Look<FindAllResult> {
        let run = try await client.findAll(id)
        onStatus(run)
        if run.isActive { return .goesOn(wasHeld: false) }
        do {
            let result = try await client.findAllResult(id)
            return .over(result)
        } catch let error as APIError where error.status == 404 && run.hasFailed {
            // A run that failed may have no result; its state says why.
            guard let result = FindAllResult(run.json) else { throw error }
            return .over(result)
        }
    }

    /// Calls `receive` with each event until the run has ended, over as many connections as needed. Throws the error
    /// that ended the stream, and `UnexpectedAnswer` for an event that is not JSON or belongs to another run.
    package func events(_ receive: (FindAllEvent) async throws -> Void) async throws {
        /// Whether the run is active according to the last event of the connection; nil if it does not say.
        var isActive: Bool?
        /// The ids of the states that were received: they don't move the position, so they can come again.
        var states: Set<ExactText> = []
        return try await ResumableEventStream(clock: clock).follow(from: .init(after: start)) { position in
            isActive = nil
            return .open(try await client.findAllEvents(id, after: position.lastEventID))
        } receive: { message, position in
            let event = try Self.event(message)
            if let run = event.run {
                if let error = UnexpectedAnswer(about: run.id, insteadOf: id, "FindAll run") { throw error }
                isActive = run.isActive
            } else {
                isActive = nil
            }
            if event.isStatus {
                if let id = event.id, !states.insert(ExactText(id)).inserted { return nil }
            } else if let id = event.id {
                position.lastEventID = id
                position.noteNews()
            }
            try await receive(event)
            return nil
        } end: { _ in
            // A run that ends may be queued again by an enrichment, so only the end of the stream counts.
            if isActive == false { return () }
            return try await client.findAll(id).isActive ? nil : ()
        } passes: { error, position in
            position.isOpened && FailureMeaning(of: error) == .passing
        }
    }

    private static func event(_ message: ServerSentEvent) throws -> FindAllEvent {
        do {
            return FindAllEvent(try JSONValue.parse(message.data))
        } catch {
            throw UnexpectedAnswer(message: "an event of the FindAll run's stream is not JSON (\(error))")
        }
    }
}
