import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Finds the registry file of a working tree.
enum ProjectFile {
    static let name = ".mcp.json"

    /// Returns the path of the nearest file from `directory` up to the root of its git working tree, or, if there is
    /// none, the path for a new one in that root. Outside a working tree only `directory` itself is looked at.
    static func path(from directory: String) -> String {
        let directories = ancestors(of: directory)
        guard let root = directories.firstIndex(where: { isWorkingTree($0, from: directories[0]) }) else {
            return file(in: directories[0])
        }
        let found = directories[...root].lazy.map(file).first(where: UserFile.exists)
        return found ?? file(in: directories[root])
    }

    /// Returns the root of the git working tree of `directory`; outside of one, `directory` itself.
    static func root(of directory: String) -> String {
        let directories = ancestors(of: directory)
        return directories.first { isWorkingTree($0, from: directories[0]) } ?? directories[0]
    }

    private static func file(in directory: String) -> String {
        directory == "/" ? "/\(name)" : "\(directory)/\(name)"
    }

    /// Whether `directory` is the root of a git working tree. A directory above `start` has to belong to the user:
    /// anybody can create a `.git` in a shared directory such as /tmp, which is why git asks for `safe.directory`.
    private static func isWorkingTree(_ directory: String, from start: String) -> Bool {
        guard UserFile.exists(directory == "/" ? "/.git" : directory + "/.git") else { return false }
        var status = stat()
        return directory == start || stat(directory, &status) == 0 && status.st_uid == geteuid()
    }

    /// Returns `directory` and the directories above it, the nearest first.
    private static func ancestors(of directory: String) -> [String] {
        let parts = directory.parts(between: "/").filter { !$0.isEmpty }
        return (0...parts.count).reversed().map { "/" + parts[..<$0].joined(separator: "/") }
    }
}
