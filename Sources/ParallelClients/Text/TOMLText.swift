import ParallelJSON
import ParallelSystem

/// A TOML file (toml.io, 1.0) as far as its tables of servers are changed: everything is read, and whole tables are
/// added at the end, or taken away.
struct TOMLText {
    private struct Table {
        let path: [String]
        /// The line of its header.
        let line: Int
        /// The line behind its last key.
        var end: Int
    }

    /// How a path was defined. Headers can be added to what is `implied` by longer ones, to tables and to dotted keys.
    private enum Kind { case table, array, dotted, value, implied }

    private var text: TextLines
    private var tables: [Table] = []
    private(set) var root = JSONObject()
    /// What is defined by its path, with the line. The elements of an array have a number in their paths.
    private var known: [ExactText: (kind: Kind, line: Int, element: String)] = [:]

    init(_ bytes: [UInt8]) throws(TextProblem) {
        text = TextLines(bytes)
        try text.check()
        var reader = TOMLReader(bytes: Array(text.lines.joined(separator: CollectionOfOne(UInt8(0x0A)))))
        var table: [String] = []
        while try reader.skipToStatement() {
            let (line, column) = (reader.line, reader.column)
            if let header = try reader.header() {
                table = try opened(header.path, header.isArray, line, column)
                tables.append(Table(path: table, line: line - 1, end: line))
                root = Self.setting(nil, at: table[...], in: root)
            } else {
                let key = try reader.key()
                let value = try reader.valueOfKey()
                try reader.endStatement()
                try define(key, in: table, line, column)
                root = Self.setting(value, at: (table + key)[...], in: root)
                if !tables.isEmpty { tables[tables.count - 1].end = reader.line }
            }
        }
    }

    var bytes: [UInt8] { text.bytes }

    /// Adds the table of a server, or removes it with the tables below it. Throws where the file has the servers
    /// written in another way than as tables.
    mutating func set(_ name: String, to entry: JSONValue?, in path: [String]) throws(TextProblem) {
        let own = path + [name]
        for length in own.indices {
            let outer = own[...length]
            guard let other = known[Self.id(outer)], [.value, .dotted, .array].contains(other.kind) else { continue }
            throw TextProblem(
                "'\(outer.joined(separator: "."))' is not written as a table [\(own.joined(separator: "."))]",
                line: other.line)
        }
        var place: Int?
        for table in tables.reversed() where Self.begins(table.path, with: own) {
            place = table.line
            let isLast = table.end >= text.countWithoutEnd
            let isSeparated = table.line > 0 && text.text(table.line - 1).isBlank
            // The empty line in front was written with it.
            text.remove((isSeparated && isLast ? table.line - 1 : table.line)..<min(table.end, text.lines.count))
            if !isLast, isSeparated || table.line == 0, table.line < text.lines.count, text.text(table.line).isBlank {
                text.remove(table.line..<(table.line + 1))
            }
        }
        guard let entry else { return }
        let lines = Self.lines(entry, own)
        if let place, place < text.lines.count, place < text.countWithoutEnd {
            return text.insert(lines + [""], at: place)
        }
        let end = text.countWithoutEnd
        text.insert((end == 0 ? [] : [""]) + lines, at: end)
        if end == 0, text.lines.last?.isEmpty == false { text.insert([""], at: text.lines.count) }
    }

    private static func begins(_ path: [String], with start: [String]) -> Bool {
        path.count >= start.count && zip(path, start).allSatisfy { $0.isExactly($1) }
    }

    private static func id(_ path: some Sequence<String>) -> ExactText { ExactText(path.joined(separator: "\0")) }

    private static func twice(_ path: [String], _ line: Int, _ column: Int) -> TextProblem {
        TextProblem("'\(path.joined(separator: "."))' stands twice", line: line, column: column)
    }

    /// Returns the place where a path is defined; nil if it is not.
    func place(of path: [String]) -> (line: Int, column: Int)? { known[Self.id(path)].map { ($0.line, 1) } }

    /// Notes the table of a header, or a further element of an array, and returns its path.
    private mutating func opened(
        _ keys: [String], _ isArray: Bool, _ line: Int, _ column: Int
    ) throws(TextProblem) -> [String] {
        var path: [String] = []
        for (index, key) in keys.enumerated() {
            path.append(key)
            let isWhole = index == keys.count - 1
            let old = known[Self.id(path)]
            let fits =
                switch old?.kind {
                case nil: true
                case .implied: !isWhole || !isArray
                case .array: !isWhole || isArray
                case .table, .dotted: !isWhole
                case .value: false
                }
            guard fits else { throw Self.twice(path, line, column) }
            let element = isWhole ? "[\(tables.count)]" : old?.element ?? ""
            if isWhole || old == nil {
                known[Self.id(path)] = (isWhole ? isArray ? .array : .table : .implied, line, element)
            }
            if isWhole ? isArray : old?.kind == .array { path.append(element) }
        }
        return path
    }

    /// Notes a key with its dots.
    private mutating func define(
        _ key: [String], in table: [String], _ line: Int, _ column: Int
    ) throws(TextProblem) {
        var path = table
        for (index, part) in key.enumerated() {
            path.append(part)
            let isWhole = index == key.count - 1
            let old = known[Self.id(path)]?.kind
            guard old == nil || old == .dotted && !isWhole else { throw Self.twice(path, line, column) }
            if old == nil { known[Self.id(path)] = (isWhole ? .value : .dotted, line, "") }
        }
    }

    /// Returns the object with a value at a path; nil stands for the table that is there, or an empty one.
    private static func setting(_ value: JSONValue?, at path: ArraySlice<String>, in object: JSONObject) -> JSONObject {
        guard let key = path.first else { return object }
        var object = object
        let old = object[key]
        object[key] =
            path.count == 1
            ? value ?? old ?? [:] : .object(setting(value, at: path.dropFirst(), in: old?.object ?? [:]))
        return object
    }

    // MARK: - Writing

    private static func lines(_ entry: JSONValue, _ path: [String]) -> [String] {
        ["[\(path.map(key).joined(separator: "."))]"]
            + (entry.object?.members.map { "\(key($0.key)) = \(inline($0.value))" } ?? [])
    }

    private static func key(_ key: String) -> String {
        let isBare = !key.isEmpty && key.utf8.allSatisfy { $0.isASCIILetterOrDigit || $0 == 0x2D || $0 == 0x5F }
        return isBare ? key : JSONValue.string(key).serialized()
    }

    private static func inline(_ value: JSONValue) -> String {
        if let object = value.object {
            return "{ " + object.map { "\(key($0.key)) = \(inline($0.value))" }.joined(separator: ", ") + " }"
        }
        if let array = value.array { return "[" + array.map(inline).joined(separator: ", ") + "]" }
        // A string of JSON is a basic string of TOML but for DEL.
        return value.serialized().parts(between: "\u{7F}").joined(separator: "\\u007F")
    }
}
