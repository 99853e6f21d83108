import ParallelJSON

/// A valid request to read pages.
struct ExtractRequest: Sendable {
    static let maximumPages = 20

    let urls: [String]
    let objective: String?
    let sessionID: String?
    let wantsWholePages: Bool
    private let hasQueries: Bool

    /// - Throws: a 422 whose `ref_id` is an extract id, also for unknown members.
    init(_ request: Request) throws(APIFailure) {
        do {
            try self.init(body: try RequestCheck.body(of: request))
        } catch {
            throw error.ofPages("extract_")
        }
    }

    private init(body: JSONObject) throws(APIFailure) {
        var check = RequestCheck()
        let path: FieldPath = ["body"]
        check.refuseOthers(
            in: body, at: path,
            known: [
                "urls", "objective", "search_queries", "max_chars_total", "session_id", "client_model",
                "advanced_settings",
            ])
        let list = RequestCheck.list(RequestCheck.string(from: 1), count: 1...Self.maximumPages)
        urls = check.member("urls", of: body, at: path, required: true, as: list) ?? []
        objective = check.member("objective", of: body, at: path, as: RequestCheck.string(upTo: 5000))
        let queries = check.member(
            "search_queries", of: body, at: path, as: RequestCheck.list(RequestCheck.string(upTo: 200), count: 0...5))
        hasQueries = queries?.isEmpty == false
        _ = check.member("max_chars_total", of: body, at: path, as: RequestCheck.integer(from: 1))
        sessionID = check.member("session_id", of: body, at: path, as: RequestCheck.string(upTo: 1000))
        _ = check.member("client_model", of: body, at: path, as: RequestCheck.string())
        let settings = check.member("advanced_settings", of: body, at: path, as: RequestCheck.object) ?? [:]
        wantsWholePages = Self.readSettings(settings, at: path + ["advanced_settings"], &check)
        try check.throwIfAny()
    }

    /// Checks the settings and returns whether they ask for whole pages.
    private static func readSettings(_ settings: JSONObject, at path: FieldPath, _ check: inout RequestCheck) -> Bool {
        check.refuseOthers(in: settings, at: path, known: ["fetch_policy", "excerpt_settings", "full_content"])
        SearchRequest.checkFetchPolicy(in: settings, at: path, &check)
        if settings["full_content"]?.object != nil {
            _ = check.member("full_content", of: settings, at: path, as: limits)
            return true
        }
        return check.member("full_content", of: settings, at: path, as: RequestCheck.bool) ?? false
    }

    private static let limits: RequestCheck.Reader<Void> = { check, value, path in
        guard let object = RequestCheck.object(&check, value, path) else { return nil }
        check.refuseOthers(in: object, at: path, known: ["max_chars_per_result"])
        _ = check.member("max_chars_per_result", of: object, at: path, as: RequestCheck.integer(from: 0))
        return ()
    }

    /// The messages of the answer's warnings.
    var warnings: [String] {
        guard wantsWholePages, objective == nil, !hasQueries else { return [] }
        return ["full_content without objective or search_queries repeats what the excerpts have"]
    }
}
