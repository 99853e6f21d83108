/// Why a registry of MCP servers, or an entry of it, can't be used or changed.
///
/// It holds facts without secrets; the command line turns them into messages and adds advice. Paths are as messages
/// show them.
package enum RegistryError: Error, Sendable, Equatable {
    case file(path: String, FileProblem)
    /// No server has this name. `meant` is the URL that was probably meant; `known` are the existing names.
    case unknown(name: String, meant: String?, known: [String])
    /// The server can't be used. Without an origin, it is in no registry.
    case unusable(name: String, RegistryEntry.Origin?, EntryError)

    // What can't be added.
    case invalidName
    /// Only Parallel's own servers need no URL.
    case missingURL(name: String)
    case cannotAdd(name: String, EntryError)
    /// The name is that of Parallel's own server at `url`.
    case reservedName(String, url: String)
    /// The file has an entry of that name.
    case taken(name: String, path: String)
    /// The file has a different entry of that name, which is replaced only with force.
    case different(name: String, path: String)
    /// Others could read a literal value in the project's file; it is stored there only with force.
    case literalSecret(name: String, EntryPart)
    /// There is no path for the file of this scope.
    case noPlace(RegistryScope)

    // What can't be changed.
    /// The entry is not in the file of `scope`, but in the file of `found` at `path`.
    case elsewhere(name: String, scope: RegistryScope, found: RegistryScope, path: String, RegistryChange)
    /// The entry is in the project's file, and in the user's file too; `user` is nil if it is built in instead.
    case inSeveral(name: String, user: String?, project: String, RegistryChange)
    /// The server is Parallel's own and not in the file of `scope`.
    case builtIn(name: String, scope: RegistryScope)
    /// The entry is a value of `type`, such as `a number`, which can't be switched off.
    case noObject(name: String, path: String, type: String)

    /// What is wrong with a registry file.
    package enum FileProblem: Error, Sendable, Equatable {
        case missing
        /// The file is a link, or in a folder that is one, and it leads out of the working tree; without a target, to
        /// nothing.
        case link(to: String?)
        /// The file can't be read, or has not the format of a registry.
        case unreadable(String)
        /// The file has two tables of servers of this name.
        case repeatedTable(String)
        /// The file has two entries of this name.
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
