/// A method, a path and their handler, which gets the segments that match each `*` of the path.
struct Route: Sendable {
    /// The method; `*` means every method.
    let method: String
    let path: PathPattern
    /// Whether the router requires a key; without that, a route may check `Request.credential` itself.
    let needsKey: Bool
    /// Returns an error in this route's form; the usual one of the API unless told otherwise.
    let failure: @Sendable (APIFailure) -> Reply
    let answer: @Sendable (_ request: Request, _ parameters: [String]) async throws -> Reply

    init(
        _ method: String, _ path: String, needsKey: Bool = true,
        failure: @escaping @Sendable (APIFailure) -> Reply = { $0.reply },
        answer: @escaping @Sendable (_ request: Request, _ parameters: [String]) async throws -> Reply
    ) {
        self.method = method
        self.path = PathPattern(path)
        self.needsKey = needsKey
        self.failure = failure
        self.answer = answer
    }

    func takes(_ method: String) -> Bool { self.method == "*" || self.method == method }
}

/// Answers requests: applies faults that were asked for, finds the route, checks the key, then calls the route.
struct Router: Sendable {
    let routes: [Route]
    let faults: ScriptedFaults?
    let book: AccountBook

    func answer(_ request: Request) async throws -> Reply {
        let scripted = faults?.takeFault(for: request)
        var reply = try await answer(request, scripted)
        if let scripted, scripted.fault != .none { reply.faultOrigin = scripted.origin }
        return reply
    }

    private func answer(_ request: Request, _ scripted: TakenFault?) async throws -> Reply {
        let fault = scripted?.fault ?? .none
        let segments = request.segments
        let matches = routes.compactMap { route in route.path.parameters(of: segments).map { (route, $0) } }
        let failure = matches.first?.0.failure ?? { $0.reply }
        if case .status(let status) = fault {
            return failure(.scripted(status, retryAfter: scripted?.retryAfter))
        }
        return try await fault.apply(retryAfter: scripted?.retryAfter) {
            do {
                return try await dispatch(request, matches)
            } catch let error as APIFailure {
                return failure(error)
            }
        }
    }

    private func dispatch(
        _ request: Request, _ matches: [(route: Route, parameters: [String])]
    ) async throws -> Reply {
        if matches.isEmpty { throw APIFailure.unknownRoute }
        guard let (route, parameters) = matches.first(where: { $0.route.takes(request.method) }) else {
            throw APIFailure.wrongMethod(allowed: matches.map(\.route.method))
        }
        var request = request
        request.hasDeletedKey = request.key.map(book.isDeleted) ?? false
        if route.needsKey, request.credential != .valid { throw APIFailure.unauthorized }
        return try await route.answer(request, parameters)
    }
}
