import ParallelJSON
import ParallelSystem

/// Decides which tools a host sees and may call.
package struct ToolFilter: Sendable {
    /// Names in which `*` stands for any text; nil allows all.
    private let allowed: [String]?
    /// Names like these, whose case is ignored.
    private let denied: [String]

    package init(allowed: [String]?, denied: [String]) {
        self.allowed = allowed
        self.denied = denied.map(\.asciiLowercased)
    }

    /// Whether there are tools that it may leave out.
    var isPartial: Bool { allowed != nil || !denied.isEmpty }

    /// Returns the result of `tools/list` without the tools that a host must not use; nil if nothing changes.
    ///
    /// - Parameter usable: leaves out others before.
    func listing(_ result: JSONValue, usable: ([JSONValue]) -> [JSONValue] = { $0 }) -> JSONValue? {
        guard let tools = result["tools"]?.array else { return nil }
        let kept = usable(tools).filter { allows($0["name"]) }
        guard kept.count < tools.count, var object = result.object else { return nil }
        object["tools"] = .array(kept)
        return .object(object)
    }

    /// Whether a tool may be used that is named like this; one whose name is no text may be any.
    func allows(_ name: JSONValue?) -> Bool { !isPartial || name?.string.map(allows) == true }

    func allows(_ name: String) -> Bool {
        let lowered = name.asciiLowercased
        if denied.contains(where: { Self.matches(Array(lowered.utf8)[...], Array($0.utf8)[...]) }) { return false }
        return allowed.map { $0.contains { Self.matches(Array(name.utf8)[...], Array($0.utf8)[...]) } } ?? true
    }

    /// Compares from star to star, so that no pattern takes more than the product of the two lengths.
    private static func matches(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        let star = UInt8(ascii: "*")
        var (name, pattern) = (name, pattern)
        var retry: (name: ArraySlice<UInt8>, pattern: ArraySlice<UInt8>)?
        while !name.isEmpty {
            if pattern.first == star {
                pattern = pattern.dropFirst()
                retry = (name.dropFirst(), pattern)
            } else if let first = pattern.first, first == name.first {
                (name, pattern) = (name.dropFirst(), pattern.dropFirst())
            } else if let (rest, behind) = retry {
                (name, pattern) = (rest, behind)
                retry = (rest.dropFirst(), behind)
            } else {
                return false
            }
        }
        return pattern.allSatisfy { $0 == star }
    }
}
