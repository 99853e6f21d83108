import ParallelJSON
import ParallelSystem

/// What an export remembers in its folder: the server, its definitions, and the hash of every file as it was written.
/// The file is meant for version control, so it holds no time and no secret.
package struct ExportLock: Sendable {
    package static let name = "parallel-export.lock.json"

    package let shape: ExportShape
    /// The URL of the server, without secrets.
    package let url: String?
    /// The only tools that were exported; nil for all.
    package let allowedTools: [String]?
    package let tools: [PinnedTool]
    /// The hashes of the files by their paths. Paths that no export writes are left out: the lock may have come with a
    /// clone.
    let files: [String: String]

    /// Returns nil for anything that is no lock.
    init?(_ json: JSONValue) {
        guard let shape = json["as"]?.string.flatMap(ExportShape.init), let tools = json["tools"]?.array,
            let files = json["files"]?.object
        else { return nil }
        self.shape = shape
        url = json["server"]?["url"]?.string
        self.tools = tools.compactMap(PinnedTool.init(json:))
        allowedTools = json["allowed_tools"]?.array?.compactMap(\.string)
        var hashes: [String: String] = [:]
        for member in files where Self.isOurs(member.key) { hashes[member.key] = member.value.string ?? "" }
        self.files = hashes
    }

    static func json(of export: ToolExport, _ files: [ToolExport.File]) -> JSONValue {
        let source = export.source
        var server: JSONObject = ["url": .string(source.url)]
        if !source.name.isExactly(source.url) { server["name"] = .string(source.name) }
        server["version"] = source.version.map(JSONValue.string)
        var lock: JSONObject = ["as": .string(export.shape.rawValue), "server": .object(server)]
        lock["allowed_tools"] = source.allowedTools.map { .array($0.map(JSONValue.string)) }
        lock["tools"] = .array(
            export.tools.map { tool in
                var object: JSONObject = ["name": .string(tool.name)]
                for member in tool.pinned.json.object ?? [:] { object[member.key] = member.value }
                return .object(object)
            })
        lock["files"] = .object(
            JSONObject(files.map { ($0.path, .string(SHA256.digits(of: Array($0.text.utf8)))) }))
        return .object(lock)
    }

    /// Whether a path is one that an export writes: it can't lead out of the folder.
    private static func isOurs(_ path: String) -> Bool {
        let parts = path.parts(between: "/")
        guard parts.count == 1 || parts.count == 2 && parts[0] == "tools" else { return false }
        return parts.allSatisfy { part in
            part.utf8.first.map { $0 != UInt8(ascii: ".") } == true
                && part.utf8.allSatisfy { $0.isASCIILetterOrDigit || "._-".utf8.contains($0) }
        }
    }
}
