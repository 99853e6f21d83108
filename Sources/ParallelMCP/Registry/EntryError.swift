/// Why an entry of a registry can't be used, without the entry's name.
///
/// It holds facts without secrets; the command line says them in words and adds what to do.
package enum EntryError: Error, Sendable, Equatable {
    /// It starts a program.
    case stdio
    /// It speaks the transport that Streamable HTTP replaced.
    case sse
    case disabled
    /// It is not written as an entry has to be. The text is the end of a sentence about the entry.
    case malformed(String)
    /// A `${` in it begins no reference.
    case unreadableReference(EntryPart)
    /// `meant` is the URL that was probably meant.
    case invalidURL(reason: String, meant: String?)
    /// A variable that it needs is not set, or empty.
    case unset(variable: String, EntryPart)
    /// A variable decides which server it is, and the file may be somebody else's.
    case variableServer
    /// It would send the user's API key to this URL, and the file may be somebody else's.
    case sendsKey(url: String)
    /// Credentials would travel to this URL without encryption.
    case inTheClear(url: String)

    /// Whether the server is known, but its credentials are missing or must not be sent there.
    package var isAboutCredentials: Bool {
        switch self {
        case .unset, .variableServer, .sendsKey, .inTheClear: true
        case .stdio, .sse, .disabled, .malformed, .unreadableReference, .invalidURL: false
        }
    }
}

/// A part of an entry that may hold references to variables.
package enum EntryPart: Sendable, Equatable, CustomStringConvertible {
    case url
    case header(String)

    package var description: String {
        switch self {
        case .url: "the URL"
        case .header(let name): "the header '\(name)'"
        }
    }
}
