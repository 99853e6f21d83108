package import ParallelJSON

/// What a client and a server agreed on, and what the server said of itself.
package struct MCPSession: Sendable {
    package let era: MCPEra
    /// The revision of the protocol that both speak.
    package let version: String
    /// The server's `serverInfo`; nil while it has not been asked.
    package var server: JSONValue?
    /// What the server can do; nil while it has not been asked.
    package var capabilities: JSONValue?
    /// What the server wants a model to know.
    package var instructions: String?
    /// Given by legacy servers that keep a session; goes with every later message.
    var sessionID: String?

    init(_ era: MCPEra, version: String) {
        self.era = era
        self.version = version
    }

    /// Whether the server is known not to have `feature`, such as `tools`.
    package func lacks(_ feature: String) -> Bool {
        guard let capabilities else { return false }
        return capabilities[feature]?.object == nil
    }
}
