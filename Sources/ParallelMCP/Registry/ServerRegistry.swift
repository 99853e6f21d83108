package import ParallelHTTP
import ParallelJSON
package import ParallelSettings
package import ParallelSystem

/// The MCP servers that tasks can use: the user's own, those of the working tree, and Parallel's.
///
/// The registry files have the format of other MCP clients. Variables are expanded when a server is used, never when it
/// is stored. A working tree's file comes with a clone and is not trusted: its entries replace no other entries, get
/// the API key only for Parallel's own hosts, and other variables only if the user allows it.
package struct ServerRegistry: Sendable {
    let environment: [String: String]
    /// The address of the API; nil if the configured one can't be used.
    let api: APIAddress?
    var localSandbox: HTTPURL? { api?.localSandbox }
    /// The secrets to mask; values of variables and headers are added when servers get them.
    let secrets: KnownSecrets
    private let workingDirectory: String?
    /// The path of the user's file; nil if the environment names no home.
    private let userPath: String?
    /// The path of the project's file; nil if the working tree is not known.
    private let projectPath: String?

    /// Determines both paths; reads nothing. `workingDirectory` is absolute; without it there is no project file.
    package init(
        environment: [String: String], api: APIAddress?, workingDirectory: String?,
        secrets: KnownSecrets = KnownSecrets()
    ) {
        self.secrets = secrets
        self.environment = environment
        self.api = api
        self.workingDirectory = workingDirectory
        userPath = XDGPaths(environment: environment).configuration.map { $0 + "/mcp.json" }
        projectPath = workingDirectory.map(ProjectFile.path)
    }

    /// Whether one of Parallel's own servers is at `url`.
    package func isParallels(_ url: HTTPURL) -> Bool { BuiltInServer.at(url, in: localSandbox) != nil }

    /// The root of the working tree, where other programs have their files for a project; outside of one, the working
    /// directory.
    package var projectFolder: String? { workingDirectory.map(ProjectFile.root) }

    /// Returns the definition as it is stored elsewhere: with Parallel's own addresses, even if a sandbox is used now.
    package func lastingDefinition(of entry: RegistryEntry) throws(EntryError) -> ServerDefinition {
        if entry.origin == .builtIn, let builtIn = BuiltInServer(rawValue: entry.name) {
            return builtIn.definition(in: nil)
        }
        let definition = try entry.definition()
        try definition.check()
        if entry.isDisabled { throw .disabled }
        return definition
    }

    /// Returns all entries in order of precedence; of those with equal names, all but the first are shadowed.
    package func entries() throws(RegistryError) -> [RegistryEntry] {
        try entries(user: file(.user), project: file(.project))
    }

    /// Returns the entries: the user's own take precedence over Parallel's, and these over the working tree's.
    func entries(user: RegistryFile?, project: RegistryFile?) -> [RegistryEntry] {
        var taken: Set<ExactText> = []
        func entry(_ name: String, _ origin: RegistryEntry.Origin, _ value: JSONValue) -> RegistryEntry {
            RegistryEntry(name: name, origin: origin, isShadowed: !taken.insert(ExactText(name)).inserted, value: value)
        }
        func entries(of file: RegistryFile?) -> [RegistryEntry] {
            guard let file else { return [] }
            return file.servers.map { entry($0.key, .file(file.scope, path: file.shownPath), $0.value) }
        }
        return entries(of: user)
            + BuiltInServer.allCases.map {
                entry($0.rawValue, .builtIn, $0.definition(in: localSandbox).merged(into: nil))
            }
            + entries(of: project)
    }

    /// Reads the file of a scope; nil if its path is not known.
    func file(_ scope: RegistryScope) throws(RegistryError) -> RegistryFile? {
        guard let path = path(of: scope) else { return nil }
        if scope == .project, let link = strayLink(on: path) {
            throw .file(path: shown(link.path), .link(to: link.target))
        }
        return try RegistryFile(scope, path: path, shownPath: shown(path))
    }

    /// Returns the link on the way to a file of the project that leads out of the working tree, and where to; nil if
    /// there is none. A link that leads to nothing has no target.
    ///
    /// Others may have made the link, and would choose which file is read and changed.
    package func strayLink(on path: String) -> (path: String, target: String?)? {
        guard let folder = projectFolder, let root = UserFile.resolved(folder) else { return nil }
        let inside = root.ends(with: "/") ? root : root + "/"
        var link: (path: String, target: String?)?
        var place = path
        // The outermost one counts, which is found last.
        while place.utf8.count > folder.utf8.count {
            let target = UserFile.resolved(place)
            if UserFile.exists(place), target.map({ $0.isExactly(root) || $0.begins(with: inside) }) != true {
                link = (place, target)
            }
            place = Directory.containing(place)
        }
        return link
    }

    func path(of scope: RegistryScope) -> String? {
        switch scope {
        case .user: userPath
        case .project: projectPath
        }
    }

    func shown(_ path: String) -> String {
        guard let workingDirectory else { return path }
        let prefix = workingDirectory.ends(with: "/") ? workingDirectory : workingDirectory + "/"
        return path.begins(with: prefix) ? "./" + path.dropping(bytes: prefix.utf8.count) : path
    }
}
