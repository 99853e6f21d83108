import ParallelJSON

/// `/v1/decisions`: typed answers. A preview, of which only the beginnings of the documentation are known.
enum DecisionRoutes {
    static let routes = [
        Route("POST", "/v1/decisions") { request, _ in .json(200, try answer(to: request)) }
    ]

    private static func answer(to request: Request) throws -> JSONValue {
        let body = try RequestCheck.body(of: request)
        var check = RequestCheck()
        let path: FieldPath = ["body"]
        if body["state"] == nil || body["state"]?.isNull == true {
            check.report(path + ["state"], "Field required", "missing")
        }
        let questions = check.member("questions", of: body, at: path, required: true, as: RequestCheck.object) ?? [:]
        if !(1...100).contains(questions.count), check.errors.isEmpty {
            check.report(path + ["questions"], "Dictionary should have 1 to 100 items", "too_long")
        }
        _ = check.member("mode", of: body, at: path, as: RequestCheck.choice(["fast"]))
        let excerpts = check.member("include_excerpts", of: body, at: path, as: RequestCheck.bool) ?? true
        let state = body["state"]?.string ?? body["state"]?.serialized() ?? ""
        var answers = JSONObject()
        for question in questions {
            let place = path + ["questions", .string(question.key)]
            answers[question.key] = answer(question, about: state, at: place, &check)
        }
        try check.throwIfAny()
        let citation: JSONValue = [
            "url": "https://sandbox.parallel.example/evidence", "title": "Sandbox evidence",
            "excerpts": excerpts ? ["Made up by `parallel-sandbox`; no page was read."] : [],
        ]
        return ["answers": .object(answers), "citations": [citation]]
    }

    /// Returns a made-up answer; questions whose instructions ask to be refused are.
    private static func answer(
        _ question: JSONObject.Member, about state: String, at path: FieldPath, _ check: inout RequestCheck
    ) -> JSONValue {
        guard let body = RequestCheck.object(&check, question.value, path) else { return nil }
        let types = RequestCheck.choice(["noul", "choice", "score"])
        let type = check.member("type", of: body, at: path, required: true, as: types)
        let instructions =
            check.member(
                "instructions", of: body, at: path, required: true, as: RequestCheck.string(upTo: 5_000, from: 1))
            ?? ""
        let options: [String]
        if type == "score" {
            let levels = RequestCheck.list(RequestCheck.string(from: 1), count: 2...10)
            options = check.member("criteria", of: body, at: path, required: true, as: levels) ?? []
        } else {
            let criteria = check.member(
                "criteria", of: body, at: path, required: type == "choice", as: RequestCheck.object)
            options = criteria?.keys ?? []
            if type == "noul", criteria != nil, Set(options) != ["true", "false"] {
                check.report(path + ["criteria"], "Input should have the keys 'true' and 'false'", "value_error")
            }
            if type == "choice", criteria != nil, !(2...255).contains(options.count) {
                check.report(path + ["criteria"], "Dictionary should have 2 to 255 items", "too_long")
            }
        }
        if instructions.contains("sandbox:refuse") {
            return ["type": .string(type ?? ""), "refusal": "Sandbox: there is no evidence for an answer."]
        }
        let share = (StableHash.share(of: state + question.key) * 1_000).rounded() / 1_000
        switch type {
        case "noul": return ["type": "noul", "probability": .number(JSONNumber(share))]
        case "score":
            let mean = (share * Double(max(options.count - 1, 0)) * 100).rounded() / 100
            return ["type": "score", "score": .number(JSONNumber(mean))]
        default:
            guard !options.isEmpty else { return nil }
            let chosen = options[min(Int(share * Double(options.count)), options.count - 1)]
            let others = 0.2 / Double(max(options.count - 1, 1))
            let probabilities = options.map { ($0, JSONValue.number(JSONNumber($0 == chosen ? 0.8 : others))) }
            return [
                "type": "choice", "choice": .string(chosen), "probabilities": .object(JSONObject(probabilities)),
            ]
        }
    }
}
