import ParallelHTTP
import ParallelJSON
import ParallelSettings
import ParallelSystem

/// What `ServerRegistry.store` did.
package struct RegistryAddition: Sendable {
    package enum Change: Sendable { case added, replaced, unchanged }

    package let change: Change
    /// The file as it is shown to people.
    package let path: String
    /// What people should know of the new entry.
    package let notes: [RegistryNote]
}

/// A server that may be added: everything is checked that needs no network.
package struct PlannedAddition: Sendable {
    package enum Standing: Sendable {
        case new
        /// The file has an equal entry.
        case stored
        /// It says no more than one of Parallel's servers.
        case builtIn
    }

    package let name: String
    package let definition: ServerDefinition
    /// How the server is reached now: where the API is a sandbox, Parallel's servers are those of the sandbox.
    package let reached: ServerDefinition
    package let standing: Standing
    let scope: RegistryScope
    let force: Bool
    let notes: [RegistryNote]
}

extension ServerRegistry {
    /// Checks whether a server can be stored as it is given, variables unexpanded; changes nothing.
    ///
    /// Without a URL the name must be one of Parallel's servers. `force` replaces an entry that differs, gives one of
    /// Parallel's names to another server, and lets a literal secret into the project's file. Throws `RegistryError`
    /// where the entry or the file's content is at fault.
    package func plan(
        _ name: String, url: String?, headers: [ServerDefinition.Header], allowedTools: [String]?,
        to scope: RegistryScope, force: Bool
    ) throws(RegistryError) -> PlannedAddition {
        guard Self.isValidName(name) else { throw .invalidName }
        let (definition, builtIn) = try definition(
            name, url: url, headers: headers, allowedTools: allowedTools, force: force)
        let path = try writablePath(of: scope)
        let notes = try Self.notes(on: name, definition, scope, force: force)
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

    /// Returns why `name` can't be that of a new entry of a file; nil where it can, as far as the file can be read.
    package func error(inNewName name: String, in scope: RegistryScope) -> RegistryError? {
        guard Self.isValidName(name) else { return .invalidName }
        guard let file = try? file(scope), file[name] != nil else { return nil }
        return .taken(name: name, path: file.shownPath)
    }

    /// Stores a planned server. Throws `RegistryError` where the file has changed so that it can't be, and `FileError`.
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

    /// Whether a file has an equal entry. Refuses to replace another one without force.
    private static func holds(
        _ file: RegistryFile, _ name: String, _ definition: ServerDefinition, force: Bool
    ) throws(RegistryError) -> Bool {
        guard let old = file[name] else { return false }
        let isDisabled = old[RegistryEntry.disabledKey]?.bool == true
        if !isDisabled, (try? ServerDefinition(entry: old))?.isSame(as: definition) == true { return true }
        guard force else { throw .different(name: name, path: file.shownPath) }
        return false
    }

    /// Takes a server out of a file and returns the file's path as it is shown to people.
    ///
    /// Throws `RegistryError` where there is none of that name, and `FileError`.
    package func remove(_ name: String, from scope: RegistryScope) throws -> String {
        guard let path = path(of: scope), UserFile.exists(path) else { throw try missing(name, scope, .remove) }
        return try changing(scope, path) { file in
            guard file[name] != nil else { throw try missing(name, scope, .remove) }
            try file.write(name, nil)
            return file.shownPath
        }
    }

    /// Switches a server of a file off, or on again, and tells whether that was anything to do.
    ///
    /// One of Parallel's servers gets an entry in the user's file to be switched off. Throws `RegistryError` where
    /// there is none of that name, and `FileError`.
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
            guard let object = value.object else {
                throw RegistryError.noObject(name: name, path: file.shownPath, type: value.typeName)
            }
            let isChanged = (object[RegistryEntry.disabledKey]?.bool == true) != isDisabled
            if isChanged, !isDisabled, let builtIn, (try? ServerDefinition(entry: value))?.isSame(as: builtIn) == true {
                // It was made to switch the server off, and says nothing else.
                try file.write(name, nil)
            } else if isChanged {
                try file.write(name, isDisabled: isDisabled)
            }
            return (file.shownPath, isChanged)
        }
    }

    /// Whether a name can be given to a server; such a name needs no quoting in a shell.
    package static func isValidName(_ name: String) -> Bool {
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8
        guard let first = name.utf8.first, letters.contains(first), name.utf8.count <= 64 else { return false }
        return name.utf8.allSatisfy { letters.contains($0) || "._-".utf8.contains($0) }
    }

    // MARK: - Steps

    /// What is to be stored, and the server of Parallel's that it is.
    private func definition(
        _ name: String, url: String?, headers: [ServerDefinition.Header], allowedTools: [String]?, force: Bool
    ) throws(RegistryError) -> (ServerDefinition, BuiltInServer?) {
        let builtIn = BuiltInServer(rawValue: name)
        // The entry is to last, whichever API is used now.
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

    /// Returns notes on literal secrets and on an old address. Refuses literal secrets where others would read them.
    private static func notes(
        on name: String, _ definition: ServerDefinition, _ scope: RegistryScope, force: Bool
    ) throws(RegistryError) -> [RegistryNote] {
        var notes: [RegistryNote] = []
        let header = definition.headers.first { SecretMask.hasLiteralSecret($0.value, inHeader: $0.name) }
        let isInURL = SecretMask.hasLiteralSecret(inURL: definition.url)
        if let part = header.map({ EntryPart.header($0.name) }) ?? (isInURL ? .url : nil) {
            if scope == .project, !force { throw .literalSecret(name: name, part) }
            notes.append(.literalSecret(part))
        }
        if let url = try? HTTPURL(definition.url), BuiltInServer.hasOldAddress(url) {
            notes.append(.oldAddress(host: url.host))
        }
        return notes
    }

    /// Returns notes on other entries of the same name. A file that can't be read is left out.
    private func notesOnOthers(
        named name: String, _ definition: ServerDefinition, _ scope: RegistryScope
    ) -> [RegistryNote] {
        guard let entries = try? entries().filter({ $0.name.isExactly(name) }), entries.count > 1 else { return [] }
        let differing = entries.filter { entry in (try? entry.definition())?.isSame(as: definition) != true }
        return differing.map { other in
            scope == .user ? .comesBefore(name: name, other.origin) : .comesAfter(name: name, other.origin)
        }
    }

    /// Reads a file, lets `body` change it, and keeps other processes from doing so at the same time.
    private func changing<Result>(
        _ scope: RegistryScope, _ path: String, _ body: (RegistryFile) throws -> Result
    ) throws -> Result {
        let directory = Directory.containing(path)
        if scope == .user { try Directory.create(directory) }
        return try Directory.locked(directory) {
            try body(RegistryFile(scope, path: path, shownPath: shown(path)))
        }
    }

    /// Returns why a change finds no server of that name in a file.
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
