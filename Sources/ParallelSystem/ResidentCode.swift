import CSystem

/// The memory that the code of this process and its libraries takes.
package enum ResidentCode {
    /// Gives it back. What is needed again comes back in a few microseconds; what only the start needed stays away.
    ///
    /// A host keeps a bridge for each server and chat, for hours, so that what each of them takes counts.
    package static func release() { csystem_release_code() }
}
