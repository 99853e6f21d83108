/// The revisions of the Model Context Protocol that this client speaks.
package enum MCPVersion {
    /// The revision without handshake and sessions: every request carries the version and the client's details.
    static let modern = "2026-07-28"
    /// The revisions that begin with `initialize`, the newest first.
    static let legacy = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]

    package static var all: [String] { [modern] + legacy }
}

/// The two generations of the protocol, which differ in how a client and a server begin.
package enum MCPEra: String, Sendable, CaseIterable {
    /// Revisions up to 2025-11-25.
    case legacy
    /// Revision 2026-07-28.
    case modern
}

/// The members of `_meta` in which messages of the modern era say what a handshake would have said once.
enum MetaKey {
    static let protocolVersion = "io.modelcontextprotocol/protocolVersion"
    static let clientInfo = "io.modelcontextprotocol/clientInfo"
    static let clientCapabilities = "io.modelcontextprotocol/clientCapabilities"
    static let serverInfo = "io.modelcontextprotocol/serverInfo"
    static let logLevel = "io.modelcontextprotocol/logLevel"
}
