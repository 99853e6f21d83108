/// A method, a path and what answers it; what stands for each `*` is handed over.
struct Route: Sendable {
    let method: String
    let path: PathPattern
    let answer: @Sendable (_ request: Request, _ parameters: [String]) async throws -> Reply

    init(
        _ method: String, _ path: String,
        answer: @escaping @Sendable (_ request: Request, _ parameters: [String]) async throws -> Reply
    ) {
        self.method = method
        self.path = PathPattern(path)
        self.answer = answer
    }
}

/// From a request to its answer: faults of the control file, the route, the key, then the route's own work.
struct Router: Sendable {
    let routes: [Route]
    let control: ControlFile?

    func answer(_ request: Request) async throws -> Reply {
        let scripted = await control?.takeFault(for: request)
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
        guard let (route, parameters) = matches.first(where: { $0.0.method == request.method }) else {
            throw APIFailure.wrongMethod(allowed: matches.map(\.0.method))
        }
        guard Self.isAuthorized(request) else { throw APIFailure.unauthorized }
        return try await route.answer(request, parameters)
    }

    /// Any key will do unless it is empty or says `invalid`; `x-api-key` goes before `Authorization: Bearer`.
    private static func isAuthorized(_ request: Request) -> Bool {
        var key = request.headers["x-api-key"]
        if key == nil, let authorization = request.headers["authorization"],
            authorization.lowercased().hasPrefix("bearer ")
        {
            key = String(authorization.dropFirst(7).drop { $0 == " " })
        }
        guard let key else { return false }
        return !key.isEmpty && !key.lowercased().contains("invalid")
    }
}
