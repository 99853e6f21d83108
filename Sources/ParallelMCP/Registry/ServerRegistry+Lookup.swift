package import ParallelAPI
import ParallelHTTP
import ParallelJSON
package import ParallelSettings
import ParallelSystem

extension ServerRegistry {
    /// Returns the servers for a use with their variables expanded, and notes about where servers came from.
    ///
    /// `names` are looked up in `configFile`, which has the same format, and then in the registry. Of the file every
    /// http server is used if none of them is named.
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

    /// Returns the entries of all files that can be read, and the error of each file that can't be.
    package func listedEntries() -> (entries: [RegistryEntry], errors: [RegistryScope: RegistryError]) {
        var files: [RegistryScope: RegistryFile] = [:]
        var errors: [RegistryScope: RegistryError] = [:]
        for scope in RegistryScope.allCases {
            do throws(RegistryError) { files[scope] = try file(scope) } catch { errors[scope] = error }
        }
        return (entries(user: files[.user], project: files[.project]), errors)
    }

    /// Returns why every use refuses an entry, whatever the values of its variables; nil if none does.
    package func problem(with entry: RegistryEntry) -> EntryError? {
        do throws(EntryError) {
            _ = try preview(entry.definition(), name: entry.name, from: entry.origin, apiKey: nil)
            return nil
        } catch {
            return error
        }
    }

    private func lookUp(
        _ names: [String], _ configFile: String?, _ apiKey: Secret?, for use: ServerUse
    ) throws(RegistryError) -> ServerLookup {
        var lookup = ServerLookup(registry: self, apiKey: apiKey, use: use)
        let file = try configFile.map { path throws(RegistryError) in try namedFile(path) }
        var known: Set<ExactText> = []
        let names = names.filter { known.insert(ExactText($0)).inserted }
        if !names.isEmpty { try addNamed(names, and: file, to: &lookup) }
        if let file, !names.contains(where: { file[$0] != nil }) { try addAll(of: file, to: &lookup) }
        return lookup
    }

    /// Adds the servers of these names, from the registry and from a file named on the command line.
    private func addNamed(
        _ names: [String], and file: RegistryFile?, to lookup: inout ServerLookup
    ) throws(RegistryError) {
        let (entries, projectError) = try readableEntries()
        for name in names {
            if let file, let value = file[name] {
                let origin = RegistryEntry.Origin.file(file.scope, path: file.shownPath)
                let entry = RegistryEntry(name: name, origin: origin, isShadowed: false, value: value)
                try lookup.add(entry)
                // The file may be one of the registry's own.
                if let other = entries.first(where: { $0.name.isExactly(name) }), other.origin != origin,
                    (try? other.definition().isSame(as: entry.definition())) != true
                {
                    lookup.notes.append(.givenFirst(name: name, path: file.shownPath, other.origin))
                }
                continue
            }
            guard let entry = entries.first(where: { $0.name.isExactly(name) }) else {
                throw projectError ?? Self.unknown(name, entries, and: file)
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

    /// Reads a file that was named on the command line. Throws if it has no servers.
    private func namedFile(_ path: String) throws(RegistryError) -> RegistryFile {
        // Even if it is named on the command line, the file may be the user's own registry or the working tree's file.
        let scope = RegistryScope.allCases.first { scope in
            self.path(of: scope).map { UserFile.isSame(path, $0) } ?? false
        }
        let file = try RegistryFile(scope, path: path, shownPath: shown(path))
        guard file.exists else { throw .file(path: AddressMask.maskingAddresses(in: file.shownPath), .missing) }
        guard !file.servers.isEmpty else { throw .file(path: file.shownPath, .empty) }
        return file
    }

    private func addAll(of file: RegistryFile, to lookup: inout ServerLookup) throws(RegistryError) {
        let path = file.shownPath
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
            try lookup.add(entry)
            isAnyUsable = true
        }
        if !isAnyUsable, let leftOut { throw .file(path: path, .nothingUsable(name: leftOut.name, leftOut.error)) }
    }

    static func unknown(_ name: String, _ entries: [RegistryEntry], and file: RegistryFile? = nil) -> RegistryError {
        .unknown(
            name: AddressMask.maskingAddresses(in: name), meant: ServerDefinition.urlMeant(by: name),
            known: entries.filter { !$0.isShadowed }.map(\.name) + (file?.servers.map(\.key) ?? []))
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
    var notes: [RegistryNote] = []

    init(registry: ServerRegistry, apiKey: Secret?, use: ServerUse) {
        self.registry = registry
        self.apiKey = apiKey
        self.use = use
    }

    mutating func add(_ entry: RegistryEntry) throws(RegistryError) {
        do throws(EntryError) {
            let definition = try entry.definition()
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
                var server = try registry.resolve(
                    definition, name: entry.name, from: .registry(entry.origin), apiKey: apiKey, for: use)
                // The hash is that of the entry that was just resolved, whatever becomes of the file meanwhile.
                if !server.variablesToAllow.isEmpty {
                    server.approval = registry.approval(neededBy: entry)
                    server.approval?.variables = server.variablesToAllow
                }
                resolved.append(server)
                notes += server.notes
            }
        } catch {
            throw .unusable(name: entry.name, entry.origin, error)
        }
    }
}
