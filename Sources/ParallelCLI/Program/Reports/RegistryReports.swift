import ParallelMCP
import ParallelSystem

extension RegistryError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        let (message, hint) = messageAndHint(context)
        return ErrorReport(.usage, message, hints: [hint])
    }

    private func messageAndHint(_ context: Context) -> (message: String, hint: Hint?) {
        switch self {
        case .file(let path, let problem): return Self.messageAndHint(path, problem, context)
        case .unknown(let name, let meant, let known):
            let hint: Hint =
                meant.map { "did you mean \($0)?" }
                ?? Suggestions.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
                ?? (ServerDefinition.isURL(name) ? UsageError.namingURL : nil)
                ?? "known names: \(known.joined(separator: ", ").shortened())"
            return ("no MCP server is named '\(name)'", hint)
        case .unusable(let name, let origin, let error):
            let place = origin?.path.map { " in \($0)" } ?? ""
            var hint = error.hint(for: name, context)
            if error == .disabled, case .file(let scope?, _)? = origin {
                hint = "to use it: \(command: Self.command("enable", name, in: scope == .user ? nil : scope, context))"
            }
            if error == .stdio {
                let tools = context.command(["mcp", "tools"], operands: [name])
                let add = context.command(["mcp", "add"], operands: [name])
                hint = "only your own registry starts programs: \(command: add) --command 'PROGRAM ARGS'"
                if case .file(.user?, _)? = origin { hint = "it can be called from here: \(command: tools)" }
            }
            return ("MCP server '\(name)'\(place): \(error.reason)", hint)
        case .invalidName:
            return ("a name has 1 to 64 letters, digits, '.', '_' or '-', and begins with a letter or digit", nil)
        case .missingURL(let name):
            let known = BuiltInServer.allCases.map(\.rawValue).joined(separator: ", ")
            return ("'\(name)' needs a URL", "known without one: \(known)")
        case .cannotAdd(let name, let error):
            return ("'\(name)' can't be added: \(error.reason)", error.hint(for: name, context))
        case .reservedName(let name, let url):
            return (
                "'\(name)' is the name of Parallel's own server at \(url)",
                "choose another name, or --force to use this one"
            )
        case .taken(let name, let path): return ("'\(name)' is in \(path) already", nil)
        case .different(let name, let path):
            return ("'\(name)' is in \(path) already, with other settings", "--force replaces it")
        case .literalSecret(let name, let part):
            return (
                "'\(name)' can't be added: \(part) holds a literal value, and the project's file is there to be shared",
                "\(RegistryNote.waysToHideSecret); --force stores it all the same"
            )
        case .noPlace(.project): return ("there is no project file, as the working directory is not known", nil)
        case .noPlace(.user):
            return (
                "there is no place for your registry: neither XDG_CONFIG_HOME nor HOME is an absolute path",
                "--scope project writes .mcp.json in the working tree"
            )
        case .elsewhere(let name, let scope, let found, let path, let change):
            return (
                "'\(name)' is not in the \(scope.rawValue) registry but in \(path)",
                "\(change.verb) it there: \(command: Self.command(change.verb, name, in: found, context))"
            )
        case .inSeveral(let name, let user, let project, let change):
            let both = [RegistryScope.user, .project].map { Self.command(change.verb, name, in: $0, context) }
            return (
                "'\(name)' is \(user.map { "in \($0)" } ?? "built in"), and in \(project) too; nothing was changed",
                "say which is meant: \(command: both[0]), or --scope project"
            )
        case .builtIn(let name, let scope):
            return (
                "'\(name)' is built in and not in the \(scope.rawValue) registry",
                "to switch it off: \(command: Self.command("disable", name, in: nil, context))"
            )
        case .noObject(let name, let path, let type): return ("'\(name)' in \(path) is \(type), not an object", nil)
        }
    }

    private static func messageAndHint(
        _ path: String, _ problem: FileProblem, _ context: Context
    ) -> (message: String, hint: Hint?) {
        switch problem {
        case .missing: ("\(path): no such file", nil)
        case .link(let target?):
            (
                "\(path) is a link that leads out of the working tree, to \(target)",
                "nothing there was read or changed; put a file or folder in place of the link"
            )
        case .link(nil): ("\(path) is a link that leads to nothing", "remove it, or make the file that it names")
        case .unreadable(let reason): ("\(path): \(reason)", nil)
        case .repeatedTable(let name), .repeatedEntry(let name):
            ("\(path): '\(name)' stands twice", "remove one of the two")
        case .empty:
            ("\(path) has no MCP servers", #"the format: {"mcpServers": {"NAME": {"url": "…"}}}"#)
        case .nothingUsable(let name, let error):
            (
                "\(path) has no MCP server that a task can use",
                RegistryNote.leftOut(name: name, path: path, error).hint(context)
            )
        }
    }

    /// Returns the command that changes an entry in the file of a scope; nil for the scope that the command uses by
    /// default.
    private static func command(
        _ verb: String, _ name: String, in scope: RegistryScope?, _ context: Context
    ) -> String {
        let flags = scope.map { ["--scope", $0.rawValue] } ?? []
        return context.command(["mcp", verb], operands: [name], flags: flags)
    }
}

extension RegistryChange {
    /// The word on the command line for the change.
    fileprivate var verb: String {
        switch self {
        case .remove: "remove"
        case .enable: "enable"
        case .disable: "disable"
        }
    }
}
