package import ParallelAPI
package import ParallelHTTP
package import ParallelSettings
package import ParallelSystem

/// A server for use, with its variables expanded.
package struct ResolvedServer: Sendable {
    package enum Source: Sendable, Equatable {
        /// The server was given by its URL, or is about to be stored.
        case commandLine
        case registry(RegistryEntry.Origin)
    }

    package let server: MCPServer
    package let url: HTTPURL
    package let source: Source
    /// Which of Parallel's own servers it is; nil for others.
    package let builtIn: BuiltInServer?
    /// The user's variables whose values the server would get because of a file that somebody else may have written,
    /// and for which an approval is needed.
    package let variablesToAllow: [String]
    /// The approval by which the server may get them; nil if none can be remembered, as for a file named on the command
    /// line.
    package var approval: ServerApproval?
    package var notes: [RegistryNote]
    /// The program to start; nil for a server that is called over HTTP.
    package var program: ProgramLaunch?
}

extension ResolvedServer {
    /// Makes the server for a program on this machine. Nothing is sent to its URL, which only stands in the place.
    init(_ name: String, _ program: ProgramLaunch) {
        let line = MCPServer.Reference(template: "stdio", expanded: "stdio")
        self.init(
            server: MCPServer(name: name, url: line, headers: [], allowedTools: nil), url: .thisMachine,
            source: .commandLine, builtIn: nil, variablesToAllow: [], notes: [], program: program)
    }
}

/// The purpose for which servers are looked up.
package enum ServerUse: Sendable {
    /// A task, which runs on Parallel's machines: what the server gets is sent to Parallel first.
    case task
    /// A model that another provider runs: what the server gets is sent there first. Parallel's own servers are used
    /// without a key if none is set.
    case model
    /// A task that is only shown: no variable is expanded, so none needs to be set, and nothing needs to be allowed.
    case preview
    /// A call by this program. Parallel's own servers are called without a key if none is set.
    case call
    /// A check by this program, which also accepts a disabled entry.
    case trial
}

extension ServerRegistry {
    /// Returns the server of an entry with its variables expanded. Throws `RegistryError`.
    package func server(
        named name: String, apiKey: Secret?, for use: ServerUse
    ) throws(RegistryError) -> ResolvedServer {
        let (servers, notes) = try servers(named: [name], configFile: nil, apiKey: apiKey, for: use)
        var server = servers[0]
        server.notes = notes
        return server
    }

    /// Returns the server at a URL that is in no registry. Parallel's own servers get the API key unless `headers` hold
    /// credentials. Throws `RegistryError`.
    package func server(
        at address: String, headers: [ServerDefinition.Header], apiKey: Secret?
    ) throws(RegistryError) -> ResolvedServer {
        var definition = ServerDefinition(url: address, headers: headers)
        if apiKey != nil, !headers.contains(where: { MCPServer.isForCredentials($0.name) }),
            let url = try? HTTPURL(address),
            let builtIn = BuiltInServer.at(url, in: localSandbox)
        {
            definition.headers += builtIn.definition(in: localSandbox).headers
        }
        return try server(definition, name: SecretMask.url(address), apiKey: apiKey)
    }

    /// Returns the server of an entry that is not stored yet. Throws `RegistryError`.
    package func server(
        _ definition: ServerDefinition, name: String, apiKey: Secret?
    ) throws(RegistryError) -> ResolvedServer {
        do throws(EntryError) {
            return try resolve(definition, name: name, from: .commandLine, apiKey: apiKey, for: .call)
        } catch {
            throw .unusable(name: name, nil, error)
        }
    }

    /// Expands the variables. Throws if something would be sent that must not be.
    func resolve(
        _ definition: ServerDefinition, name: String, from source: ResolvedServer.Source, apiKey: Secret?,
        for use: ServerUse
    ) throws(EntryError) -> ResolvedServer {
        var origin: RegistryEntry.Origin?
        if case .registry(let known) = source { origin = known }
        try checkOrigin(of: definition, from: origin)
        let definition = use == .task || apiKey != nil ? definition : droppingKey(definition, name)
        let environment = environment(with: apiKey)
        definition.variableNames.compactMap { environment[$0] }.forEach(secrets.hide)
        let (server, url) = try definition.expanded(name: name, environment)
        let isForeign = origin?.isTrusted == false
        // Texts of a file that is not trusted yet are not masked: they could hide parts of the question whether to
        // trust it.
        if !isForeign { server.secrets.forEach(secrets.hide) }
        let notes = try notes(on: definition, name, at: url, from: origin, environment, for: use)
        return ResolvedServer(
            server: server, url: url, source: source, builtIn: BuiltInServer.at(url, in: localSandbox),
            variablesToAllow: isForeign ? sent(definition, environment).filter { $0 != Settings.keyVariable } : [],
            notes: notes)
    }

