package import ParallelAPI
import ParallelHTTP
import ParallelJSON
package import ParallelSettings
import ParallelSystem

extension ServerRegistry {
    /// Returns the servers for a use with their variables expanded, and notes about where servers came from.
    ///
    /// `names` are looked up in the registry; of `configFile`, which has the same format, every http server is used.
    /// `apiKey` replaces the variable `PARALLEL_API_KEY`. Throws `RegistryError` for an entry that is unknown,
    /// unusable, or needs a variable that is not set.
    package func servers(
        named names: [String], configFile: String?, apiKey: Secret?, for use: ServerUse
    ) throws(RegistryError) -> (servers: [ResolvedServer], notes: [RegistryNote]) {
        let lookup = try lookUp(names, configFile, apiKey, for: use)
        return (lookup.resolved, lookup.notes)
    }

    /// Returns the same servers for a task that is only shown, with no variable expanded.
    package func previews(
        named names: [String], configFile: String?, apiKey: Secret?
    ) throws(RegistryError) -> (servers: [MCPServer], notes: [RegistryNote]) {
        let lookup = try lookUp(names, configFile, apiKey, for: .preview)
        return (lookup.previews, lookup.notes)
    }

    /// Returns the entries of all files that can be read, and what is wrong with the project's file: a broken one,
    /// which may have come with a clone, must not keep the user from using other servers.
    package func readableEntries() throws(RegistryError) -> (entries: [RegistryEntry], projectError: RegistryError?) {
        let user = try file(.user)
        do throws(RegistryError) {
            return (entries(user: user, project: try file(.project)), nil)
        } catch {
            return (entries(user: user, project: nil), error)
        }
    }

    private func lookUp(
        _ names: [String], _ configFile: String?, _ apiKey: Secret?, for use: ServerUse
    ) throws(RegistryError) -> ServerLookup {
        var lookup = ServerLookup(registry: self, apiKey: apiKey, use: use)
        if !names.isEmpty { try addNamed(names, to: &lookup) }
        if let configFile { try addAll(of: configFile, to: &lookup) }
        return lookup
    }

    private func addNamed(_ names: [String], to lookup: inout ServerLookup) throws(RegistryError) {
        let (entries, projectError) = try readableEntries()
        var known: Set<ExactText> = []
        for name in names where known.insert(ExactText(name)).inserted {
            guard let entry = entries.first(where: { $0.name.isExactly(name) }) else {
                throw projectError ?? Self.unknown(name, entries)
            }
            try lookup.add(entry)
            if let note = noteOnShadowed(by: entry, entries) { lookup.notes.append(note) }
        }
        if let projectError { lookup.notes.append(.unreadableProject(projectError)) }
    }

    /// Returns a note if the project's file has another server with the name of `entry`, which is used.
    private func noteOnShadowed(by entry: RegistryEntry, _ entries: [RegistryEntry]) -> RegistryNote? {
        guard
            let other = entries.first(where: { $0.name.isExactly(entry.name) && $0.origin.isProject && $0.isShadowed })
        else {
            return nil
        }
        let definition = try? other.definition()
        if let definition, let used = try? entry.definition(), definition.isSame(as: used) { return nil }
        return .shadowed(
            name: other.name, path: other.origin.path ?? "", url: definition.map { SecretMask.url($0.url) },
            first: entry.origin)
    }

    private func addAll(of path: String, to lookup: inout ServerLookup) throws(RegistryError) {
        // Even if it is named on the command line, the file may be the user's own registry or the working tree's file.
        let scope = RegistryScope.allCases.first { scope in
            self.path(of: scope).map { UserFile.isSame(path, $0) } ?? false
        }
        let file = try RegistryFile(scope, path: path, shownPath: shown(path))
        let path = file.shownPath
        guard file.exists else { throw .file(path: AddressMask.maskingAddresses(in: path), .missing) }
        guard !file.servers.isEmpty else { throw .file(path: path, .empty) }
        var isAnyUsable = false
        var leftOut: (name: String, error: EntryError)?
        for member in file.servers {
            let entry = RegistryEntry(
                name: member.key, origin: .file(file.scope, path: path), isShadowed: false, value: member.value)
            do throws(EntryError) {
                _ = try entry.definition()
                if entry.isDisabled { throw .disabled }
            } catch {
                if case .malformed = error { throw .unusable(name: entry.name, entry.origin, error) }
                lookup.notes.append(.leftOut(name: entry.name, path: path, error))
                leftOut = (entry.name, error)
                continue
            }
            if lookup.names.contains(ExactText(entry.name)) { throw .ambiguous(name: entry.name, path: path) }
            try lookup.add(entry)
            isAnyUsable = true
        }
        if !isAnyUsable, let leftOut { throw .file(path: path, .nothingUsable(name: leftOut.name, leftOut.error)) }
    }

    static func unknown(_ name: String, _ entries: [RegistryEntry]) -> RegistryError {
        .unknown(
            name: AddressMask.maskingAddresses(in: name), meant: ServerDefinition.urlMeant(by: name),
            known: entries.filter { !$0.isShadowed }.map(\.name))
    }
}

/// Collects the servers for one use.
private struct ServerLookup {
    let registry: ServerRegistry
    let apiKey: Secret?
    let use: ServerUse
    /// The servers for a use; empty for a preview.
    private(set) var resolved: [ResolvedServer] = []
    /// The servers for a preview; empty otherwise.
    private(set) var previews: [MCPServer] = []
    private(set) var names: Set<ExactText> = []
    var notes: [RegistryNote] = []

    init(registry: ServerRegistry, apiKey: Secret?, use: ServerUse) {
        self.registry = registry
        self.apiKey = apiKey
        self.use = use
    }

    mutating func add(_ entry: RegistryEntry) throws(RegistryError) {
        do throws(EntryError) {
            let definition = try entry.definition()
            names.insert(ExactText(entry.name))
            if entry.isDisabled {
                guard use == .trial else { throw .disabled }
                notes.append(.disabled(name: entry.name))
            }
            if use == .preview {
                let (server, more) = try registry.preview(
                    definition, name: entry.name, from: entry.origin, apiKey: apiKey)
                previews.append(server)
                notes += more
            } else {
                let server = try registry.resolve(
                    definition, name: entry.name, from: .registry(entry.origin), apiKey: apiKey, for: use)
                resolved.append(server)
                notes += server.notes
            }
        } catch {
            throw .unusable(name: entry.name, entry.origin, error)
        }
    }
}
