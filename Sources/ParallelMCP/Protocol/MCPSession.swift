package import ParallelJSON

/// The revision that client and server agreed on, and what the server said about itself.
package struct MCPSession: Sendable {
    package let era: MCPEra
    /// The revision of the protocol.
    package let version: String
    /// The server's `serverInfo`; nil if it was not asked for.
    package var server: JSONValue?
    /// The capabilities of the server; nil if they were not asked for.
    package var capabilities: JSONValue?
    /// The server's instructions for a model.
    package var instructions: String?
    /// The session id of a legacy server, which is sent with every later message; nil if the server keeps no sessions.
    var sessionID: String?

    init(_ era: MCPEra, version: String) {
        self.era = era
        self.version = version
    }

    /// Whether the server says that it does not have `feature`, such as `resources`: it names other features only.
    package func lacks(_ feature: String) -> Bool {
        guard let named = capabilities?.object, !named.isEmpty else { return false }
        return [nil, .null, false].contains(named[feature])
    }
}
