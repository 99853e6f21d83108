import ParallelJSON

/// Made-up images, derived from the queries: the same request always gets the same images.
enum ImageAnswer {
    private static let maximumImages = 20

    static func answer(to request: Request) throws(APIFailure) -> JSONValue {
        do {
            return try answer(to: try RequestCheck.body(of: request))
        } catch {
            throw error.ofPages(SearchRequest.referencePrefix)
        }
    }

    private static func answer(to body: JSONObject) throws(APIFailure) -> JSONValue {
        var check = RequestCheck()
        let path: FieldPath = ["body"]
        check.refuseOthers(
            in: body, at: path,
            known: ["search_queries", "objective", "mode", "session_id", "client_model", "advanced_settings"])
        let list = RequestCheck.list(RequestCheck.string(upTo: 200, from: 1), count: 1...5)
        let queries = check.member("search_queries", of: body, at: path, required: true, as: list) ?? []
        _ = check.member("objective", of: body, at: path, as: RequestCheck.string(upTo: 5_000))
        _ = check.member("mode", of: body, at: path, as: RequestCheck.choice(["fast", "advanced"]))
        let session = check.member("session_id", of: body, at: path, as: RequestCheck.string(upTo: 1_000))
        _ = check.member("client_model", of: body, at: path, as: RequestCheck.string())
        let settings = check.member("advanced_settings", of: body, at: path, as: RequestCheck.object) ?? [:]
        let here = path + ["advanced_settings"]
        check.refuseOthers(in: settings, at: here, known: ["location", "max_results"])
        _ = check.member("location", of: settings, at: here, as: RequestCheck.string())
        let wanted = check.member("max_results", of: settings, at: here, as: RequestCheck.integer(from: 1)) ?? 10
        try check.throwIfAny()
        let warnings =
            wanted > maximumImages
            ? [TaskRunRequest.warning("warning", "max_results was reduced to \(maximumImages)")] : []
        let images = (0..<min(wanted, maximumImages)).map { index -> JSONValue in
            let query = queries[index % queries.count]
            let seed = String(StableHash.of("\(index)\(query)"), radix: 36)
            return [
                "title": .string("Sandbox image \(index + 1) for “\(query)”"),
                "image_url": .string("https://sandbox.parallel.example/image/\(seed).jpg"),
                "source_page_url": .string("https://sandbox.parallel.example/\(seed)"),
                "width": index % 3 == 2 ? nil : 1920, "height": index % 3 == 2 ? nil : 1080,
            ]
        }
        return [
            "search_id": .string(Identifier.make(SearchRequest.referencePrefix)),
            "session_id": .string(session ?? Identifier.make("session_")), "results": .array(images),
            "warnings": warnings.isEmpty ? nil : .array(warnings), "usage": [["name": "sku_image_search", "count": 1]],
        ]
    }
}
