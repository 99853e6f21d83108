/// A note for the user about a server that is going to be used, or was stored.
///
/// It holds facts without secrets; the command line turns them into messages.
package enum RegistryNote: Sendable, Equatable {
    /// The search server's URL is a former one; host and path are given.
    case oldAddress(String)
    /// Header values travel to this URL without encryption.
    case headersInTheClear(name: String, url: String)
    /// The entry comes from a file that somebody else may have written, and gets the values of these variables.
    case fromFile(name: String, path: String, url: String, variables: [String])
    /// The entry is disabled, but is checked nevertheless.
    case disabled(name: String)
    /// The project's file can't be used, so none of its servers can.
    case unreadableProject(RegistryError)
    /// An entry of the project's file was not used, because the one of `first` takes precedence. `url` is nil if the
    /// entry has none.
    case shadowed(name: String, path: String, url: String?, first: RegistryEntry.Origin)
    /// An entry of a file that was named on the command line is used, and not another one of that name.
    case givenFirst(name: String, path: String, RegistryEntry.Origin)
    /// An entry of a file that was named on the command line can't be used.
    case leftOut(name: String, path: String, EntryError)

    /// A literal value was stored, which may be a secret.
    case literalSecret(EntryPart)
    /// The stored entry takes precedence over another one of that name.
    case comesBefore(name: String, RegistryEntry.Origin)
    /// The stored entry is not used as long as there is another one of that name.
    case comesAfter(name: String, RegistryEntry.Origin)
}
