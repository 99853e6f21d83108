/// Why a registry of MCP servers, or an entry of it, can't be used.
package struct RegistryError: Error, Sendable {
    /// One line: what is wrong, with the entry or file it is about.
    package let message: String
    package let hint: String?

    package init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }

    init(_ fault: EntryFault, in entry: RegistryEntry) {
        let place = entry.origin.path.map { " in \($0)" } ?? ""
        var hint = fault.hint
        if case .disabled = fault, case .file(let scope?, _) = entry.origin {
            hint = "to use it: mcp enable \(ShellQuoting.quoted(entry.name))" + scope.flag
        }
        self.init("MCP server '\(entry.name)'\(place): \(fault.reason)", hint: hint)
    }
}
