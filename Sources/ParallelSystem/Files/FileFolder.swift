/// The folder that relative file names are resolved against.
package struct FileFolder: Sendable {
    /// Nil stands for the working directory: the system resolves relative names.
    private let path: String?

    package init(_ path: String?) { self.path = path }

    /// Returns the path under which to open the file that the user calls `name`.
    package func path(of name: String) -> String {
        guard let path, !name.begins(with: "/") else { return name }
        return "\(path)/\(name)"
    }
}
