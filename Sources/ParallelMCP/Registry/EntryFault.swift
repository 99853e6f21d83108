package import ParallelSystem

/// Why an entry of a registry can't be used for a task, without the entry's name.
package enum EntryFault: Error, Sendable {
    /// It starts a program.
    case stdio
    /// It speaks the transport that Streamable HTTP replaced.
    case sse
    case disabled
    case invalid(String, hint: Hint? = nil)
    /// What would open the server's door is missing, or must not be sent there.
    case credentials(String, hint: Hint?)

    /// What is wrong, as the end of a sentence about the entry.
    var reason: String {
        switch self {
        case .stdio:
            "it starts a program (stdio), and Parallel calls servers from its side: only http servers can be used"
        case .sse: "its type is sse, and tasks call Streamable HTTP servers only"
        case .disabled: "it is disabled"
        case .invalid(let reason, _), .credentials(let reason, _): reason
        }
    }

    var hint: Hint? {
        switch self {
        case .stdio, .disabled: nil
        case .sse: "if the server also speaks Streamable HTTP, give its URL for that and the type http"
        case .invalid(_, let hint), .credentials(_, let hint): hint
        }
    }

    var isAboutCredentials: Bool {
        if case .credentials = self { true } else { false }
    }

    /// A few words for a table.
    package var summary: String {
        switch self {
        case .stdio: "stdio (not usable in tasks)"
        case .sse: "sse (not usable in tasks)"
        case .disabled: "disabled"
        case .invalid(let reason, _), .credentials(let reason, _): "invalid: \(reason)"
        }
    }
}
