package import ParallelJSON
package import ParallelSystem

/// The tools of a server as they were when the user looked at them.
package struct ToolPin: Sendable {
    /// The name of the server, and its URL without secrets: other projects may have another server of that name.
    package let name: String
    package let url: String
    /// When they were pinned, in seconds since 1970.
    package let time: Int
    /// The account whose login was used; nil for none, or the one without a name.
    package let account: String?
    package let tools: [PinnedTool]

    package init(name: String, url: String, time: Int, account: String?, tools: [JSONValue]) {
        self.name = name
        self.url = url
        self.time = time
        self.account = account
        self.tools = tools.map { PinnedTool($0) }
    }

    init?(_ json: JSONValue) {
        guard let name = json["name"]?.string, let url = json["url"]?.string, let tools = json["tools"]?.array else {
            return nil
        }
        self.name = name
        self.url = url
        time = json["pinned_at"]?.int ?? 0
        account = json["account"]?.string
        self.tools = tools.compactMap(PinnedTool.init(json:))
    }

    var json: JSONValue {
        var object: JSONObject = ["name": .string(name), "url": .string(url), "pinned_at": .number(JSONNumber(time))]
        object["account"] = account.map(JSONValue.string)
        object["tools"] = .array(tools.map(\.json))
        return .object(object)
    }

    func isOf(_ other: ToolPin) -> Bool { name.isExactly(other.name) && url.isExactly(other.url) }
}

/// The pinned tools of all servers, in a file of the configuration folder.
package struct ToolPins: Sendable {
    private let record: PrivateRecord

    package init(environment: [String: String]) {
        record = PrivateRecord("pinned-tools.json", environment: environment)
    }

    /// Returns all pins, the oldest first. Throws `FileError` if the record can't be relied on.
    package func all() throws(FileError) -> [ToolPin] { try record.read().compactMap(ToolPin.init) }

    /// Stores the tools of a server in place of earlier ones. Throws `RegistryError` and `FileError`.
    package func store(_ pin: ToolPin) throws {
        try record.change { servers in
            servers.removeAll { ToolPin($0).map(pin.isOf) ?? true }
            servers.append(pin.json)
        }
    }

    /// Forgets the tools of the servers of this name, or only of that at `url`, which has no secrets. Returns their
    /// number. Throws `RegistryError` and `FileError`.
    package func remove(_ name: String, at url: String? = nil) throws -> Int {
        var count = 0
        try record.change { servers in
            let old = servers.count
            servers.removeAll { server in
                server["name"]?.string?.isExactly(name) == true
                    && url.map { server["url"]?.string?.isExactly($0) == true } != false
            }
            count = old - servers.count
        }
        return count
    }
}
