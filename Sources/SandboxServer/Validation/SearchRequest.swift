import ParallelJSON

/// A valid search request.
struct SearchRequest: Sendable {
    var queries: [String]
    var objective: String?
    var sessionID: String?
    var maximumResults: Int
    /// The maximum number of characters of all excerpts together.
    var maximumCharacters: Int?
    var policy: SourcePolicy
    var location: String?

    static let referencePrefix = "search_"

    /// - Throws: a 422 whose `ref_id` is a search id, also for unknown members.
    init(_ request: Request) throws(APIFailure) {
        do {
            try self.init(body: try RequestCheck.body(of: request))
        } catch {
            var failure = error
            failure.message = "Request validation error"
            failure.referencePrefix = Self.referencePrefix
            throw failure
        }
    }

    init(body: JSONObject) throws(APIFailure) {
        var check = RequestCheck()
        let path: FieldPath = ["body"]
        check.refuseOthers(
            in: body, at: path,
            known: [
                "search_queries", "objective", "mode", "max_chars_total", "session_id", "client_model",
                "advanced_settings",
            ])
        let query = RequestCheck.string(upTo: 200, from: 1)
        let queries = check.member(
            "search_queries", of: body, at: path, required: true, as: RequestCheck.list(query, count: 1...5))
        objective = check.member("objective", of: body, at: path, as: RequestCheck.string(upTo: 5000))
        let modes = RequestCheck.choice(["turbo", "fast", "basic", "advanced"])
        _ = check.member("mode", of: body, at: path, as: modes)
        maximumCharacters = check.member("max_chars_total", of: body, at: path, as: RequestCheck.integer(from: 1))
        sessionID = check.member("session_id", of: body, at: path, as: RequestCheck.string(upTo: 1000))
        _ = check.member("client_model", of: body, at: path, as: RequestCheck.string())
        let settings = check.member("advanced_settings", of: body, at: path, as: Self.settingsReader)
        try check.throwIfAny()
        self.queries = queries ?? []
        maximumResults = settings?.maximumResults ?? 10
        policy = settings?.policy ?? SourcePolicy()
        location = settings?.location
    }

    private typealias Settings = (maximumResults: Int?, policy: SourcePolicy?, location: String?)

    private static let settingsReader: RequestCheck.Reader<Settings> = { check, value, path in
        guard let object = RequestCheck.object(&check, value, path) else { return nil }
        let known: Set = ["source_policy", "fetch_policy", "excerpt_settings", "location", "max_results"]
        check.refuseOthers(in: object, at: path, known: known)
        let excerpts = check.member("excerpt_settings", of: object, at: path, as: RequestCheck.object) ?? [:]
        let excerptsPath = path + ["excerpt_settings"]
        check.refuseOthers(in: excerpts, at: excerptsPath, known: ["max_chars_per_result"])
        _ = check.member("max_chars_per_result", of: excerpts, at: excerptsPath, as: RequestCheck.integer(from: 0))
        let fetch = check.member("fetch_policy", of: object, at: path, as: RequestCheck.object) ?? [:]
        let fetchPath = path + ["fetch_policy"]
        _ = check.member("max_age_seconds", of: fetch, at: fetchPath, as: RequestCheck.integer(from: 600))
        _ = check.member("timeout_seconds", of: fetch, at: fetchPath, as: RequestCheck.positiveNumber)
        _ = check.member("disable_cache_fallback", of: fetch, at: fetchPath, required: false, as: RequestCheck.bool)
        return (
            check.member("max_results", of: object, at: path, as: RequestCheck.integer(from: 1)),
            check.member("source_policy", of: object, at: path, as: SourcePolicy.reader),
            check.member("location", of: object, at: path, as: RequestCheck.string())
        )
    }
}
