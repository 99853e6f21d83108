import ParallelHTTP
package import ParallelJSON
import ParallelSettings
import ParallelSystem

/// The result of `ServerRegistry.store`.
package struct RegistryAddition: Sendable {
    package enum Change: Sendable { case added, replaced, unchanged }

    package let change: Change
    /// The path of the file, as messages show it.
    package let path: String
    /// Notes for the user about the new entry.
    package let notes: [RegistryNote]
}

/// A server that may be added; everything that needs no network has been checked.
package struct PlannedAddition: Sendable {
    package enum Standing: Sendable {
        case new
        /// The file has an equal entry.
        case stored
        /// The entry equals one of Parallel's servers.
        case builtIn
    }

    package let name: String
    package let definition: ServerDefinition
    /// The server as it is called now: if the API is a sandbox, Parallel's servers are those of the sandbox.
    package let reached: ServerDefinition
    package let standing: Standing
    let scope: RegistryScope
    let force: Bool
    let notes: [RegistryNote]
}

extension ServerRegistry {
    /// Checks whether a server can be stored as given, with its variables unexpanded; changes nothing.
    ///
    /// Without a URL, the name must be that of one of Parallel's servers. `force` replaces a different entry, gives the
    /// name of one of Parallel's servers to another server, and allows a literal secret in the project's file. Throws
    /// `RegistryError`.
    package func plan(
        _ name: String, url: String?, headers: [ServerDefinition.Header], allowedTools: [String]?,
        to scope: RegistryScope, force: Bool
    ) throws(RegistryError) -> PlannedAddition {
        guard Self.isValidName(name) else { throw .invalidName }
        let (definition, builtIn) = try definition(
            name, url: url, headers: headers, allowedTools: allowedTools, force: force)
        let path = try writablePath(of: scope)
        let notes = try notes(on: name, definition, scope, force: force)
        var standing =
            builtIn?.definition(in: nil).isSame(as: definition) == true ? PlannedAddition.Standing.builtIn : .new
        if UserFile.exists(path), let file = try file(scope) {
            if try Self.holds(file, name, definition, force: force) {
                standing = .stored
            } else if file[name] != nil {
                standing = .new
            }
        }
        var reached = definition
        if let builtIn { reached.url = builtIn.definition(in: localSandbox).url }
        return PlannedAddition(
            name: name, definition: definition, reached: reached, standing: standing, scope: scope, force: force,
            notes: notes)
    }

    /// Returns why a new entry of a file can't have this name; nil if it can, as far as the file can be read.
    package func error(inNewName name: String, in scope: RegistryScope) -> RegistryError? {
        guard Self.isValidName(name) else { return .invalidName }
        guard let file = try? file(scope), file[name] != nil else { return nil }
        return .taken(name: name, path: file.shownPath)
    }

    /// Stores a planned server. Throws `RegistryError` if the file has changed so that the server can't be stored, and
    /// `FileError`.
    package func store(_ plan: PlannedAddition) throws -> RegistryAddition {
        try changing(plan.scope, writablePath(of: plan.scope)) { file in
            let path = file.shownPath
            if try Self.holds(file, plan.name, plan.definition, force: plan.force) {
                return RegistryAddition(change: .unchanged, path: path, notes: [])
            }
            let old = file[plan.name]
            try file.write(plan.name, plan.definition.merged(into: old))
            let notes = plan.notes + notesOnOthers(named: plan.name, plan.definition, plan.scope)
            return RegistryAddition(change: old == nil ? .added : .replaced, path: path, notes: notes)
        }
    }

    /// Whether a file has an equal entry. Throws if it has a different one and `force` is false.
    private static func holds(
        _ file: RegistryFile, _ name: String, _ definition: ServerDefinition, force: Bool
    ) throws(RegistryError) -> Bool {
        guard let old = file[name] else { return false }
        if !RegistryEntry.isDisabled(old), (try? ServerDefinition(entry: old))?.isSame(as: definition) == true {
            return true
        }
        guard force else { throw .different(name: name, path: file.shownPath) }
        return false
    }

    /// Returns the scope of the one file with a server of this name; that of the user's file if none has it. Throws
    /// `RegistryError` if both have one.
    ///
    /// One of Parallel's own servers is disabled in the user's file.
    package func scope(of name: String, for change: RegistryChange) throws(RegistryError) -> RegistryScope {
        let user = try file(.user).flatMap { $0[name] == nil ? nil : $0.shownPath }
        let isUsers = user != nil || change == .disable && BuiltInServer(rawValue: name) != nil
        let project: RegistryFile?
        do throws(RegistryError) {
            project = try file(.project)
        } catch {
            // A broken file of the project must not keep a user from changing another one.
            if isUsers { return .user }
            throw error
        }
        guard let project, project[name] != nil else { return .user }
        if isUsers { throw .inSeveral(name: name, user: user, project: project.shownPath, change) }
        return .project
    }

