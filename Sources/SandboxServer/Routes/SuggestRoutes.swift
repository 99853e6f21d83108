import ParallelJSON

/// `/v1beta/tasks/suggest…`: suggests a task, and processors for a task.
enum SuggestRoutes {
    static let routes = [
        Route("POST", "/v1beta/tasks/suggest") { request, _ in .json(200, try task(for: request)) },
        Route("POST", "/v1beta/tasks/suggest-processor") { request, _ in .json(200, try processors(for: request)) },
    ]

    private static func task(for request: Request) throws -> JSONValue {
        let body = try RequestCheck.body(of: request)
        var check = RequestCheck()
        let intent = check.member(
            "user_intent", of: body, at: ["body"], required: true, as: RequestCheck.string(from: 1))
        let previous = check.member("previous_task", of: body, at: ["body"], as: RequestCheck.object)
        if let previous { checkSchemas(of: previous, at: ["body", "previous_task"], &check) }
        try check.throwIfAny()
        return SuggestAnswer(intent: intent ?? "", previous: previous).answer
    }

    /// Returns the cheapest processors that are meant for so many fields, best first; never `lite`.
    private static func processors(for request: Request) throws -> JSONValue {
        let body = try RequestCheck.body(of: request)
        var check = RequestCheck()
        let spec = check.member("task_spec", of: body, at: ["body"], required: true, as: RequestCheck.object)
        if let spec { checkSchemas(of: spec, at: ["body", "task_spec"], requiresOutput: true, &check) }
        let names = RequestCheck.list(RequestCheck.choice(Processor.all.map(\.name)))
        let allowed = check.member("choose_processors_from", of: body, at: ["body"], as: names)
        try check.throwIfAny()

        let fields = spec?["output_schema"]?["properties"]?.object?.count ?? 0
        let candidates = Processor.all.filter { processor in
            processor.tier != "lite" && allowed.map { $0.contains(processor.name) } ?? !processor.isFast
        }
        let fitting = candidates.filter { $0.fields >= fields }
        let best = fitting.isEmpty ? candidates.suffix(1) : fitting.prefix(2)
        return ["recommended_processors": .array(best.map { .string($0.name) })]
    }

    private static func checkSchemas(
        of task: JSONObject, at path: FieldPath, requiresOutput: Bool = false, _ check: inout RequestCheck
    ) {
        _ = check.member("input_schema", of: task, at: path, as: RequestCheck.object)
        _ = check.member("output_schema", of: task, at: path, required: requiresOutput, as: RequestCheck.object)
    }
}
