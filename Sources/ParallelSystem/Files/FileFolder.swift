/// The folder that relative names of files count from.
package struct FileFolder: Sendable {
    /// Nil leaves relative names to the system, which needs no name for the working directory.
    private let path: String?

    package init(_ path: String?) { self.path = path }

    /// Returns `name` as a file of the user is opened by.
    package func path(of name: String) -> String {
        guard let path, !name.begins(with: "/") else { return name }
        return "\(path)/\(name)"
    }
}