    /// Throws `RegistryError` if the file of a scope has no server of that name.
    package func requireEntry(_ name: String, in scope: RegistryScope) throws {
        if try file(scope)?[name] == nil { throw try missing(name, scope, .remove) }
    }

    /// Removes a server from a file and returns the path of the file, as messages show it.
    ///
    /// Throws `RegistryError` if the file has no server of that name, and `FileError`.
    package func remove(_ name: String, from scope: RegistryScope) throws -> String {
        guard let path = path(of: scope), UserFile.exists(path) else { throw try missing(name, scope, .remove) }
        return try changing(scope, path) { file in
            guard file[name] != nil else { throw try missing(name, scope, .remove) }
            try file.write(name, nil)
            return file.shownPath
        }
    }

    /// Disables a server of a file, or enables it again. Returns whether that changed anything.
    ///
    /// To disable one of Parallel's servers, an entry is added to the user's file. Throws `RegistryError` if no server
    /// has that name, and `FileError`.
    package func setDisabled(
        _ isDisabled: Bool, _ name: String, in scope: RegistryScope
    ) throws -> (path: String, isChanged: Bool) {
        let change = isDisabled ? RegistryChange.disable : .enable
        let builtIn = scope == .user ? BuiltInServer(rawValue: name)?.definition(in: nil) : nil
        let path = try writablePath(of: scope)
        if !UserFile.exists(path) {
            guard builtIn != nil else { throw try missing(name, scope, change) }
            if !isDisabled { return (shown(path), isChanged: false) }
        }
        return try changing(scope, path) { file in
            guard let value = file[name] else {
                guard let builtIn else { throw try missing(name, scope, change) }
                if isDisabled {
                    var entry = builtIn.merged(into: nil).object ?? [:]
                    entry[RegistryEntry.disabledKey] = true
                    try file.write(name, .object(entry))
                }
                return (file.shownPath, isChanged: isDisabled)
            }
            guard value.object != nil else {
                throw RegistryError.noObject(name: name, path: file.shownPath, type: value.typeName)
            }
            let isChanged = RegistryEntry.isDisabled(value) != isDisabled
            if isChanged, !isDisabled, let builtIn, (try? ServerDefinition(entry: value))?.isSame(as: builtIn) == true {
                // The entry was made only to disable the server, so it is removed.
                try file.write(name, nil)
            } else if isChanged {
                try file.write(name, isDisabled: isDisabled)
            }
            return (file.shownPath, isChanged)
        }
    }

    /// Returns what taking over an entry of another program into the user's file would change. Throws `RegistryError`
    /// if it can't be taken over.
    ///
    /// An entry that starts a program is kept as it is; one with a URL is checked.
    package func change(
        _ name: String, _ entry: JSONValue, force: Bool
    ) throws(RegistryError) -> RegistryAddition.Change {
        guard Self.isValidName(name) else { throw .invalidName }
        let definition: ServerDefinition?
        do throws(EntryError) {
            definition = entry["command"] == nil ? try ServerDefinition(entry: entry) : nil
            try definition?.check()
        } catch {
            throw .cannotAdd(name: name, error)
        }
        if let builtIn = BuiltInServer(rawValue: name)?.definition(in: nil) {
            if definition?.isSame(as: builtIn) == true || definition?.url == builtIn.url { return .unchanged }
            if !force { throw .reservedName(name, url: builtIn.url) }
        }
        guard let file = try file(.user), let old = file[name] else { return .added }
        if old.means(entry) { return .unchanged }
        if let definition, (try? ServerDefinition(entry: old))?.isSame(as: definition) == true { return .unchanged }
        guard force else { throw .different(name: name, path: file.shownPath) }
        return .replaced
    }

    /// Takes over an entry of another program, and returns what has changed. Throws like `change`, and `FileError`.
    package func takeOver(_ name: String, _ entry: JSONValue, force: Bool) throws -> RegistryAddition.Change {
        try changing(.user, writablePath(of: .user)) { file in
            let change = try change(name, entry, force: force)
            if change != .unchanged { try file.write(name, entry) }
            return change
        }
    }

