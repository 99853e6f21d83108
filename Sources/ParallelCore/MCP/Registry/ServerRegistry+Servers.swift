import ParallelHTTP
import ParallelJSON

extension ServerRegistry {
    /// The servers for a run, variables in place, with notes for people on what came from where.
    ///
    /// `names` are looked up in the registry. Of `configFile`, in the same format, every http server is used. `apiKey`
    /// stands in for `PARALLEL_API_KEY` where that is not set. Throws `RegistryError` before anything is used of an
    /// entry that is unknown, unusable, or needs a variable that is not set.
    package func servers(
        named names: [String], configFile: String?, apiKey: Secret?
    ) throws -> (servers: [MCPServer], notes: [String]) {
        var use = Use(environment: environment, apiKey: apiKey)
        if !names.isEmpty { try addRegistered(names, to: &use) }
        if let configFile { try addAll(of: configFile, to: &use) }
        return (use.servers, use.notes)
    }

    private func addRegistered(_ names: [String], to use: inout Use) throws(RegistryError) {
        let user = try file(.user)
        // A file of the working tree that can't be read must not keep the user from servers of his own.
        let project: RegistryFile?
        var projectError: RegistryError?
        do throws(RegistryError) {
            project = try file(.project)
        } catch {
            project = nil
            projectError = error
        }
        let entries = entries(user: user, project: project)
        for (index, name) in names.enumerated() where !names[..<index].contains(name) {
            guard let entry = entries.first(where: { $0.name == name }) else {
                throw projectError ?? Self.unknown(name, entries)
            }
            try use.add(entry)
            noteShadowed(by: entry, entries, in: &use)
        }
        if let projectError { use.notes.append("\(projectError.message); none of its MCP servers can be used") }
    }

    private func noteShadowed(by entry: RegistryEntry, _ entries: [RegistryEntry], in use: inout Use) {
        guard let other = entries.first(where: { $0.name == entry.name && $0.origin.isProject && $0.isShadowed }) else {
            return
        }
        let definition = try? other.definition()
        if let definition, let used = try? entry.definition(), definition.isSame(as: used) { return }
        let url = definition.map { " (\(SecretMask.url($0.url)))" } ?? ""
        let owner = entry.origin == .builtIn ? "the name is that of Parallel's server" : "your own entry comes first"
        let ways = entry.origin == .builtIn ? "" : ", or remove yours: mcp remove \(ShellQuoting.quoted(entry.name))"
        use.notes.append(
            "MCP server '\(other.name)' in \(other.origin.path ?? "")\(url) was not used: \(owner); "
                + "to use it, rename it there\(ways)")
    }

    private func addAll(of path: String, to use: inout Use) throws(RegistryError) {
        let file = try RegistryFile(nil, path: path, shownPath: shown(path))
        let path = file.shownPath
        guard file.exists else { throw RegistryError("\(path): no such file") }
        guard !file.servers.isEmpty else {
            throw RegistryError(
                "\(path) has no MCP servers", hint: #"the format: {"mcpServers": {"NAME": {"url": "…"}}}"#)
        }
        var count = 0
        for member in file.servers {
            let entry = RegistryEntry(
                name: member.key, origin: .file(nil, path: path), isShadowed: false, value: member.value)
            do throws(EntryFault) {
                _ = try entry.definition()
            } catch {
                if case .invalid = error { throw RegistryError(error, in: entry) }
                use.notes.append("MCP server '\(entry.name)' in \(path) is left out: \(error.reason)")
                continue
            }
            if use.servers.contains(where: { $0.name == entry.name }) {
                throw RegistryError("two MCP servers are named '\(entry.name)': one by --mcp and one in \(path)")
            }
            try use.add(entry)
            count += 1
        }
        if count == 0 { throw RegistryError("\(path) has no MCP server that a task can use", hint: use.notes.last) }
    }

    /// `environment` with the key in it, unless it has one.
    static func environment(_ environment: [String: String], with apiKey: Secret?) -> [String: String] {
        var environment = environment
        if let apiKey, environment[Settings.keyVariable]?.isEmpty ?? true {
            environment[Settings.keyVariable] = apiKey.reveal()
        }
        return environment
    }

    static func notesOnTransport(of server: MCPServer, _ url: HTTPURL) -> [String] {
        guard url.scheme == "http", !url.isLoopback, !server.headers.isEmpty else { return [] }
        return ["MCP server '\(server.name)': header values travel in the clear to \(url.origin); https hides them"]
    }

    static func unknown(_ name: String, _ entries: [RegistryEntry]) -> RegistryError {
        let known = entries.filter { !$0.isShadowed }.map(\.name).joined(separator: ", ")
        return RegistryError("no MCP server is named '\(name)'", hint: "known names: \(known)")
    }
}

/// The servers of one run as they are gathered.
private struct Use {
    private(set) var servers: [MCPServer] = []
    var notes: [String] = []
    private let environment: [String: String]

    init(environment: [String: String], apiKey: Secret?) {
        self.environment = ServerRegistry.environment(environment, with: apiKey)
    }

    /// Adds the server of an entry; one that is not trusted gets the API key for Parallel's own hosts only.
    mutating func add(_ entry: RegistryEntry) throws(RegistryError) {
        let (server, url): (MCPServer, HTTPURL)
        let variables: [String]
        do throws(EntryFault) {
            let definition = try entry.definition()
            variables = definition.variableNames
            (server, url) = try definition.expanded(name: entry.name, environment)
            if !entry.origin.isTrusted, definition.refersTo(Settings.keyVariable), !Self.mayGetKey(url) {
                throw .invalid(
                    "it would send your Parallel API key to \(url.origin)",
                    hint: "in your own registry you may allow that: see 'mcp add'")
            }
        } catch {
            throw RegistryError(error, in: entry)
        }
        servers.append(server)
        if entry.origin.isProject {
            let sent = variables.isEmpty ? "" : "; it gets the value of \(variables.joined(separator: ", "))"
            notes.append("MCP server '\(entry.name)' comes from \(entry.origin.path ?? "") (\(url.origin))\(sent)")
        }
        notes += ServerRegistry.notesOnTransport(of: server, url)
    }

    private static func mayGetKey(_ url: HTTPURL) -> Bool {
        let isParallel = url.host == "parallel.ai" || url.host.hasSuffix(".parallel.ai")
        return url.scheme == "https" && isParallel || url.isLoopback
    }
}
