/// Why an entry of a registry can't be used, without the entry's name.
///
/// It holds facts without secrets; the command line turns them into messages and adds advice.
package enum EntryError: Error, Sendable, Equatable {
    /// The entry starts a program.
    case stdio
    /// The server speaks the transport that Streamable HTTP replaced.
    case sse
    case disabled
    /// Its headers, or a program that makes them, are in this member, which only other programs understand.
    case foreignHeaders(key: String)
    /// The entry is malformed. The text is the end of a sentence about it.
    case malformed(String)
    /// The part has a `${` that begins no reference.
    case unreadableReference(EntryPart)
    /// The URL is invalid; `meant` is the URL that was probably meant.
    case invalidURL(reason: String, meant: String?)
    /// A variable of the entry is not set, or is empty.
    case unset(variable: String, EntryPart)
    /// A variable decides which server is called, and somebody else may have written the file.
    case variableServer
    /// The entry would send the user's API key to this URL, and somebody else may have written the file.
    case sendsKey(url: String)
    /// Credentials would be sent to this URL without encryption.
    case inTheClear(url: String)

    /// Whether the server is known, but its credentials are missing or must not be sent there.
    package var isAboutCredentials: Bool {
        switch self {
        case .unset, .variableServer, .sendsKey, .inTheClear: true
        case .stdio, .sse, .disabled, .foreignHeaders, .malformed, .unreadableReference, .invalidURL: false
        }
    }
}

/// A part of an entry that may hold references to variables.
package enum EntryPart: Sendable, Equatable, CustomStringConvertible {
    case url
    case header(String)
    /// Another member of the entry.
    case member(String)

    package var description: String {
        switch self {
        case .url: "the URL"
        case .header(let name): "the header '\(name)'"
        case .member(let name): "its '\(name)'"
        }
    }
}
