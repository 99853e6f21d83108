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
    /// The messages of the response's warnings: what was dropped, clamped or ignored.
    private(set) var warnings: [String] = []

    private static let maximumQueries = 5
    private static let maximumResults = 20
    /// The smallest `max_age_seconds`.
    private static let minimumAge = 600
    /// The countries that a search can be for.
    private static let locations = Set(
        "ar au at be br ca cl cn dk fi fr de gr hk in id it jp my mx nl nz no ph pl pt ru sa za kr es se ch tw tr gb us"
            .split(separator: " "))

    static let referencePrefix = "search_"

    /// - Throws: a 422 whose `ref_id` is a search id, also for unknown members.
    init(_ request: Request) throws(APIFailure) {
        do {
            try self.init(body: try RequestCheck.body(of: request))
        } catch {
            throw error.ofPages(Self.referencePrefix)
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
        let queries = check.member("search_queries", of: body, at: path, required: true, as: Self.queriesReader) ?? []
        objective = check.member("objective", of: body, at: path, as: RequestCheck.string(upTo: 5000))
        let modes = RequestCheck.choice(["turbo", "fast", "basic", "advanced"])
        let mode = check.member("mode", of: body, at: path, as: modes)
        maximumCharacters = check.member("max_chars_total", of: body, at: path, as: RequestCheck.integer(from: 1))
        sessionID = check.member("session_id", of: body, at: path, as: RequestCheck.string(upTo: 1000))
        _ = check.member("client_model", of: body, at: path, as: RequestCheck.string())
        let settings = check.member("advanced_settings", of: body, at: path, as: Self.settingsReader)
        policy = settings?.policy ?? SourcePolicy()
        if mode == "turbo", let entry = (policy.include + policy.exclude).first(where: \.hasPath) {
            check.report(
                path + ["advanced_settings", "source_policy"],
                "Path prefixes such as '\(entry.text)' are not supported in mode turbo", "value_error")
        }
        try check.throwIfAny()
        self.queries = Array(queries.prefix(Self.maximumQueries))
        if queries.count > Self.maximumQueries {
            warnings.append(
                "\(queries.count) search queries were given; only the first \(Self.maximumQueries) are used")
        }
        let results = settings?.maximumResults ?? 10
        maximumResults = min(results, Self.maximumResults)
        if results > Self.maximumResults {
            warnings.append("max_results was reduced from \(results) to \(Self.maximumResults)")
        }
        if let age = settings?.maximumAge, age < Self.minimumAge {
            warnings.append("max_age_seconds was raised from \(age) to \(Self.minimumAge)")
        }
        if let location = settings?.location, !Self.locations.contains(location.lowercased()[...]) {
            warnings.append("Unsupported location '\(location)' is ignored")
        }
    }

    /// Reads queries, of which at least one must not be empty, and drops empty ones.
    private static let queriesReader: RequestCheck.Reader<[String]> = { check, value, path in
        let hasQuery = value.array?.contains { $0.string?.isEmpty == false } == true
        let query = RequestCheck.string(upTo: 200, from: hasQuery ? 0 : 1)
        return RequestCheck.list(query, count: 1...Int.max)(&check, value, path)?.filter { !$0.isEmpty }
    }

    private typealias Settings = (
        maximumResults: Int?, policy: SourcePolicy?, location: String?, maximumAge: Int?
    )

    private static let settingsReader: RequestCheck.Reader<Settings> = { check, value, path in
        guard let object = RequestCheck.object(&check, value, path) else { return nil }
        let known: Set = ["source_policy", "fetch_policy", "excerpt_settings", "location", "max_results"]
        check.refuseOthers(in: object, at: path, known: known)
        let age = checkFetchPolicy(in: object, at: path, &check)
        return (
            check.member("max_results", of: object, at: path, as: RequestCheck.integer(from: 1)),
            check.member("source_policy", of: object, at: path, as: SourcePolicy.reader),
            check.member("location", of: object, at: path, as: RequestCheck.string()), age
        )
    }

    /// Checks `excerpt_settings` and `fetch_policy`, and returns the largest age of pages in seconds.
    @discardableResult
    static func checkFetchPolicy(in object: JSONObject, at path: FieldPath, _ check: inout RequestCheck) -> Int? {
        let excerpts = check.member("excerpt_settings", of: object, at: path, as: RequestCheck.object) ?? [:]
        let excerptsPath = path + ["excerpt_settings"]
        check.refuseOthers(in: excerpts, at: excerptsPath, known: ["max_chars_per_result"])
        _ = check.member("max_chars_per_result", of: excerpts, at: excerptsPath, as: RequestCheck.integer(from: 0))
        let fetch = check.member("fetch_policy", of: object, at: path, as: RequestCheck.object) ?? [:]
        let fetchPath = path + ["fetch_policy"]
        let age = check.member("max_age_seconds", of: fetch, at: fetchPath, as: RequestCheck.integer(from: 0))
        _ = check.member("timeout_seconds", of: fetch, at: fetchPath, as: RequestCheck.positiveNumber)
        _ = check.member("disable_cache_fallback", of: fetch, at: fetchPath, required: false, as: RequestCheck.bool)
        return age
    }
}
