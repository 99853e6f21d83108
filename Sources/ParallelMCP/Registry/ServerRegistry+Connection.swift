package import ParallelAPI
package import ParallelHTTP
package import ParallelSettings
package import ParallelSystem

/// A server that is about to be used, its variables in place.
package struct ServerConnection: Sendable {
    package enum Source: Sendable, Equatable {
        /// Given by its URL, or about to be stored.
        case commandLine
        case registry(RegistryEntry.Origin)
    }

    package let server: MCPServer
    package let url: HTTPURL
    package let source: Source
    /// Set where it is one of Parallel's own.
    package let builtIn: BuiltInServer?
    /// The user's variables that an entry of a file which may be somebody else's would get; nobody has allowed that
    /// yet.
    package let variablesToAllow: [String]
    /// What people should know: where an entry comes from, and what travels in the clear.
    package var notes: [Hint]
}

/// What servers are looked up for.
package enum ServerUse: Sendable {
    /// A task, which Parallel runs: what the server gets goes to Parallel first.
    case task
    /// The same, but only shown: no variable is expanded, so that none needs to be set, and nobody has to allow
    /// anything.
    case preview
    /// This program itself calls the server. Parallel's own do without a key where there is none.
    case call
    /// The same, also where the entry is switched off.
    case trial
}

extension ServerRegistry {
    /// The server of an entry, with its variables in place. Throws `RegistryError`.
    package func connection(
        named name: String, apiKey: Secret?, for use: ServerUse
    ) throws(RegistryError) -> ServerConnection {
        let (connections, notes) = try connections(named: [name], configFile: nil, apiKey: apiKey, for: use)
        var connection = connections[0]
        connection.notes = notes
        return connection
    }

    /// The server at an address that is in no registry. Parallel's own get the key unless they get something else.
    ///
    /// Throws `RegistryError`.
    package func connection(
        at address: String, headers: [ServerDefinition.Header], apiKey: Secret?
    ) throws(RegistryError) -> ServerConnection {
        var definition = ServerDefinition(url: address, headers: headers)
        let hasCredentials = headers.contains { ["authorization", "x-api-key"].contains($0.name.asciiLowercased) }
        if apiKey != nil, !hasCredentials, let url = try? HTTPURL(address),
            let builtIn = BuiltInServer.at(url, in: api?.localSandbox)
        {
            definition.headers += builtIn.definition(in: api?.localSandbox).headers
        }
        return try connection(definition, name: SecretMask.url(address), apiKey: apiKey)
    }

    /// The server of an entry that is not stored yet. Throws `RegistryError`.
    package func connection(
        _ definition: ServerDefinition, name: String, apiKey: Secret?
    ) throws(RegistryError) -> ServerConnection {
        do throws(EntryFault) {
            return try connection(definition, name: name, from: .commandLine, apiKey: apiKey, for: .call)
        } catch {
            throw RegistryError(
                "MCP server '\(name)': \(error.reason)", hint: error.hint, isAboutCredentials: error.isAboutCredentials)
        }
    }

    /// Puts the variables in place, and keeps what must not be sent from being sent.
    func connection(
        _ definition: ServerDefinition, name: String, from source: ServerConnection.Source, apiKey: Secret?,
        for use: ServerUse
    ) throws(EntryFault) -> ServerConnection {
        var origin: RegistryEntry.Origin?
        if case .registry(let known) = source { origin = known }
        try refuseVariableOrigin(definition, name, origin)
        let definition = use == .task || apiKey != nil ? definition : withoutKey(definition, name)
        let environment = environment(with: apiKey)
        definition.variableNames.compactMap { environment[$0] }.forEach(secrets.hide)
        let (server, url) = try definition.expanded(name: name, environment)
        let isForeign = origin?.isTrusted == false
        // Texts of somebody else's file are no secrets yet: they could blank the question whether it is trusted.
        if !isForeign { server.secrets.forEach(secrets.hide) }
        let notes = try notes(on: definition, name, at: url, from: origin, environment, for: use)
        return ServerConnection(
            server: server, url: url, source: source, builtIn: BuiltInServer.at(url, in: api?.localSandbox),
            variablesToAllow: isForeign ? sent(definition, environment).filter { $0 != Settings.keyVariable } : [],
            notes: notes)
    }

