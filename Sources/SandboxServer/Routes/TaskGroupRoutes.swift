import ParallelJSON

/// `/v1/tasks/groups`, also under `/v1beta`: groups of runs, their listings and their events.
struct TaskGroupRoutes: Sendable {
    static let maximumInputs = 1_000

    let store: RunStore
    let keepAlive: Duration
    let streamLimit: Duration

    var routes: [Route] {
        ["/v1", "/v1beta"].flatMap { version in
            let groups = version + "/tasks/groups"
            return [
                Self.route("POST", groups) { request, _ in try await create(request) },
                Self.route("GET", groups + "/*") { _, ids in .json(200, try await group(ids[0]).json) },
                Self.route("POST", groups + "/*/runs") { request, ids in try await add(request, to: ids[0]) },
                Self.route("GET", groups + "/*/runs") { request, ids in try await runs(request, of: ids[0]) },
                Route("GET", groups + "/*/runs/*") { _, ids in try await run(ids[1], of: ids[0]) },
                Self.route("GET", groups + "/*/events") { request, ids in try await events(request, of: ids[0]) },
            ]
        }
    }

    /// Returns a route whose 422 responses have the form that group routes use.
    private static func route(
        _ method: String, _ path: String,
        answer: @escaping @Sendable (_ request: Request, _ parameters: [String]) async throws -> Reply
    ) -> Route {
        Route(method, path) { request, ids in
            do { return try await answer(request, ids) } catch let failure as APIFailure {
                throw failure.asHTTPValidation
            }
        }
    }

    private func create(_ request: Request) async throws -> Reply {
        let body = try RequestCheck.body(of: request)
        var check = RequestCheck()
        let metadata = check.member("metadata", of: body, at: ["body"], as: Self.metadata)
        try check.throwIfAny()
        return .json(200, await store.addGroup(metadata: metadata).json)
    }

    /// Reads a group's metadata, which has no documented limits on keys and values.
    private static let metadata: RequestCheck.Reader<JSONObject> = { check, value, path in
        guard let object = RequestCheck.object(&check, value, path) else { return nil }
        for member in object
        where member.value.string == nil && member.value.number == nil && member.value.bool == nil {
            check.report(
                path + [.string(member.key)], "Input should be a valid string, number or boolean", "union_type")
        }
        return object
    }

    private func group(_ id: String) async throws(APIFailure) -> TaskGroup {
        guard let group = await store.group(id) else { throw .unknownGroup }
        return group
    }

    private func run(_ id: String, of groupID: String) async throws -> Reply {
        _ = try await group(groupID)
        guard let run = await store.record(id), run.groupID == groupID else { throw APIFailure.unknownRun }
        return .json(200, text: run.json)
    }

    // MARK: - Adding runs

    private func add(_ request: Request, to id: String) async throws -> Reply {
        let refreshes = try GroupQuery(request).refreshesStatus
        let new = try Self.inputs(of: request)
        // If several runs script a fault of the creation, the first one's applies.
        let scripted = new.first { $0.scenario.creation[0] != nil }?.scenario
        let fault =
            if let scripted { await store.takeCreationFault(of: request.body, plan: scripted.creation) ?? .none } else {
                InjectedFault.none
            }
        return try await fault.apply(actsFirst: true, retryAfter: scripted?.retryAfter) {
            guard let added = try await store.add(new, toGroup: id, refreshingStatus: refreshes) else {
                throw APIFailure.unknownGroup
            }
            let isFirst = added.runs == 0
            return .json(
                200,
                [
                    "status": added.status, "run_ids": .array(added.ids.map(JSONValue.string)),
                    "run_cursor": isFirst ? .null : .string(GroupCursor.run(added.runs).text),
                    "event_cursor": isFirst ? .null : .string(GroupCursor.ending(added.endings).text),
                ])
        }
    }

    /// Reads the runs that a request asks for; one invalid run refuses all of them.
    private static func inputs(of request: Request) throws -> [TaskRunRequest] {
        let body = try RequestCheck.body(of: request)
        var check = RequestCheck()
        let defaultSpec = check.member("default_task_spec", of: body, at: ["body"], as: TaskSpec.reader) ?? TaskSpec()
        let input: RequestCheck.Reader<TaskRunRequest> = { check, value, path in
            guard let body = RequestCheck.object(&check, value, path) else { return nil }
            return TaskRunRequest(body, at: path, defaultSpec: defaultSpec, &check)
        }
        let list = RequestCheck.list(input, count: 1...maximumInputs)
        let inputs = check.member("inputs", of: body, at: ["body"], required: true, as: list)
        try check.throwIfAny()
        return inputs ?? []
    }

    // MARK: - Streams

    private func runs(_ request: Request, of id: String) async throws -> Reply {
        let group = try await group(id)
        let query = try GroupQuery(request)
        return .events(GroupRunStream(of: group, in: store, query: query))
    }

    private func events(_ request: Request, of id: String) async throws -> Reply {
        let group = try await group(id)
        let query = try GroupQuery(request)
        let limit = query.timeout.map { min(.seconds($0), streamLimit) } ?? streamLimit
        return .events(
            GroupEventStream(of: group, in: store, after: query.lastEnding, keepAlive: keepAlive, limit: limit))
    }
}
