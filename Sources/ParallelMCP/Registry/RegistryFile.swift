import ParallelJSON
import ParallelSystem

/// A file of MCP servers in the format of other clients: servers by name in `mcpServers`, in VS Code's `servers`, in
/// `mcp.servers` of its settings, or in no table at all.
struct RegistryFile {
    /// The names of the table; a new one gets the first.
    private static let tables = ["mcpServers", "servers"]
    /// The maximum size of a file that was not named on the command line. Commands and completion read it often, and it
    /// may have come with a clone.
    private static let maximumBytes = 1 << 20

    let scope: RegistryScope?
    let path: String
    /// The path as messages show it.
    let shownPath: String
    /// The contents; nil if there is no file.
    private let bytes: [UInt8]?
    /// The path of the object with the servers; nil if the file has none.
    private let tablePath: [String]?
    /// The servers that are only in `servers`, beside `mcpServers`: some files are for several programs.
    private let serversBeside: [String]
    /// The servers in the order of the file; each name occurs once.
    let servers: [JSONObject.Member]

    /// Reads the file. A missing file has no servers. Errors for a file that is not JSON name line and column.
    init(_ scope: RegistryScope?, path: String, shownPath: String) throws(RegistryError) {
        self.scope = scope
        self.path = path
        self.shownPath = shownPath
        var bytes: [UInt8]?
        do throws(FileError) {
            // A file with a fixed name must not make the program wait; one named on the command line may be
            // `<(command)`.
            bytes =
                try scope == nil
                ? UserFile.read(path) : UserFile.readRegular(path, upTo: Self.maximumBytes)
        } catch {
            guard error.isMissing else { throw .file(path: shownPath, .unreadable(error.reason)) }
        }
        self.bytes = bytes
        do throws(RegistryError.FileProblem) {
            (tablePath, servers, serversBeside) = try Self.servers(in: bytes)
        } catch {
            throw .file(path: shownPath, error)
        }
        if let name = Self.duplicate(in: servers.map(\.key)) {
            throw .file(path: shownPath, .repeatedEntry(name))
        }
    }

    var exists: Bool { bytes != nil }

    subscript(name: String) -> JSONValue? { servers.first { $0.hasKey(name) }?.value }

    /// Returns the path of the table that has the server `name`, or gets it.
    private func path(ofTableWith name: String) -> [String]? {
        serversBeside.contains(where: name.isExactly) ? [Self.tables[1]] : tablePath
    }

    /// Writes the file with the entry set, or removed if `entry` is nil; every other byte stays as it is.
    func write(_ name: String, _ entry: JSONValue?) throws(FileError) {
        var editor = try editor()
        let tablePath = path(ofTableWith: name)
        if let entry {
            if tablePath == nil { editor.set(Self.tables[0], to: [:], in: []) }
            editor.set(name, to: entry, in: tablePath ?? [Self.tables[0]])
        } else {
            editor.remove(name, in: tablePath ?? [])
        }
        try save(editor)
    }

    /// Writes the file with an entry disabled or enabled; every other byte stays as it is.
    func write(_ name: String, isDisabled: Bool) throws(FileError) {
        var editor = try editor()
        let path = (path(ofTableWith: name) ?? []) + [name]
        let entry = self[name]?.object ?? [:]
        let hasEnabled = entry[RegistryEntry.enabledKey] != nil
        if hasEnabled { editor.set(RegistryEntry.enabledKey, to: .bool(!isDisabled), in: path) }
        if isDisabled, !hasEnabled {
            editor.set(RegistryEntry.disabledKey, to: true, in: path)
        } else if !isDisabled {
            // The file may have the member twice, and the last one counts: after removing it, the first one would.
            for key in entry.keys where key == RegistryEntry.disabledKey { editor.remove(key, in: path) }
        }
        try save(editor)
    }

    private func editor() throws(FileError) -> JSONTextEditor {
        do throws(JSONSyntaxError) {
            return try JSONTextEditor(bytes ?? Array("{}\n".utf8))
        } catch {
            throw FileError(path: path, reason: "\(error)")
        }
    }

    private func save(_ editor: JSONTextEditor) throws(FileError) {
        // The user's own file may hold tokens, so it becomes private. The project's file keeps its mode; a new one gets
        // the usual mode.
        let isProject = scope == .project
        var file = try AtomicFile(path: path, mode: isProject ? 0o666 : 0o600, keepsMode: isProject)
        try file.write(editor.bytes)
        try file.commit(replacing: true)
    }

    /// Returns the servers of a file, the path of the object that holds them, no path if there are none, and the names
    /// of those that are in a second table.
    private static func servers(
        in bytes: [UInt8]?
    ) throws(RegistryError.FileProblem) -> (path: [String]?, servers: [JSONObject.Member], beside: [String]) {
        guard let bytes else { return (nil, [], []) }
        let root: JSONValue
        do throws(JSONSyntaxError) {
            root = try JSONValue.parse(bytes)
        } catch {
            throw .unreadable("\(error)\(explanation(of: error, in: bytes))")
        }
        guard let object = root.object else {
            throw .unreadable("the file holds \(root.typeName), not an object")
        }
        if let table = tables.first(where: { object[$0] != nil }), let value = object[table] {
            if object.members.count(where: { $0.hasKey(table) }) > 1 { throw .repeatedTable(table) }
            guard let servers = value.object else {
                throw .unreadable("'\(table)' is \(value.typeName), not an object")
            }
            let others = table == tables[0] ? object[tables[1]]?.object?.members ?? [] : []
            let beside = others.filter { isEntry($0.value) && servers[$0.key] == nil }
            return ([table], servers.members + beside, beside.map(\.key))
        }
        if isEntry(root) { throw .unreadable("the file holds one server without a name") }
        if let servers = object["mcp"]?[tables[1]]?.object { return (["mcp", tables[1]], servers.members, []) }
        let servers = entries(in: root)
        if let key = object.members.first(where: { member in
            isMeantForTable(member.key) || servers.isEmpty && !entries(in: member.value).isEmpty
        })?.key {
            throw .unreadable("'\(key)' has to be called '\(tables[0])'")
        }
        return servers.isEmpty ? (nil, [], []) : ([], servers, [])
    }

    private static func entries(in value: JSONValue) -> [JSONObject.Member] {
        value.object?.members.filter { isEntry($0.value) } ?? []
    }

    /// Whether `value` looks like the entry of a server.
    private static func isEntry(_ value: JSONValue) -> Bool {
        (ServerDefinition.urlKeys + ["command"]).contains { value[$0]?.string != nil }
    }

    /// Whether `key` is another spelling of the table's name, such as `mcp_servers`.
    private static func isMeantForTable(_ key: String) -> Bool {
        let letters = key.utf8.filter(\.isASCIILetterOrDigit)
        return String(decoding: letters, as: UTF8.self).asciiLowercased == tables[0].asciiLowercased
    }

    /// Returns what else to say of a mistake that people make who know other programs' JSON.
    private static func explanation(of error: JSONSyntaxError, in bytes: [UInt8]) -> String {
        let rest = bytes[min(error.offset, bytes.count)...]
        if rest.starts(with: "//".utf8) || rest.starts(with: "/*".utf8) { return ": JSON has no comments" }
        let last = bytes[..<rest.startIndex].last { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        if last == UInt8(ascii: ","), let next = rest.first, "}]".utf8.contains(next) {
            return ": there must be no comma in front of it"
        }
        return ""
    }

    private static func duplicate(in names: [String]) -> String? {
        var seen: Set<ExactText> = []
        return names.first { !seen.insert(ExactText($0)).inserted }
    }
}
