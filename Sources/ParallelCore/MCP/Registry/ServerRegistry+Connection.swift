package import ParallelHTTP
import ParallelSystem

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
    /// The user's variables that an entry of the working tree would get; nobody has allowed that yet.
    package let variablesToAllow: [String]
    /// What people should know: where an entry comes from, and what travels in the clear.
    package var notes: [String]
}

/// What servers are looked up for.
package enum ServerUse: Sendable {
    /// A task, which Parallel runs: what the server gets goes to Parallel first.
    case task
    /// This program itself calls the server. Parallel's own do without a key where there is none.
    case call
    /// The same, also where the entry is switched off.
    case trial
}

extension ServerRegistry {
    /// Whether a word names a server by its address and not by its name.
    package static func isURL(_ word: String) -> Bool {
        let start = word.asciiLowercased
        return start.begins(with: "https://") || start.begins(with: "http://")
    }

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
            let builtIn = BuiltInServer.at(url, environment)
        {
            definition.headers += builtIn.definition(environment).headers
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
        let isProject = origin?.isProject == true
        if isProject, !definition.hasLiteralOrigin {
            throw .credentials(
                "a variable decides which server it is, and a project's file is not trusted with that",
                hint: "in your own registry you may allow it: \(program) mcp add \(ShellQuoting.quoted(name)) URL")
        }
        let definition = use == .task || apiKey != nil ? definition : withoutKey(definition, name)
        var environment = environment
        // The key that is settled counts, wherever it comes from.
        if let apiKey { environment[Settings.keyVariable] = apiKey.reveal() }
        let (server, url) = try definition.expanded(name: name, environment)
        let shownURL = SecretMask.url(definition.url)
        if origin?.isTrusted == false, definition.refersTo(Settings.keyVariable),
            !BuiltInServer.mayGetKey(url, environment)
        {
            throw .credentials(
                "it would send your Parallel API key to \(shownURL)",
                hint: "in your own registry you may allow that: \(program) mcp add \(ShellQuoting.quoted(name)) URL")
        }
        var notes = BuiltInServer.hasOldAddress(url) ? [BuiltInServer.noteOnOldAddress(url)] : []
        if url.scheme == "http", !url.isLoopback, definition.holdsCredentials {
            let place = "in the clear to \(shownURL)"
            guard use == .task else {
                throw .credentials(
                    "credentials would travel \(place)",
                    hint: "use https; http is allowed to this machine, or without headers")
            }
            notes.append("MCP server '\(name)': header values travel \(place); https hides them")
        }
        let sent = definition.variableNames.filter { environment[$0]?.isEmpty == false }
        if isProject {
            let gets = sent.isEmpty ? "" : "; it gets the value of \(sent.joined(separator: ", "))"
            notes.insert("MCP server '\(name)' comes from \(origin?.path ?? "") (\(shownURL))\(gets)", at: 0)
        }
        return ServerConnection(
            server: server, url: url, source: source, builtIn: BuiltInServer.at(url, environment),
            variablesToAllow: isProject ? sent.filter { $0 != Settings.keyVariable } : [], notes: notes)
    }

    /// What says no more than one of Parallel's own, without its key.
    private func withoutKey(_ definition: ServerDefinition, _ name: String) -> ServerDefinition {
        guard var builtIn = BuiltInServer(rawValue: name)?.definition(environment) else { return definition }
        builtIn.allowedTools = definition.allowedTools
        guard builtIn.isSame(as: definition) else { return definition }
        builtIn.headers = []
        return builtIn
    }
}

extension ServerDefinition {
    /// Whether something goes with a request that others should not read.
    fileprivate var holdsCredentials: Bool {
        let query = url.drop { $0 != "?" }
        return !headers.isEmpty || !VariableReference.references(in: String(query)).isEmpty
    }
}
