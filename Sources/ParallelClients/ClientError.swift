package import ParallelSystem

/// Why a client's file can't be read or changed. It holds facts; the command line turns them into messages.
package enum ClientError: Error, Sendable, Equatable {
    /// The file can't be read, or not in its format.
    case unreadable(path: String, String)
    /// The file is written in a way that is not changed here.
    case unchangeable(path: String, TextProblem)
    /// The file has another entry of that name.
    case different(path: String, name: String)
    /// The file has no entry of that name, but those of `known`.
    case missing(path: String, name: String, known: [String])
    /// The change would have given something else than was meant.
    case failedEdit(path: String)
    /// The file has changed since it was read.
    case changed(path: String)
    case file(FileError)
}

/// Why a client's file can't hold the URL of a server, so that only the bridge can be put there.
package enum ClientObstacle: Error, Sendable, Equatable {
    /// The client only starts programs.
    case stdioOnly
    /// The client has no variables in its file, or none that are known.
    case noVariables
    /// The client knows no headers as far as is known.
    case noHeaders
    case variableInURL
    /// The URL or header holds a literal value that may be a secret.
    case literal(String)
    /// The header can't be written in the client's way.
    case form(header: String)
    /// The URL or header would hold a value that the client takes for a reference, or even executes.
    case expanded(String)
    /// The variable is not set, so that its value can't be written.
    case unset(variable: String)
}
