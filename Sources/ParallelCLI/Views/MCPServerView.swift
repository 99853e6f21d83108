import ParallelAuth
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Shows entries of the registry of MCP servers, as tables and JSON, without values that may be secret.
struct MCPServerView {
    let output: Output
    let registry: ServerRegistry
    /// The environment that tells whether variables are set; their values are never shown.
    let environment: [String: String]
    /// All logins that are stored.
    var logins: [OAuthLogin] = []
    /// Seconds since 1970.
    var now = 0

    // MARK: - All

    func write(_ entries: [RegistryEntry]) throws {
        switch output.format {
        case .json: try output.write(document: .array(entries.map { json($0) }))
        case .jsonl: for entry in entries { try output.write(document: json(entry), isOnly: false) }
        case .text:
            // Shells complete words from this list, so names from a cloned file must not hold anything that a shell
            // expands.
            let names = entries.filter { !$0.isShadowed }.map(\.name).filter(ServerRegistry.isValidName)
            try output.write(names.map { $0 + "\n" }.joined())
        case .table, .csv, .tsv, .markdown, .html:
            let headings = ["name", "scope", "url", "authentication", "tools"]
            try output.write(table: Document.Table(headings: headings, rows: entries.map(row), kinds: [.identifier]))
        }
    }

    private func row(_ entry: RegistryEntry) -> [String] {
        let states = [
            entry.isShadowed ? "shadowed" : nil, entry.isDisabled ? "disabled" : nil, approval(of: entry)?.words,
        ].compactMap(\.self)
        let scope = entry.origin.name + (states.isEmpty ? "" : " (\(states.joined(separator: ", ")))")
        if let problem = registry.problem(with: entry) { return [entry.name, scope, problem.summary] }
        guard let definition = try? entry.definition() else { return [entry.name, scope] }
        let headers = (headers(of: definition) + logins(at: definition).map { $0.shownState(now: now) })
            .joined(separator: ", ")
        // A column that says the same of every server would take the room of the others.
        let isPlain = output.isTerminal && output.format == .table && definition.allowedTools == nil
        return [entry.name, scope, SecretMask.url(definition.url), headers, isPlain ? "" : tools(of: definition)]
    }

    // MARK: - One

    func write(_ entry: RegistryEntry, shadowing others: [RegistryEntry]) throws {
        if output.format.isJSON {
            return try output.write(document: json(entry, withVariables: true))
        }
        var rows = [("name", entry.name), ("scope", entry.origin.name)]
        if let path = entry.origin.path { rows.append(("file", path)) }
        if entry.isDisabled { rows.append(("state", "disabled")) }
        if let approval = approval(of: entry) {
            let how = approval == .approved ? "" : "; 'mcp trust' asks about it"
            rows.append(("approval", approval.words + how))
        }
        if let problem = registry.problem(with: entry) { rows.append(("unusable", problem.summary)) }
        if registry.starts(entry) { rows.append(("program", "started here by 'mcp test', 'mcp tools' and 'mcp call'")) }
        if let definition = try? entry.definition() {
            rows.append(("url", SecretMask.url(definition.url)))
            rows += headers(of: definition).map { ("header", $0) }
            rows += logins(at: definition).map { ("login", "\($0.shownState(now: now)) (\($0.issuer))") }
            rows.append(("tools", tools(of: definition)))
            rows += definition.variables.map { ("variable", "\($0.name) (\(state(of: $0)))") }
        }
        rows += others.map { ("shadows", $0.origin.path.map { "the entry in \($0)" } ?? "Parallel's own server") }
        try output.write(fields: rows.map { ([.text($0.0)], [.text($0.1)]) }, headings: ["field", "value"])
    }

    private func state(of variable: VariableReference) -> String {
        isSet(variable) ? "set" : variable.fallback == nil ? "not set" : "not set, has a default"
    }

    private func isSet(_ variable: VariableReference) -> Bool { environment[variable.name]?.isEmpty == false }

    // MARK: - Parts

    private func headers(of definition: ServerDefinition) -> [String] {
        definition.headers.map { "\(SecretMask.headerName($0.name)): \(SecretMask.headerValue($0.value, of: $0.name))" }
    }

    /// Returns the logins at a server, of all its accounts.
    private func logins(at definition: ServerDefinition) -> [OAuthLogin] {
        guard let url = definition.currentURL(environment) else { return [] }
        return logins.filter { $0.server.isExactly(url.description) }
    }

    /// Returns whether an entry of the project's file is approved for the variables that are set; nil if it needs no
    /// approval.
    private func approval(of entry: RegistryEntry) -> TrustedServers.Standing? {
        guard var wish = registry.approval(neededBy: entry) else { return nil }
        let set = wish.variables.filter { environment[$0]?.isEmpty == false }
        if !set.isEmpty { wish.variables = set }
        return (try? TrustedServers(environment: environment).standing(of: wish)) ?? .unknown
    }

    private func json(_ login: OAuthLogin) -> JSONValue {
        [
            "account": login.account.map(JSONValue.string) ?? .null, "issuer": .string(login.issuer),
            "scope": login.scope.map(JSONValue.string) ?? .null,
            "expires_at": login.expiresAt.map { .number(JSONNumber($0)) } ?? .null,
            "usable": .bool(login.isRenewable || login.lasts(0, now: now)),
        ]
    }

    private func tools(of definition: ServerDefinition) -> String {
        definition.allowedTools.map { $0.joined(separator: ", ") } ?? "all"
    }

    private func json(_ entry: RegistryEntry, withVariables: Bool = false) -> JSONValue {
        var object: JSONObject = [
            "name": .string(entry.name), "scope": .string(entry.origin.name),
            "file": entry.origin.path.map(JSONValue.string) ?? .null, "shadowed": .bool(entry.isShadowed),
            "entry": entry.masked,
        ]
        let logins = (try? entry.definition()).map(logins) ?? []
        if !logins.isEmpty { object["logins"] = .array(logins.map(json)) }
        object["approved"] = approval(of: entry).map { .bool($0 == .approved) }
        object["problem"] = registry.problem(with: entry).map { .string($0.summary) }
        if withVariables {
            let variables = (try? entry.definition())?.variables ?? []
            object["variables"] = .array(
                variables.map { variable in
                    [
                        "name": .string(variable.name), "set": .bool(isSet(variable)),
                        "has_default": .bool(variable.fallback != nil),
                    ]
                })
        }
        return .object(object)
    }
}

extension TrustedServers.Standing {
    fileprivate var words: String {
        switch self {
        case .approved: "approved"
        case .changed: "changed since it was approved"
        case .unknown: "not approved"
        }
    }
}
