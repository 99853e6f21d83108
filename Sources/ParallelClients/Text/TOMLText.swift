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

    private var text: TextLines
    private var tables: [Table] = []
    private(set) var root = JSONObject()
    /// The tables that are written in a way to which no further table can be added: a key's value, or an array.
    private var closed: [(path: [String], line: Int)] = []

    init(_ bytes: [UInt8]) throws(TextProblem) {
        text = TextLines(bytes)
        var reader = TOMLReader(bytes: Array(text.lines.joined(separator: CollectionOfOne(UInt8(0x0A)))))
        var table: [String] = []
        while try reader.skipToStatement() {
            let line = reader.line
            if let header = try reader.header() {
                table = header.path
                tables.append(Table(path: table, line: line - 1, end: line))
                if header.isArray {
                    closed.append((table, line))
                    table += ["\(tables.count)"]
                } else if tables.dropLast().contains(where: { $0.path.elementsEqual(table, by: { $0.isExactly($1) }) })
                {
                    throw TextProblem("the table [\(table.joined(separator: "."))] stands twice", line: line)
                }
                try set([:], at: table, line, isHeader: true)
            } else {
                let key = try reader.key()
                let value = try reader.valueOfKey()
                try reader.endStatement()
                for length in 1...key.count { closed.append((table + key[..<length], line)) }
                try set(value, at: table + key, line)
                if !tables.isEmpty { tables[tables.count - 1].end = reader.line }
            }
        }
    }

    var bytes: [UInt8] { text.bytes }

    /// Adds the table of a server, or removes it with the tables below it. Throws where the file has the servers
    /// written in another way than as tables.
    mutating func set(_ name: String, to entry: JSONValue?, in path: [String]) throws(TextProblem) {
        let own = path + [name]
        if let other = closed.first(where: { Self.begins(own, with: $0.path) }) {
            let shown = other.path.joined(separator: ".")
            throw TextProblem("'\(shown)' is not written as a table [\(own.joined(separator: "."))]", line: other.line)
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

    private mutating func set(
        _ value: JSONValue, at path: [String], _ line: Int, isHeader: Bool = false
    ) throws(TextProblem) {
        guard let changed = Self.setting(value, at: path[...], in: root, isHeader) else {
            throw TextProblem("'\(path.joined(separator: "."))' stands twice", line: line)
        }
        root = changed
    }

    /// Returns the object with a value at a path; nil if there is another one.
    private static func setting(
        _ value: JSONValue, at path: ArraySlice<String>, in object: JSONObject, _ isHeader: Bool
    ) -> JSONObject? {
        guard let key = path.first else { return object }
        var object = object
        if path.count == 1 {
            if let old = object[key] { return isHeader && old.object != nil ? object : nil }
            object[key] = value
            return object
        }
        guard let inner = (object[key] ?? [:]).object,
            let set = setting(value, at: path.dropFirst(), in: inner, isHeader)
        else { return nil }
        object[key] = .object(set)
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
