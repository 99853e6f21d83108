package import ParallelAPI
import ParallelHTTP
import ParallelJSON
package import ParallelSettings
package import ParallelSystem

extension ServerRegistry {
    /// The servers for a use, variables in place, with notes for people on what came from where.
    ///
    /// `names` are looked up in the registry. Of `configFile`, in the same format, every http server is used. `apiKey`
    /// is what `PARALLEL_API_KEY` stands for. Throws `RegistryError` before anything is used of an entry that is
    /// unknown, unusable, or needs a variable that is not set.
    package func connections(
        named names: [String], configFile: String?, apiKey: Secret?, for use: ServerUse
    ) throws(RegistryError) -> (connections: [ServerConnection], notes: [Hint]) {
        let found = try find(names, configFile, apiKey, for: use)
        return (found.connections, found.notes)
    }

    private func find(
        _ names: [String], _ configFile: String?, _ apiKey: Secret?, for use: ServerUse
    ) throws(RegistryError) -> Found {
        var found = Found(registry: self, apiKey: apiKey, use: use)
        if !names.isEmpty { try addRegistered(names, to: &found) }
        if let configFile { try addAll(of: configFile, to: &found) }
        return found
    }

    /// The same servers where nothing is sent: as they are shown, no variable in place.
    package func previews(
        named names: [String], configFile: String?, apiKey: Secret?
    ) throws(RegistryError) -> (servers: [MCPServer], notes: [Hint]) {
        let found = try find(names, configFile, apiKey, for: .preview)
        return (found.servers, found.notes)
    }

    /// All entries that can be read: a file of the working tree that can't be must not keep the user from servers of
    /// his own. With it comes what is wrong with the file.
    package func readableEntries() throws(RegistryError) -> (entries: [RegistryEntry], projectError: RegistryError?) {
        let user = try file(.user)
        do throws(RegistryError) {
            return (entries(user: user, project: try file(.project)), nil)
        } catch {
            return (entries(user: user, project: nil), error)
        }
    }

    private func addRegistered(_ names: [String], to found: inout Found) throws(RegistryError) {
        let (entries, projectError) = try readableEntries()
        var known: Set<ExactText> = []
        for name in names where known.insert(ExactText(name)).inserted {
            guard let entry = entries.first(where: { $0.name.isExactly(name) }) else {
                throw projectError ?? Self.unknown(name, entries)
            }
            try found.add(entry)
            noteShadowed(by: entry, entries, in: &found)
        }
        if let projectError { found.notes.append("\(projectError.message); none of its MCP servers can be used") }
    }

    private func noteShadowed(by entry: RegistryEntry, _ entries: [RegistryEntry], in found: inout Found) {
        guard
            let other = entries.first(where: { $0.name.isExactly(entry.name) && $0.origin.isProject && $0.isShadowed })
        else {
            return
        }
        let definition = try? other.definition()
        if let definition, let used = try? entry.definition(), definition.isSame(as: used) { return }
        let url = definition.map { " (\(SecretMask.url($0.url)))" } ?? ""
        let owner = entry.origin == .builtIn ? "the name is that of Parallel's server" : "your own entry comes first"
        let remove = "\(program) mcp remove \(ShellQuoting.operand(entry.name))"
        let ways: Hint = entry.origin == .builtIn ? "" : ", or remove yours: \(command: remove)"
        found.notes.append(
            "MCP server '\(other.name)' in \(other.origin.path ?? "")\(url) was not used: \(owner); "
                + "to use it, rename it there\(ways)")
    }

    private func addAll(of path: String, to found: inout Found) throws(RegistryError) {
        // Named or not, it is the user's own registry, or the working tree's file, which came with a clone.
        let scope = RegistryScope.allCases.first { scope in
            self.path(of: scope).map { UserFile.isSame(path, $0) } ?? false
        }
        let file = try RegistryFile(scope, path: path, shownPath: shown(path))
        let path = file.shownPath
        guard file.exists else { throw RegistryError("\(AddressMask.maskingAddresses(in: path)): no such file") }
        guard !file.servers.isEmpty else {
            throw RegistryError(
                "\(path) has no MCP servers", hint: #"the format: {"mcpServers": {"NAME": {"url": "…"}}}"#)
        }
        var count = 0
        for member in file.servers {
            let entry = RegistryEntry(
                name: member.key, origin: .file(file.scope, path: path), isShadowed: false, value: member.value)
            do throws(EntryFault) {
                _ = try entry.definition()
                if entry.isDisabled { throw .disabled }
            } catch {
                if case .invalid = error { throw self.error(error, in: entry) }
                found.notes.append("MCP server '\(entry.name)' in \(path) is left out: \(error.reason)")
                continue
            }
            if found.names.contains(ExactText(entry.name)) {
                throw RegistryError("two MCP servers are named '\(entry.name)': one by --mcp and one in \(path)")
            }
            try found.add(entry)
            count += 1
        }
        if count == 0 { throw RegistryError("\(path) has no MCP server that a task can use", hint: found.notes.last) }
    }

    static func unknown(_ name: String, _ entries: [RegistryEntry]) -> RegistryError {
        let known = entries.filter { !$0.isShadowed }.map(\.name).joined(separator: ", ")
        let hint: Hint = ServerDefinition.hint(insteadOf: name) ?? "known names: \(known.shortened())"
        return RegistryError("no MCP server is named '\(AddressMask.maskingAddresses(in: name))'", hint: hint)
    }

    func error(_ fault: EntryFault, in entry: RegistryEntry) -> RegistryError {
        let place = entry.origin.path.map { " in \($0)" } ?? ""
        var hint = fault.hint
        if case .disabled = fault, case .file(let scope?, _) = entry.origin {
            hint =
                "to use it: \(command: "\(program) mcp enable \(ShellQuoting.operand(entry.name, flags: scope.flag))")"
        }
        return RegistryError(
            "MCP server '\(entry.name)'\(place): \(fault.reason)", hint: hint,
            isAboutCredentials: fault.isAboutCredentials)
    }
}

/// The servers of one use as they are gathered.
private struct Found {
    let registry: ServerRegistry
    let apiKey: Secret?
    let use: ServerUse
    /// Empty for a preview.
    private(set) var connections: [ServerConnection] = []
    private(set) var servers: [MCPServer] = []
    private(set) var names: Set<ExactText> = []
    var notes: [Hint] = []

    init(registry: ServerRegistry, apiKey: Secret?, use: ServerUse) {
        self.registry = registry
        self.apiKey = apiKey
        self.use = use
    }

    mutating func add(_ entry: RegistryEntry) throws(RegistryError) {
        do throws(EntryFault) {
            let definition = try entry.definition()
            names.insert(ExactText(entry.name))
            if entry.isDisabled {
                guard use == .trial else { throw .disabled }
                notes.append("'\(entry.name)' is disabled, and tried all the same")
            }
            if use == .preview {
                let (server, more) = try registry.preview(
                    definition, name: entry.name, from: entry.origin, apiKey: apiKey)
                servers.append(server)
                notes += more
                return
            }
            let connection = try registry.connection(
                definition, name: entry.name, from: .registry(entry.origin), apiKey: apiKey, for: use)
            connections.append(connection)
            servers.append(connection.server)
            notes += connection.notes
        } catch {
            throw registry.error(error, in: entry)
        }
    }
}
