/// A method, a path and what answers it; what stands for each `*` of the path is handed over.
struct Route: Sendable {
    /// `*` takes every method.
    let method: String
    let path: PathPattern
    /// Whether the router asks for a key; a route that does not may look at `Request.credential` itself.
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

/// From a request to its answer: faults of the control file, the route, the key, then the route's own work.
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
