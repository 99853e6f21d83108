import ParallelJSON

/// `/v1beta/memory`: finds finished work again, and forgets it.
struct MemoryRoutes: Sendable {
    let store: RunStore

    var routes: [Route] {
        [
            Route("POST", "/v1beta/memory/retrieve", failure: Self.failure) { request, _ in try await retrieve(request)
            },
            Route("POST", "/v1beta/memory/evict", failure: Self.failure) { request, _ in
                try await forget(request, needsEntry: true)
            },
            Route("POST", "/v1beta/memory/clear", failure: Self.failure) { request, _ in
                try await forget(request, needsEntry: false)
            },
        ]
    }

    private static let failure: @Sendable (APIFailure) -> Reply = { $0.asHTTPValidation.reply }
    private static let kinds = RequestCheck.choice(["task", "monitor", "findall"])

    /// Reads a scope key or an id: 1 to 128 letters, digits, `_` or `-`.
    private static let key: RequestCheck.Reader<String> = { check, value, path in
        guard let text = RequestCheck.string(upTo: 128, from: 1)(&check, value, path) else { return nil }
        guard text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }) else {
            check.report(path, "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'", "string_pattern_mismatch")
            return nil
        }
        return text
    }

    private func retrieve(_ request: Request) async throws -> Reply {
        let body = try RequestCheck.body(of: request)
        var check = RequestCheck()
        let path: FieldPath = ["body"]
        let query = check.member("query", of: body, at: path, as: RequestCheck.string(upTo: 500))
        let limit = check.member("limit", of: body, at: path, as: RequestCheck.integer(from: 1)) ?? 10
        if limit > 25 {
            check.report(path + ["limit"], "Input should be less than or equal to 25", "less_than_equal")
        }
        let kind = check.member("kind", of: body, at: path, as: Self.kinds)
        let since = check.member("since", of: body, at: path, as: Self.time)
        let scope = check.member("memory_scope_key", of: body, at: path, as: Self.key)
        try check.throwIfAny()
        let found = await store.memory { $0.found(by: query, kind: kind, since: since, in: scope, limit: limit) }
        return .json(200, ["results": .array(found.map(\.json))])
    }

    private static let time: RequestCheck.Reader<String> = { check, value, path in
        guard let text = RequestCheck.string()(&check, value, path) else { return nil }
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == 10, parts[1].count >= 9 else {
            check.report(path, "Input should be a valid datetime", "datetime_from_date_parsing")
            return nil
        }
        return text
    }

    private func forget(_ request: Request, needsEntry: Bool) async throws -> Reply {
        let body = try RequestCheck.body(of: request)
        var check = RequestCheck()
        let path: FieldPath = ["body"]
        let scope = check.member("memory_scope_key", of: body, at: path, as: Self.key)
        let id = needsEntry ? check.member("id", of: body, at: path, required: true, as: Self.key) : nil
        let kind = needsEntry ? check.member("kind", of: body, at: path, required: true, as: Self.kinds) : nil
        try check.throwIfAny()
        await store.memory { memory in
            if let id, let kind { memory.evict(id, kind: kind, from: scope) } else { memory.clear(scope) }
        }
        return .noContent
    }
}
