/// The revisions of the Model Context Protocol that this client speaks.
package enum MCPVersion {
    /// The revision without handshake and sessions, where every request says what it needs to.
    static let modern = "2026-07-28"
    /// Those that begin with `initialize`, the newest first.
    static let legacy = ["2025-11-25", "2025-06-18", "2025-03-26"]
    /// The only one in which several messages may come as an array.
    static let withBatches = "2025-03-26"

    static var all: [String] { [modern] + legacy }
}

/// The two ways in which servers are spoken to.
package enum MCPEra: String, Sendable, CaseIterable {
    /// Revisions up to 2025-11-25.
    case legacy
    /// Revision 2026-07-28.
    case modern
}
