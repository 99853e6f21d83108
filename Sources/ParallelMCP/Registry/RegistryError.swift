package import ParallelSystem

/// Why a registry of MCP servers, or an entry of it, can't be used.
package struct RegistryError: Error, Sendable {
    /// One line: what is wrong, with the entry or file it is about.
    package let message: String
    package let hint: Hint?
    /// Whether the server is known, but what would open its door is missing or must not be sent there.
    package let isAboutCredentials: Bool

    package init(_ message: String, hint: Hint? = nil, isAboutCredentials: Bool = false) {
        self.message = message
        self.hint = hint
        self.isAboutCredentials = isAboutCredentials
    }
}
