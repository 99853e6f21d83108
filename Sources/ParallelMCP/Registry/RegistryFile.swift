import ParallelJSON
import ParallelSystem

/// A file with an `mcpServers` table, the format of other MCP clients.
struct RegistryFile {
    static let table = "mcpServers"
    /// The maximum size of a file that was not named on the command line. Commands and completion read it often, and it
    /// may have come with a clone.
    private static let maximumBytes = 1 << 20

    let scope: RegistryScope?
    let path: String
    /// The path as messages show it.
    let shownPath: String
    /// The contents; nil if there is no file.
    private let bytes: [UInt8]?
    private let hasTable: Bool
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
        let table = try Self.table(of: bytes, shownPath)
        hasTable = table != nil
        servers = table?.members ?? []
        if let name = Self.duplicate(in: servers.map(\.key)) {
            throw .file(path: shownPath, .repeatedEntry(name))
        }
    }

    var exists: Bool { bytes != nil }

    subscript(name: String) -> JSONValue? { servers.first { $0.hasKey(name) }?.value }

    /// Writes the file with the entry set, or removed if `entry` is nil; every other byte stays as it is.
    func write(_ name: String, _ entry: JSONValue?) throws(FileError) {
        var editor = JSONTextEditor(bytes ?? Array("{}\n".utf8))
        if let entry {
            if !hasTable { editor.set(Self.table, to: [:], in: []) }
            editor.set(name, to: entry, in: [Self.table])
        } else {
            editor.remove(name, in: [Self.table])
        }
        try save(editor)
    }

    /// Writes the file with an entry disabled or enabled; every other byte stays as it is.
    func write(_ name: String, isDisabled: Bool) throws(FileError) {
        var editor = JSONTextEditor(bytes ?? [])
        let path = [Self.table, name]
        if isDisabled {
            editor.set(RegistryEntry.disabledKey, to: true, in: path)
        } else {
            // The file may have the member twice, and the last one counts: after removing it, the first one would.
            for key in self[name]?.object?.keys ?? [] where key == RegistryEntry.disabledKey {
                editor.remove(key, in: path)
            }
        }
        try save(editor)
    }

    private func save(_ editor: JSONTextEditor) throws(FileError) {
        // The user's own file may hold tokens, so it becomes private. The project's file keeps its mode; a new one gets
        // the usual mode.
        let isProject = scope == .project
        var file = try AtomicFile(path: path, mode: isProject ? 0o666 : 0o600, keepsMode: isProject)
        try file.write(editor.bytes)
        try file.commit(replacing: true)
    }

    private static func table(of bytes: [UInt8]?, _ shownPath: String) throws(RegistryError) -> JSONObject? {
        guard let bytes else { return nil }
        let root: JSONValue
        do throws(JSONSyntaxError) {
            root = try JSONValue.parse(bytes)
        } catch {
            throw .file(path: shownPath, .unreadable("\(error)"))
        }
        guard let object = root.object else {
            throw .file(path: shownPath, .unreadable("the file holds \(root.typeName), not an object"))
        }
        if object.members.count(where: { $0.hasKey(table) }) > 1 {
            throw .file(path: shownPath, .repeatedTable)
        }
        guard let value = object[table] else { return nil }
        guard let servers = value.object else {
            throw .file(path: shownPath, .unreadable("'\(table)' is \(value.typeName), not an object"))
        }
        return servers
    }

    private static func duplicate(in names: [String]) -> String? {
        var seen: Set<ExactText> = []
        return names.first { !seen.insert(ExactText($0)).inserted }
    }
}
