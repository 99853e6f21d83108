package import ParallelJSON
import ParallelSystem

/// What the tools of Parallel's Task MCP say of a run or group. Their words are meant for models, so this reads JSON
/// where there is some and else goes by the words.
package struct TaskMCPStatus: Sendable {
    /// The id of a run (`trun_…`) or of a group (`tgrp_…`).
    package struct ID: Sendable, Equatable {
        package let text: String
        package var isGroup: Bool { text.hasPrefix(ID.group) }

        fileprivate static let group = "tgrp_"
        fileprivate static let run = "trun_"
    }

    /// Whether it goes on.
    package let isActive: Bool

    /// Reads the result of `getStatus`.
    package init(_ result: JSONValue) {
        let text = Self.text(of: result)
        let json = result["structuredContent"] ?? (try? JSONValue.parse(text))
        if let isActive = json?["is_active"]?.bool ?? json?["status"]?["is_active"]?.bool {
            self.isActive = isActive
        } else if let status = json?["status"]?.string {
            isActive = !Self.ended.contains(Substring(status.lowercased()))
        } else {
            let words = text.lowercased().split { !$0.isLetter && $0 != "_" }
            isActive = words.contains { Self.active.contains($0) } || !words.contains { Self.ended.contains($0) }
        }
    }

    private static let ended: Set<Substring> = ["completed", "complete", "failed", "cancelled", "canceled", "done"]
    private static let active: Set<Substring> = [
        "queued", "running", "pending", "in_progress", "progress", "active", "cancelling", "started", "processing",
    ]

    /// The group, else the run, that an answer names first.
    package static func id(in answer: JSONValue) -> ID? {
        let bytes = Array((text(of: answer) + (answer["structuredContent"]?.serialized() ?? "")).utf8)
        return word(beginning: ID.group, in: bytes) ?? word(beginning: ID.run, in: bytes)
    }

    private static func word(beginning prefix: String, in bytes: [UInt8]) -> ID? {
        guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: prefix.utf8) }) else { return nil }
        let word = bytes[start...].prefix {
            $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
        return word.count > prefix.utf8.count ? ID(text: String(decoding: word, as: UTF8.self)) : nil
    }

    private static func text(of result: JSONValue) -> String {
        (result["content"]?.array ?? []).compactMap { $0["text"]?.string }.joined(separator: "\n")
    }
}
