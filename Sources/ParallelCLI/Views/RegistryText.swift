import ParallelMCP
import ParallelSystem

extension EntryError {
    /// The error as the end of a sentence about the entry.
    var reason: String {
        switch self {
        case .stdio:
            "it is a program on this machine (stdio), which neither tasks nor models can call"
        case .sse: "its type is sse, and tasks call Streamable HTTP servers only"
        case .disabled: "it is disabled"
        case .foreignHeaders("headersHelper"):
            "a program makes its headers ('headersHelper'), and registry entries run none"
        case .foreignHeaders(let key): "its headers are in '\(key)', which is not understood"
        case .malformed(let reason), .invalidURL(let reason, _): reason
        case .unreadableReference(let part): "\(part) has a '${' that begins no reference"
        case .unset(let variable, let part): "\(part) needs the variable \(variable), which is not set or empty"
        case .variableServer:
            "a variable decides which server it is, and only your own registry is trusted with that"
        case .sendsKey(let url): "it would send your Parallel API key to \(url)"
        case .inTheClear(let url): "credentials would travel in the clear to \(url)"
        }
    }

    /// Returns advice, if there is any; `name` is the name of the server.
    func hint(for name: String, _ context: Context) -> Hint? {
        var add: String { context.command(["mcp", "add"], operands: [name, "URL"]) }
        return switch self {
        case .stdio, .disabled, .malformed: nil
        case .foreignHeaders: "write them in 'headers', with ${NAME} for what changes"
        case .sse: "if the server also speaks Streamable HTTP, give its URL for that and the type http"
        case .unreadableReference: "write ${NAME} or ${NAME:-default}"
        case .invalidURL(_, let meant): meant.map { "did you mean \($0)?" }
        case .unset(let variable, _): "set it: export \(variable)=…"
        case .variableServer: "there you may allow it: \(command: add)"
        case .sendsKey: "in your own registry you may allow that: \(command: add)"
        case .inTheClear: "use https; http is allowed to this machine, or without headers"
        }
    }

    /// The error in a few words, for a table.
    var summary: String {
        switch self {
        case .stdio: "stdio (not usable in tasks)"
        case .sse: "sse (not usable in tasks)"
        case .disabled: "disabled"
        default: "invalid: \(reason)"
        }
    }
}

extension RegistryNote {
    /// Returns the note as text, with a command to type if there is one.
    func hint(_ context: Context) -> Hint {
        switch self {
        case .oldAddress(let address):
            return "\(address) is an old address; today it is \(BuiltInServer.search.url(in: nil))"
        case .headersInTheClear(let name, let url):
            return "MCP server '\(name)': header values travel in the clear to \(url); https hides them"
        case .fromFile(let name, let path, let url, let variables):
            let gets = variables.isEmpty ? "" : "; it gets the value of \(variables.joined(separator: ", "))"
            return "MCP server '\(name)' comes from \(path) (\(url))\(gets)"
        case .disabled(let name): return "'\(name)' is disabled, and tried all the same"
        case .unreadableProject(let error):
            return "\(ErrorReport(error, context).message); none of its MCP servers can be used"
        case .shadowed(let name, let path, let url, .builtIn):
            return Self.shadowed(name, path, url, "the name is that of Parallel's server")
        case .shadowed(let name, let path, let url, .file):
            let remove = context.command(["mcp", "remove"], operands: [name], flags: ["--scope", "user"])
            return Self.shadowed(name, path, url, "your own entry comes first")
                + ", or remove yours: \(command: remove)"
        case .givenFirst(let name, let path, let other):
            return "MCP server '\(name)' is the one in \(path), not \(other.place)"
        case .leftOut(let name, let path, let error):
            return "MCP server '\(name)' in \(path) is left out: \(error.reason)"
        case .literalSecret(let part):
            return "\(part) is stored as it is; to keep a secret out of the file, \(Self.waysToHideSecret)"
        case .comesBefore(let name, let other): return "'\(name)' comes before \(other.place)"
        case .comesAfter(let name, let other):
            return "'\(name)' is not used as long as there is \(other.place) of that name"
        }
    }

    private static func shadowed(_ name: String, _ path: String, _ url: String?, _ reason: String) -> Hint {
        let address = url.map { " (\($0))" } ?? ""
        return "MCP server '\(name)' in \(path)\(address) was not used: \(reason); to use it, rename it there"
    }

    /// Says how to add a server without storing its secret.
    static let waysToHideSecret = "write ${VAR} in single quotes, or use --bearer-env VAR"
}

extension RegistryEntry.Origin {
    /// The place of another entry of the same name, for messages.
    var place: String { path.map { "the one in \($0)" } ?? "Parallel's own server" }
}
