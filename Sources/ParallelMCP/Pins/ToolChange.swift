package import ParallelJSON
import ParallelSystem

/// The definition of a tool as a server gave it once, with its hash.
package struct PinnedTool: Sendable {
    package let definition: JSONValue
    /// SHA-256 of the canonical definition: neither the order of members nor the spelling of numbers counts, but every
    /// member does, also those that this program doesn't know.
    package let hash: String

    package init(_ definition: JSONValue) {
        self.definition = definition
        hash = SHA256.digits(of: definition.canonical.bytes())
    }

    /// Reads a tool that was written down. Its hash is that of the definition, whatever a file says.
    package init?(json: JSONValue) {
        guard let definition = json["definition"], json["sha256"]?.string != nil else { return nil }
        self.init(definition)
    }

    package var name: String { definition["name"]?.string ?? "" }
    package var json: JSONValue { ["sha256": .string(hash), "definition": definition] }
}

/// A difference between the tools that were pinned and those that the server has now.
package struct ToolChange: Sendable {
    package enum Kind: String, Sendable { case added, removed, changed }

    package let tool: String
    package let kind: Kind
    /// The member of the definition that has changed, such as `description`; nil if the whole tool has come or gone.
    package let member: String?
    package let before: JSONValue?
    package let now: JSONValue?

    /// Returns all differences in the order of the tools, one for each member that differs.
    package static func all(from pinned: [PinnedTool], to live: [PinnedTool]) -> [ToolChange] {
        // A server may give a name to a second tool, which must not hide behind the first.
        var known = Dictionary(grouping: pinned) { ExactText($0.name) }
        var changes: [ToolChange] = []
        for tool in live {
            guard var earlier = known[ExactText(tool.name)], !earlier.isEmpty else {
                changes.append(
                    ToolChange(tool: tool.name, kind: .added, member: nil, before: nil, now: tool.definition))
                continue
            }
            let same = earlier.remove(at: earlier.firstIndex { $0.hash == tool.hash } ?? 0)
            known[ExactText(tool.name)] = earlier
            if same.hash != tool.hash { changes += members(of: same, and: tool) }
        }
        for tool in pinned {
            guard let left = known[ExactText(tool.name)], !left.isEmpty else { continue }
            known[ExactText(tool.name)] = Array(left.dropFirst())
            changes.append(
                ToolChange(tool: tool.name, kind: .removed, member: nil, before: left[0].definition, now: nil))
        }
        return changes
    }

    private static func members(of old: PinnedTool, and new: PinnedTool) -> [ToolChange] {
        var seen: Set<ExactText> = []
        let (before, now) = (old.definition.object ?? [:], new.definition.object ?? [:])
        let changes = (before.keys + now.keys).compactMap { key -> ToolChange? in
            guard seen.insert(ExactText(key)).inserted, before[key]?.canonical != now[key]?.canonical else {
                return nil
            }
            return ToolChange(tool: new.name, kind: .changed, member: key, before: before[key], now: now[key])
        }
        // Only a repeated member makes a difference that no member shows.
        guard changes.isEmpty else { return changes }
        return [
            ToolChange(
                tool: new.name, kind: .changed, member: "definition", before: old.definition, now: new.definition)
        ]
    }

    package var json: JSONValue {
        var object: JSONObject = ["tool": .string(tool), "change": .string(kind.rawValue)]
        object["member"] = member.map(JSONValue.string)
        object["before"] = before
        object["now"] = now
        return .object(object)
    }
}
