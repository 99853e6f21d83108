package import ParallelJSON
import ParallelSystem

/// One configuration file of a client, as it was read.
package struct ClientFile: Sendable {
    /// The client whose form the file has.
    package let client: Client
    package let scope: Client.Scope
    package let path: String
    /// The contents; nil if there is no file.
    package let bytes: [UInt8]?
    /// The contents as JSON; what is not understood is null.
    package let document: JSONValue
    /// The servers by name, in the order of the file.
    package let servers: JSONObject
    private let pointer: [String]

    /// The maximum size of a client's file, in bytes. Claude Code's holds its history.
    private static let maximumBytes = 64 << 20

    /// Reads the file; a missing one has no servers.
    package init(_ client: Client, _ scope: Client.Scope, path: String) throws(ClientError) {
        var bytes: [UInt8]?
        do throws(FileError) {
            bytes = try UserFile.readRegular(path, upTo: Self.maximumBytes)
        } catch {
            guard error.isMissing else { throw .unreadable(path: path, error.reason) }
        }
        try self.init(client, scope, path: path, bytes: bytes)
    }

    package init(_ client: Client, _ scope: Client.Scope, path: String, bytes: [UInt8]?) throws(ClientError) {
        self.scope = scope
        self.path = path
        self.bytes = bytes
        let document: JSONValue
        do throws(TextProblem) {
            document = try Self.document(bytes ?? [], client.format)
        } catch {
            throw .unreadable(path: path, "\(error)")
        }
        self.document = document
        guard document.object != nil else {
            throw .unreadable(path: path, "the file holds \(document.typeName), not an object")
        }
        let newer = client.newer.flatMap { newer in
            Self.value(document, newer.pointer(scope))?.object == nil ? nil : newer
        }
        self.client = newer ?? client
        pointer = self.client.pointer(scope)
        do throws(TextProblem) {
            servers = try Self.servers(in: document, pointer) { Self.place(of: $0, in: bytes ?? [], client.format) }
        } catch {
            throw .unreadable(path: path, "\(error)")
        }
    }

    package subscript(name: String) -> JSONValue? { servers[name] }

    /// The place, among the keys that lead to the servers, of the first one that the file doesn't have; nil if it has
    /// them all.
    package var firstMissingKey: Int? {
        pointer.indices.first { pointer[$0] != "[]" && Self.value(document, Array(pointer[...$0])) == nil }
    }

    /// Returns the contents with the entry set, or removed if it is nil. Every other byte stays as it is.
    ///
    /// - Parameter madeKey: of the keys that lead to the servers, the first one to remove with the last entry; nil for
    ///   none. One that holds anything else stays.
    package func setting(_ name: String, to entry: JSONValue?, madeKey: Int? = nil) throws(ClientError) -> [UInt8] {
        let edited: [UInt8]
        do throws(TextProblem) {
            edited = try self.edited(name, entry, madeKey)
        } catch {
            throw .unchangeable(path: path, error)
        }
        // What was written is read again, so that no mistake made here breaks a file.
        let after = try ClientFile(client, scope, path: path, bytes: edited)
        var expected = servers
        expected[name] = entry
        let isSame = Self.rest(after.document, pointer).means(Self.rest(seeded(name), pointer))
        guard JSONValue.object(after.servers).means(.object(expected)), isSame else { throw .failedEdit(path: path) }
        return edited
    }

    /// The contents that this program would write into a new file.
    package func fresh(_ name: String, _ entry: JSONValue) throws(ClientError) -> [UInt8] {
        try ClientFile(client, scope, path: path, bytes: nil).setting(name, to: entry)
    }

    // MARK: - Reading

    private static func document(_ bytes: [UInt8], _ format: ClientFormat) throws(TextProblem) -> JSONValue {
        switch format {
        case .json(let dialect):
            if isBlank(bytes) { return [:] }
            do throws(JSONSyntaxError) {
                return try JSONTextEditor(bytes, dialect: dialect).value
            } catch {
                throw TextProblem(error)
            }
        case .toml: return .object(try TOMLText(bytes).root)
        case .yaml: return .object(try YAMLText(bytes).root)
        }
    }

    private static func isBlank(_ bytes: [UInt8]) -> Bool {
        bytes.allSatisfy { [0x20, 0x09, 0x0D, 0x0A, 0xEF, 0xBB, 0xBF].contains($0) }
    }

    private static func value(_ document: JSONValue, _ path: [String]) -> JSONValue? {
        path.reduce(document) { $1 == "[]" ? $0 : $0?[$1] }
    }

    /// Returns the line and column of a member, in JSON of its value; the first ones where that is not known.
    private static func place(of keys: [String], in bytes: [UInt8], _ format: ClientFormat) -> (Int, Int) {
        switch format {
        case .json(let dialect):
            guard let key = keys.last, var editor = try? JSONTextEditor(bytes, dialect: dialect) else { break }
            // Another value differs from the first byte on.
            let isText = value(editor.value, keys)?.string != nil
            editor.set(key, to: isText ? true : "", in: keys.dropLast())
            guard let start = zip(bytes, editor.bytes).enumerated().first(where: { $1.0 != $1.1 })?.offset else {
                break
            }
            let before = bytes[..<start]
            return (before.count { $0 == 0x0A } + 1, start - (before.lastIndex(of: 0x0A) ?? -1))
        case .toml: if let place = (try? TOMLText(bytes))?.place(of: keys) { return place }
        case .yaml: if let place = (try? YAMLText(bytes))?.place(of: keys) { return place }
        }
        return (1, 1)
    }

    private static func servers(
        in document: JSONValue, _ pointer: [String], _ place: ([String]) -> (Int, Int)
    ) throws(TextProblem) -> JSONObject {
        func problem(_ reason: String, _ keys: [String]) -> TextProblem {
            let (line, column) = place(keys)
            return TextProblem("'\(keys.last ?? "")' \(reason)", line: line, column: column)
        }
        let keys = pointer.filter { $0 != "[]" }
        var value = document
        let isList = pointer.last == "[]"
        for (index, key) in keys.enumerated() {
            guard let object = value.object else { break }
            let path = Array(keys[...index])
            if object.members.count(where: { $0.hasKey(key) }) > 1 { throw problem("stands twice", path) }
            value = object[key] ?? .null
            if value.isNull { return [:] }
            let isRight = isList ? value.array != nil || value.object?.isEmpty == true : value.object != nil
            guard isRight || value.array?.isEmpty == true else {
                throw problem("is \(value.typeName), not \(isList ? "a list" : "a map")", path)
            }
        }
        let servers =
            isList
            ? JSONObject((value.array ?? []).compactMap { item in item["name"]?.string.map { ($0, item) } })
            : value.object ?? [:]
        var seen: Set<ExactText> = []
        if let key = servers.keys.first(where: { !seen.insert(ExactText($0)).inserted }) {
            throw problem("stands twice", keys + [key])
        }
        return servers
    }

    /// Returns the document without its servers.
    private static func rest(_ document: JSONValue, _ pointer: [String]) -> JSONValue {
        guard let key = pointer.first, key != "[]", var object = document.object else { return document }
        let inner =
            pointer.count == 1 || pointer[1] == "[]" ? nil : object[key].map { rest($0, Array(pointer.dropFirst())) }
        object[key] = inner?.object?.isEmpty == true ? nil : inner
        return .object(object)
    }

    // MARK: - Writing

    /// The members of a new file, before it has servers.
    private func seed(_ name: String) -> JSONObject {
        guard scope == .project, Self.isBlank(bytes ?? []), let members = client.row["new"]?.object else { return [:] }
        return members.mapValues { $0.value == "$N" ? .string(name) : $0.value }
    }

    private func seeded(_ name: String) -> JSONValue {
        var object = seed(name)
        for member in document.object ?? [:] { object[member.key] = member.value }
        return .object(object)
    }

    private func edited(_ name: String, _ entry: JSONValue?, _ madeKey: Int?) throws(TextProblem) -> [UInt8] {
        let keys = pointer.filter { $0 != "[]" }
        let old = bytes ?? []
        switch client.format {
        case .json(let dialect):
            var editor: JSONTextEditor
            do throws(JSONSyntaxError) {
                editor = try JSONTextEditor(Self.isBlank(old) ? Array("{}\n".utf8) : old, dialect: dialect)
            } catch {
                throw TextProblem(error)
            }
            for index in keys.indices where Self.value(editor.value, Array(keys[...index]))?.object == nil {
                if entry == nil { return old }
                editor.set(keys[index], to: [:], in: Array(keys[..<index]))
            }
            if let entry {
                editor.set(name, to: entry, in: keys)
            } else {
                editor.remove(name, in: keys)
                for index in keys.indices.reversed() where index >= madeKey ?? .max {
                    editor.removeEmpty(keys[index], in: Array(keys[..<index]))
                }
            }
            return editor.bytes
        case .toml:
            var text = try TOMLText(old)
            try text.set(name, to: entry, in: keys)
            return text.bytes
        case .yaml:
            let seed = seed(name).members.map { "\($0.key): \($0.value.string ?? "")\n" }.joined()
            var text = try YAMLText(seed.isEmpty ? old : Array(seed.utf8))
            try text.set(name, to: entry, in: keys[0], isList: pointer.last == "[]", removesKey: madeKey == 0)
            return text.bytes
        }
    }
}