    /// The server of an entry as it is shown where nothing is sent, and what people should know of it.
    func preview(
        _ definition: ServerDefinition, name: String, from origin: RegistryEntry.Origin, apiKey: Secret?
    ) throws(EntryFault) -> (server: MCPServer, notes: [Hint]) {
        try refuseVariableOrigin(definition, name, origin)
        let (server, url) = try definition.unexpanded(name: name, environment)
        let environment = environment(with: apiKey)
        let notes = try url.map { url throws(EntryFault) in
            try self.notes(on: definition, name, at: url, from: origin, environment, for: .preview)
        }
        return (server, notes ?? [])
    }

    /// The key that is settled counts, wherever it comes from.
    private func environment(with apiKey: Secret?) -> [String: String] {
        var environment = environment
        if let apiKey { environment[Settings.keyVariable] = apiKey.reveal() }
        return environment
    }

    private func refuseVariableOrigin(
        _ definition: ServerDefinition, _ name: String, _ origin: RegistryEntry.Origin?
    ) throws(EntryFault) {
        guard origin?.isTrusted == false, !definition.hasLiteralOrigin else { return }
        throw .credentials(
            "a variable decides which server it is, and only your own registry is trusted with that",
            hint: "there you may allow it: \(command: "\(program) mcp add \(ShellQuoting.operand(name)) URL")")
    }

    /// What people should know of a server at `url`; throws where something must not go there.
    private func notes(
        on definition: ServerDefinition, _ name: String, at url: HTTPURL, from origin: RegistryEntry.Origin?,
        _ environment: [String: String], for use: ServerUse
    ) throws(EntryFault) -> [Hint] {
        let shownURL = SecretMask.url(definition.url).shortened(to: 300)
        let isForeign = origin?.isTrusted == false
        if isForeign, definition.refersTo(Settings.keyVariable), !BuiltInServer.mayGetKey(url, api: api?.url) {
            throw .credentials(
                "it would send your Parallel API key to \(shownURL)",
                hint:
                    "in your own registry you may allow that: \(command: "\(program) mcp add \(ShellQuoting.operand(name)) URL")"
            )
        }
        var notes: [Hint] = BuiltInServer.hasOldAddress(url) ? [Hint(BuiltInServer.noteOnOldAddress(url))] : []
        if url.scheme == "http", !url.isLoopback, definition.holdsCredentials {
            let place = "in the clear to \(shownURL)"
            guard use == .task || use == .preview else {
                throw .credentials(
                    "credentials would travel \(place)",
                    hint: "use https; http is allowed to this machine, or without headers")
            }
            notes.append("MCP server '\(name)': header values travel \(place); https hides them")
        }
        let sent = sent(definition, environment)
        // Somebody who names a file knows that it is used, but not what a command that is only shown would send.
        if origin?.isProject == true || isForeign && use == .preview && !sent.isEmpty {
            let gets = sent.isEmpty ? "" : "; it gets the value of \(sent.joined(separator: ", "))"
            notes.insert("MCP server '\(name)' comes from \(origin?.path ?? "") (\(shownURL))\(gets)", at: 0)
        }
        return notes
    }

    /// The variables whose values an entry gets.
    private func sent(_ definition: ServerDefinition, _ environment: [String: String]) -> [String] {
        definition.variableNames.filter { environment[$0]?.isEmpty == false }
    }

    /// What says no more than one of Parallel's own, without its key.
    private func withoutKey(_ definition: ServerDefinition, _ name: String) -> ServerDefinition {
        guard var builtIn = BuiltInServer(rawValue: name)?.definition(in: api?.localSandbox) else { return definition }
        builtIn.allowedTools = definition.allowedTools
        guard builtIn.isSame(as: definition) else { return definition }
        builtIn.headers = []
        return builtIn
    }
}

extension ServerDefinition {
    /// Whether something goes with a request that others should not read.
    fileprivate var holdsCredentials: Bool {
        let query = url[url.upTo { $0 == "?" }.endIndex...]
        return !headers.isEmpty || !VariableReference.references(in: String(query)).isEmpty
    }
}
