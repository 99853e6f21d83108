/// Why a registry of MCP servers, or an entry of it, can't be used or changed.
///
/// It holds facts without secrets; the command line says them in words and adds what to do. Paths are as people see
/// them in messages.
package enum RegistryError: Error, Sendable, Equatable {
    case file(path: String, FileProblem)
    /// No server has the name. `meant` is the URL that was probably meant, `known` are the names that there are.
    case unknown(name: String, meant: String?, known: [String])
    /// A server can't be used; without an origin it is one that is in no registry.
    case unusable(name: String, RegistryEntry.Origin?, EntryError)
    /// A server that was named, and one in a file that was named, have the same name.
    case ambiguous(name: String, path: String)

    // What can't be added.
    case invalidName
    /// Only Parallel's own servers need no URL.
    case missingURL(name: String)
    case cannotAdd(name: String, EntryError)
    /// It is the name of Parallel's own server at `url`.
    case reservedName(String, url: String)
    /// The file has an entry of that name.
    case taken(name: String, path: String)
    /// The file has another entry of that name, which only force replaces.
    case different(name: String, path: String)
    /// Others could read a literal value in the project's file; only force stores it there.
    case literalSecret(name: String, EntryPart)
    /// There is no place for the file of this scope.
    case noPlace(RegistryScope)

    // What can't be changed.
    /// The entry is not in the file of `scope`, but in the one of `found` at `path`.
    case elsewhere(name: String, scope: RegistryScope, found: RegistryScope, path: String, RegistryChange)
    /// The server is Parallel's own and not in the file of `scope`.
    case builtIn(name: String, scope: RegistryScope)
    /// The entry is a value of `type`, such as `a number`, which can't be switched off.
    case noObject(name: String, path: String, type: String)

    /// What is wrong with a registry file.
    package enum FileProblem: Sendable, Equatable {
        case missing
        /// It can't be read, or is not what a registry has to be.
        case unreadable(String)
        /// It has two tables of servers.
        case repeatedTable
        /// It has two entries of this name.
        case repeatedEntry(String)
        case empty
        /// None of its servers can be used; `name` is the last of them.
        case nothingUsable(name: String, EntryError)
    }

    /// Whether the server is known, but its credentials are missing or must not be sent there.
    package var isAboutCredentials: Bool {
        if case .unusable(_, _, let error) = self { error.isAboutCredentials } else { false }
    }
}

/// A change of an entry that is in a registry file already.
package enum RegistryChange: Sendable, Equatable {
    case remove, enable, disable
}