    /// Whether a name can be given to a server; such a name needs no quoting in a shell.
    package static func isValidName(_ name: String) -> Bool {
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8
        guard let first = name.utf8.first, letters.contains(first), name.utf8.count <= 64 else { return false }
        return name.utf8.allSatisfy { letters.contains($0) || "._-".utf8.contains($0) }
    }

    // MARK: - Steps

    /// Returns the definition to store, and which of Parallel's servers it is, if any.
    private func definition(
        _ name: String, url: String?, headers: [ServerDefinition.Header], allowedTools: [String]?, force: Bool
    ) throws(RegistryError) -> (ServerDefinition, BuiltInServer?) {
        let builtIn = BuiltInServer(rawValue: name)
        // The entry is stored for the API at Parallel, even if a sandbox is used now.
        let known = builtIn?.definition(in: nil)
        let addresses = [known, builtIn?.definition(in: localSandbox)].compactMap { $0?.url }
        guard let url = url ?? known?.url else { throw .missingURL(name: name) }
        let isBuiltIn = addresses.contains(url)
        if let known, !isBuiltIn, !force { throw .reservedName(name, url: known.url) }
        var definition = ServerDefinition(url: url, headers: headers, allowedTools: allowedTools)
        if isBuiltIn, let known {
            definition.url = known.url
            if headers.isEmpty { definition.headers = known.headers }
        }
        do throws(EntryError) {
            try definition.check()
        } catch {
            throw .cannotAdd(name: name, error)
        }
        return (definition, isBuiltIn ? builtIn : nil)
    }

    private func writablePath(of scope: RegistryScope) throws(RegistryError) -> String {
        guard let path = path(of: scope) else { throw .noPlace(scope) }
        return path
    }

    /// Returns notes about literal secrets and about an old address. Throws if others would be able to read a literal
    /// secret.
    private func notes(
        on name: String, _ definition: ServerDefinition, _ scope: RegistryScope, force: Bool
    ) throws(RegistryError) -> [RegistryNote] {
        var notes: [RegistryNote] = []
        let header = definition.headers.first { SecretMask.hasLiteralSecret($0.value, inHeader: $0.name) }
        let url = try? HTTPURL(definition.url)
        let isSearch = url.flatMap { BuiltInServer.at($0, in: localSandbox) } == .search
        let isInURL = SecretMask.hasLiteralSecret(
            inURL: definition.url, besides: isSearch ? BuiltInServer.searchSettings : [])
        if let part = header.map({ EntryPart.header($0.name) }) ?? (isInURL ? .url : nil) {
            if scope == .project, !force { throw .literalSecret(name: name, part) }
            notes.append(.literalSecret(part))
        }
        if let url, BuiltInServer.hasOldAddress(url) {
            notes.append(.oldAddress(url.host + url.path))
        }
        return notes
    }

    /// Returns notes about other entries of the same name. Files that can't be read are ignored.
    private func notesOnOthers(
        named name: String, _ definition: ServerDefinition, _ scope: RegistryScope
    ) -> [RegistryNote] {
        guard let entries = try? entries().filter({ $0.name.isExactly(name) }), entries.count > 1 else { return [] }
        let differing = entries.filter { entry in (try? entry.definition())?.isSame(as: definition) != true }
        return differing.map { other in
            scope == .user ? .comesBefore(name: name, other.origin) : .comesAfter(name: name, other.origin)
        }
    }

    /// Reads a file and lets `body` change it, while other processes are kept from changing it.
    private func changing<Result>(
        _ scope: RegistryScope, _ path: String, _ body: (RegistryFile) throws -> Result
    ) throws -> Result {
        let directory = Directory.containing(path)
        if scope == .user { try Directory.create(directory) }
        return try Directory.locked(directory) {
            guard let file = try file(scope) else { throw RegistryError.noPlace(scope) }
            return try body(file)
        }
    }

    /// Returns the error for a change of a server that is not in the file.
    private func missing(
        _ name: String, _ scope: RegistryScope, _ change: RegistryChange
    ) throws(RegistryError) -> RegistryError {
        let entries = try entries()
        let others = entries.filter { $0.name.isExactly(name) }
        guard let other = others.first(where: { $0.origin.path != nil }) ?? others.first else {
            return Self.unknown(name, entries)
        }
        guard case .file(let found?, let path) = other.origin else { return .builtIn(name: name, scope: scope) }
        return .elsewhere(name: name, scope: scope, found: found, path: path, change)
    }
}
