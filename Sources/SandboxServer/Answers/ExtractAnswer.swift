import ParallelJSON

/// Made-up content of web pages, derived from their URLs: the same URL always gets the same content.
enum ExtractAnswer {
    static func answer(to request: ExtractRequest) -> JSONValue {
        answer(
            to: request.urls, objective: request.objective, wholePages: request.wantsWholePages,
            sessionID: request.sessionID, warnings: request.warnings)
    }

    /// Returns a result for each http or https URL, and an error for any other.
    static func answer(
        to urls: [String], objective: String?, wholePages: Bool, sessionID: String?, warnings: [String] = []
    ) -> JSONValue {
        var results: [JSONValue] = []
        var errors: [JSONValue] = []
        for url in urls {
            var check = RequestCheck()
            if RequestCheck.webAddress(&check, .string(url), []) == nil {
                errors.append([
                    "url": .string(url), "error_type": "invalid_url", "http_status_code": nil,
                    "content": check.errors.first?["msg"] ?? nil,
                ])
            } else {
                results.append(page(url, objective: objective, isWhole: wholePages))
            }
        }
        return [
            "extract_id": .string(Identifier.make("extract_")), "results": .array(results), "errors": .array(errors),
            "warnings": warnings.isEmpty
                ? nil : .array(warnings.map { TaskRunRequest.warning("warning", $0) }),
            "usage": [["name": "sku_extract_excerpts", "count": .number(JSONNumber(results.count))]],
            "session_id": .string(sessionID ?? Identifier.make("session_")),
        ]
    }

    private static func page(_ url: String, objective: String?, isWhole: Bool) -> JSONValue {
        let aim = objective.map { " The objective was: \($0.prefix(200))" } ?? ""
        let excerpt = "Sandbox excerpt of \(url). Made up by `parallel-sandbox`; the page was not read.\(aim)"
        let number = StableHash.of(url) % 1000
        let text = "# Sandbox page \(number)\n\n\(excerpt)\n\n## Details\n\nA real page has more to say here.\n"
        return [
            "url": .string(url), "title": .string("Sandbox page \(number)"), "publish_date": nil,
            "excerpts": [.string(excerpt)], "full_content": isWhole ? .string(text) : .null,
        ]
    }
}
