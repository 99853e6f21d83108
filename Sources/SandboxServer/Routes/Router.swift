/// A method, a path and their handler, which gets the segments that match each `*` of the path.
struct Route: Sendable {
    /// The method; `*` means every method.
    let method: String
    let path: PathPattern
    /// Whether the router requires a key; without that, a route may check `Request.credential` itself.
    let needsKey: Bool
    let answer: @Sendable (_ request: Request, _ parameters: [String]) async throws -> Reply

    init(
        _ method: String, _ path: String, needsKey: Bool = true,
        answer: @escaping @Sendable (_ request: Request, _ parameters: [String]) async throws -> Reply
    ) {
        self.method = method
        self.path = PathPattern(path)
        self.needsKey = needsKey
        self.answer = answer
    }

    func takes(_ method: String) -> Bool { self.method == "*" || self.method == method }
}

/// Answers requests: applies faults of the control file, finds the route, checks the key, then calls the route.
struct Router: Sendable {
    let routes: [Route]
    let control: ControlFile?

    func answer(_ request: Request) async throws -> Reply {
        let scripted = control?.takeFault(for: request)
        let fault = scripted?.fault ?? .none
        return try await fault.apply(retryAfter: scripted?.retryAfter) {
            do {
                return try await dispatch(request)
            } catch let failure as APIFailure {
                return failure.reply
            }
        }
    }

    private func dispatch(_ request: Request) async throws -> Reply {
        let segments = request.segments
        let matches = routes.compactMap { route in route.path.parameters(of: segments).map { (route, $0) } }
        if matches.isEmpty { throw APIFailure.unknownRoute }
        guard let (route, parameters) = matches.first(where: { $0.0.takes(request.method) }) else {
            throw APIFailure.wrongMethod(allowed: matches.map(\.0.method))
        }
        if route.needsKey, request.credential != .valid { throw APIFailure.unauthorized }
        return try await route.answer(request, parameters)
    }
}
