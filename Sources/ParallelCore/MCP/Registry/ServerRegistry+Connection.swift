package import ParallelHTTP

/// A server that this program itself speaks to.
package struct ServerConnection: Sendable {
    package let server: MCPServer
    package let url: HTTPURL
    /// Set where it is one of Parallel's own.
    package let builtIn: BuiltInServer?
    /// What people should know: where an entry comes from, and what travels in the clear.
    package let notes: [String]
}

extension ServerRegistry {
    /// Whether a word names a server by its address and not by its name.
    package static func isURL(_ word: String) -> Bool { word.hasPrefix("https://") || word.hasPrefix("http://") }

    /// The server of an entry, with its variables in place. Parallel's own do without a key where there is none.
    ///
    /// `apiKey` stands in for `PARALLEL_API_KEY`. Throws `RegistryError`.
    package func connection(named name: String, apiKey: Secret?) throws -> ServerConnection {
        if apiKey == nil, let builtIn = BuiltInServer(rawValue: name),
            try entries().first(where: { $0.name == name })?.origin == .builtIn
        {
            var definition = builtIn.definition(environment)
            definition.headers = []
            return try connection(definition, name: name, apiKey: nil)
        }
        let (servers, notes) = try servers(named: [name], configFile: nil, apiKey: apiKey)
        let url = try Self.parsed(servers[0].url.expanded)
        return ServerConnection(
            server: servers[0], url: url, builtIn: BuiltInServer.at(url, environment),
            notes: notes + Self.notes(on: url))
    }

    /// The server at an address that is in no registry. Parallel's own get the key unless they get something else.
    ///
    /// Throws `RegistryError`.
    package func connection(
        at address: String, headers: [ServerDefinition.Header], apiKey: Secret?
    ) throws -> ServerConnection {
        var definition = ServerDefinition(url: address, headers: headers)
        let hasCredentials = headers.contains { ["authorization", "x-api-key"].contains($0.name.lowercased()) }
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
            let (server, url) = try definition.expanded(name: name, Self.environment(environment, with: apiKey))
            return ServerConnection(
                server: server, url: url, builtIn: BuiltInServer.at(url, environment),
                notes: Self.notes(on: url) + Self.notesOnTransport(of: server, url))
        } catch {
            throw RegistryError("MCP server '\(name)': \(error.reason)", hint: error.hint)
        }
    }

    private static func notes(on url: HTTPURL) -> [String] {
        BuiltInServer.hasOldAddress(url) ? [BuiltInServer.noteOnOldAddress(url)] : []
    }

    private static func parsed(_ url: String) throws(RegistryError) -> HTTPURL {
        do throws(HTTPURLError) {
            return try HTTPURL(url)
        } catch {
            throw RegistryError(error.reason)
        }
    }
}
