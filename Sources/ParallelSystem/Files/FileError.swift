#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why a file could not be used.
package struct FileError: Error, Sendable, Equatable {
    package let path: String
    /// The system's error number; nil if the program itself refused the file.
    package let number: Int32?
    /// What is wrong, without the path.
    package let reason: String
    /// What to do about it, if `reason` doesn't say so.
    package let remedy: Remedy?

    /// What makes a file usable that holds a secret and that others can read. `path` is nil where the file was named by
    /// a descriptor of this process: by that name, a command would reach something else.
    package enum Remedy: Sendable, Equatable {
        /// Take the permissions of everybody but its owner, who is the user, away.
        case makePrivate(path: String?)
        /// The same for a folder.
        case makeFolderPrivate(path: String)
        /// Copy it, or hand it over by standard input: it belongs to somebody else.
        case copy(path: String?)
    }

    package init(path: String, reason: String, remedy: Remedy? = nil) {
        self.path = path
        self.reason = reason
        self.remedy = remedy
        number = nil
    }

    /// Makes an error from `errno`, read right after the failed call, and advice on what to do, if there is some.
    init(path: String, errno number: Int32, advice: String? = nil) {
        self.path = path
        self.number = number
        remedy = nil
        let advice = number == EMFILE ? "raise the limit, as with: ulimit -n 1024" : advice
        reason = String(cString: strerror(number)).lowercased() + (advice.map { "; \($0)" } ?? "")
    }

    package var isMissing: Bool { number == ENOENT }
    /// Whether a file of that name exists already (EEXIST).
    package var isTaken: Bool { number == EEXIST }
}
