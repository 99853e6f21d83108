import CSystem

/// The memory that the code of this process and its libraries takes.
package enum ResidentCode {
    /// Returns it to the system. Code that is needed again is loaded in a few microseconds; code that only the start
    /// needed is not.
    ///
    /// A host keeps a bridge for each server and chat, for hours, so that what each of them takes counts.
    package static func release() { csystem_release_code() }
}
