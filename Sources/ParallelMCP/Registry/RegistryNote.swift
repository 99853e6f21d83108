/// What people should know of servers that are about to be used, or were stored.
///
/// It holds facts without secrets; the command line says them in words.
package enum RegistryNote: Sendable, Equatable {
    /// The search server has left this host.
    case oldAddress(host: String)
    /// Header values travel to this URL without encryption.
    case headersInTheClear(name: String, url: String)
    /// The entry comes from a file that may be somebody else's, and gets the values of these variables.
    case fromFile(name: String, path: String, url: String, variables: [String])
    /// The entry is disabled, and tried out all the same.
    case disabled(name: String)
    /// The project's file can't be used, and so none of its servers.
    case unreadableProject(RegistryError)
    /// An entry of the project's file was not used, as the one of `first` comes before it. `url` is nil if it has none.
    case shadowed(name: String, path: String, url: String?, first: RegistryEntry.Origin)
    /// An entry of a file that was named on the command line can't be used.
    case leftOut(name: String, path: String, EntryError)

    /// A literal value was stored.
    case literalSecret(EntryPart)
    /// The entry that was stored comes before another one of that name.
    case comesBefore(name: String, RegistryEntry.Origin)
    /// The entry that was stored is not used as long as there is another one of that name.
    case comesAfter(name: String, RegistryEntry.Origin)
}
