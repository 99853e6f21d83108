import ParallelJSON
import ParallelSystem

extension JSONRPCMessage {
    /// Whether the messages in a body read, and nothing else. What a server says of its own tools is not believed.
    static func isReading(_ body: [UInt8]) -> Bool {
        guard let json = try? JSONValue.parse(body) else { return false }
        return (json.array ?? [json]).allSatisfy { message in
            // Two members of one name could be read in two ways, and some servers read names whatever their case.
            let names = (message.object?.keys ?? []).map(\.asciiLowercased)
            guard !message.repeatsMember, Set(names).count == names.count else { return false }
            guard let method = message["method"] else { return !names.contains("method") }
            return method.string.map { harmless.contains($0) || $0.begins(with: "notifications/") } ?? false
        }
    }

    /// The methods whose requests have no effect, or one that may come twice.
    static let harmless: Set<String> = [
        "initialize", "server/discover", "ping", "tools/list", "resources/list", "resources/templates/list",
        "resources/read", "resources/subscribe", "resources/unsubscribe", "prompts/list", "prompts/get",
        "completion/complete", "logging/setLevel", "subscriptions/listen",
    ]
}

extension JSONValue {
    /// Whether a member stands twice in a message, its parameters or its result. What reads the first of the two does
    /// not see what was checked here.
    var repeatsMember: Bool {
        [self, self["params"], self["result"]].contains { value in
            guard let object = value?.object else { return false }
            return Set(object.keys.map(ExactText.init)).count < object.count
        }
    }
}