    /// Returns the server of an entry as it is shown when nothing is sent, with notes for the user.
    func preview(
        _ definition: ServerDefinition, name: String, from origin: RegistryEntry.Origin, apiKey: Secret?
    ) throws(EntryError) -> (server: MCPServer, notes: [RegistryNote]) {
        try checkOrigin(of: definition, from: origin)
        let (server, url) = try definition.unexpanded(name: name, environment)
        let environment = environment(with: apiKey)
        let notes = try url.map { url throws(EntryError) in
            try self.notes(on: definition, name, at: url, from: origin, environment, for: .preview)
        }
        return (server, notes ?? [])
    }

    /// Returns the environment with the variable of the API key set to `apiKey`, wherever the key comes from.
    private func environment(with apiKey: Secret?) -> [String: String] {
        var environment = environment
        if let apiKey { environment[Settings.keyVariable] = apiKey.reveal() }
        return environment
    }

    /// Throws if a variable decides which server is called, and somebody else may have written the entry.
    private func checkOrigin(of definition: ServerDefinition, from origin: RegistryEntry.Origin?) throws(EntryError) {
        if origin?.isTrusted == false, !definition.hasLiteralOrigin { throw .variableServer }
    }

    /// Returns notes for the user about a server at `url`. Throws if something must not be sent there.
    private func notes(
        on definition: ServerDefinition, _ name: String, at url: HTTPURL, from origin: RegistryEntry.Origin?,
        _ environment: [String: String], for use: ServerUse
    ) throws(EntryError) -> [RegistryNote] {
        let shownURL = SecretMask.url(definition.url).shortened(to: 300)
        let isForeign = origin?.isTrusted == false
        if isForeign, definition.refersTo(Settings.keyVariable), !BuiltInServer.mayGetKey(url, api: api?.url) {
            throw .sendsKey(url: shownURL)
        }
        var notes: [RegistryNote] = BuiltInServer.hasOldAddress(url) ? [.oldAddress(url.host + url.path)] : []
        if url.scheme == "http", !url.isLoopback, definition.holdsCredentials {
            guard use == .task || use == .preview else { throw .inTheClear(url: shownURL) }
            notes.append(.headersInTheClear(name: name, url: shownURL))
        }
        let sent = sent(definition, environment)
        // A user who names a file knows that it is used, but not what the command, which is only shown, would send.
        if origin?.isProject == true || isForeign && use == .preview && !sent.isEmpty {
            notes.insert(.fromFile(name: name, path: origin?.path ?? "", url: shownURL, variables: sent), at: 0)
        }
        return notes
    }

    /// Returns the variables whose values an entry gets.
    private func sent(_ definition: ServerDefinition, _ environment: [String: String]) -> [String] {
        definition.variableNames.filter { environment[$0]?.isEmpty == false }
    }

    /// Returns a server that is shown as it is used where no key is set: those of Parallel's own that need none go
    /// without the header.
    package func withoutKey(_ server: MCPServer) -> MCPServer {
        let definition = ServerDefinition(
            url: server.url.template, headers: server.headers.map { .init(name: $0.name, value: $0.value.template) },
            allowedTools: server.allowedTools)
        guard server.name != BuiltInServer.task.rawValue, !definition.headers.isEmpty,
            droppingKey(definition, server.name).headers.isEmpty
        else { return server }
        return MCPServer(name: server.name, url: server.url, headers: [], allowedTools: server.allowedTools)
    }

    /// Drops the header with the API key if `definition` equals that of the built-in server of this name.
    private func droppingKey(_ definition: ServerDefinition, _ name: String) -> ServerDefinition {
        guard var builtIn = BuiltInServer(rawValue: name)?.definition(in: localSandbox) else { return definition }
        builtIn.allowedTools = definition.allowedTools
        guard builtIn.isSame(as: definition) else { return definition }
        builtIn.headers = []
        return builtIn
    }
}

extension ServerDefinition {
    /// Whether a request holds something that others should not read.
    fileprivate var holdsCredentials: Bool {
        let query = url[url.upTo { $0 == "?" }.endIndex...]
        return !headers.isEmpty || !VariableReference.references(in: String(query)).isEmpty
    }
}
