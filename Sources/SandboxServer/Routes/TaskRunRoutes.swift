import ParallelJSON

/// `/v1/tasks/runs`: creates runs and returns their state, result, input and events.
struct TaskRunRoutes: Sendable {
    /// The default and the maximum time that a request for the result waits, in seconds.
    static let defaultTimeout = 600
    static let maximumTimeout = 86_400

    let store: RunStore
    let keepAlive: Duration
    let streamLimit: Duration

    var routes: [Route] {
        [
            Route("POST", "/v1/tasks/runs") { request, _ in try await create(request) },
            Route("GET", "/v1/tasks/runs/*") { _, ids in .json(200, text: try await run(ids[0]).json) },
            Route("GET", "/v1/tasks/runs/*/result") { request, ids in try await result(request, of: ids[0]) },
            Route("GET", "/v1/tasks/runs/*/input") { _, ids in .json(200, try await run(ids[0]).request.publicBody) },
            Route("GET", "/v1/tasks/runs/*/events") { _, ids in try await events(of: ids[0]) },
            Route("GET", "/v1beta/tasks/runs/*/events") { _, ids in try await events(of: ids[0]) },
        ]
    }

    private func create(_ request: Request) async throws -> Reply {
        let new = try TaskRunRequest(request)
        let fault = await store.takeCreationFault(of: request.body, plan: new.scenario.creation) ?? .none
        return try await fault.apply(actsFirst: true, retryAfter: new.scenario.retryAfter) {
            .json(202, text: try await store.add(new).json)
        }
    }

    private func run(_ id: String) async throws -> RunRecord {
        guard let run = await store.record(id) else { throw APIFailure.unknownRun }
        return run
    }

    private func result(_ request: Request, of id: String) async throws -> Reply {
        let timeout = try Self.timeout(of: request)
        guard let known = await store.record(id) else { throw APIFailure.noResult }
        let fault = await store.takePollFault(id) ?? .none
        return try await fault.apply(retryAfter: known.request.scenario.retryAfter) {
            do {
                let run = try await finished(known, within: timeout)
                return .json(200, text: Self.result(of: run))
            } catch let failure as APIFailure {
                return failure.reply
            }
        }
    }

    /// Waits until the run is completed and returns it.
    private func finished(_ known: RunRecord, within timeout: Int) async throws -> RunRecord {
        let deadline = ContinuousClock.now + .seconds(timeout)
        var run = known
        while run.status.isActive {
            guard let newer = await store.record(run.id, changedSince: run.version, by: deadline) else { break }
            try Task.checkCancellation()
            if newer.version == run.version { throw APIFailure.stillActive }
            run = newer
        }
        guard run.status == .completed else { throw APIFailure.noResult }
        return run
    }

    private static func result(of run: RunRecord) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(json: "{\"run\":")
        run.appendJSON(to: &bytes)
        bytes.append(json: ",\"output\":")
        RunAnswer.appendOutput(of: run, to: &bytes)
        bytes.append(json: "}")
        return bytes
    }

    private static func timeout(of request: Request) throws(APIFailure) -> Int {
        guard let text = request.query["timeout"] else { return defaultTimeout }
        var check = RequestCheck()
        let path: FieldPath = ["query", "timeout"]
        guard let timeout = Int(text) else {
            let message = "Input should be a valid integer, unable to parse string as an integer"
            check.report(path, message, "int_parsing")
            throw .validation(check.errors)
        }
        guard timeout >= 0 else {
            check.report(path, "Input should be greater than or equal to 0", "greater_than_equal")
            throw .validation(check.errors)
        }
        return min(timeout, maximumTimeout)
    }

    private func events(of id: String) async throws -> Reply {
        let known = try await run(id)
        let fault = await store.takeStreamFault(id) ?? .none
        let breaksOff = fault == .truncate
        let stream = RunEventStream(
            of: id, in: store, keepAlive: keepAlive, limit: streamLimit, breaksOff: breaksOff)
        let rest = breaksOff ? InjectedFault.none : fault
        return try await rest.apply(retryAfter: known.request.scenario.retryAfter) { .events(stream) }
    }
}
