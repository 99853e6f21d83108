import ParallelJSON
import ParallelSystem

/// A YAML file (yaml.org, 1.2) as far as one map or list of servers at its top is changed.
///
/// Only block style is changed, line by line. What can't be understood on the way to the servers is refused.
struct YAMLText {
    private var text: TextLines
    private let entries: [YAMLEntry]
    /// The line behind which no entry can be; nil if that is the end of the file.
    private let documentEnd: Int?
    private let openText: Int?

    init(_ bytes: [UInt8]) throws(TextProblem) {
        text = TextLines(bytes)
        var reader = try YAMLReader(text)
        entries = try reader.document()
        (documentEnd, openText) = (reader.documentEnd, reader.openText)
    }

    var bytes: [UInt8] { text.bytes }
    var root: JSONObject { YAMLEntry.object(entries) }

    /// Returns where a key of the file begins; nil if it has none.
    func place(of path: [String]) -> (line: Int, column: Int)? {
        guard let entry = entries.first(where: { $0.key.isExactly(path[0]) }) else { return nil }
        return (entry.line + 1, entry.indent + 1)
    }

    /// Sets an entry of the map under `key`, or, if `isList`, the element of the list there whose `name` this is; nil
    /// removes it.
    ///
    /// - Parameter removesKey: whether the key goes with the last entry, if nothing else is there.
    mutating func set(
        _ name: String, to entry: JSONValue?, in key: String, isList: Bool, removesKey: Bool = false
    ) throws(TextProblem) {
        guard let parent = entries.first(where: { $0.key.isExactly(key) }) else {
            guard let entry else { return }
            let end = documentEnd ?? max(text.countWithoutEnd, entries.last?.end ?? 0)
            try insert(["\(key):"] + Self.lines(name, entry, indent: 2, isList), at: end)
            if end == 0, text.lines.last?.isEmpty == false { text.insert([""], at: text.lines.count) }
            return
        }
        guard let children = parent.children else {
            let isEmpty = parent.value.map { $0.isNull || $0.object?.isEmpty == true || $0.array?.isEmpty == true }
            guard isEmpty == true, parent.end == parent.line + 1 else {
                throw TextProblem("'\(key)' is not written as a block of lines", line: parent.line + 1)
            }
            guard let entry else { return }
            replace(parent, by: "\(key):")
            return text.insert(Self.lines(name, entry, indent: 2, isList), at: parent.line + 1)
        }
        guard parent.isList == isList else {
            throw TextProblem("'\(key)' is \(isList ? "a map" : "a list")", line: parent.line + 1)
        }
        let index = children.firstIndex { child in
            isList ? child.value?["name"]?.string?.isExactly(name) == true : child.key.isExactly(name)
        }
        let indent = children[0].indent
        if let index {
            let child = children[index]
            if entry == nil, removesKey, children.count == 1, child.line == parent.line + 1,
                YAMLReader.comment(of: text.text(parent.line)) == nil
            {
                return text.remove(parent.line..<child.end)
            }
            text.remove(child.line..<child.end)
            if let entry {
                return text.insert(Self.lines(name, entry, indent: indent, isList), at: child.line)
            }
            if children.count == 1 { replace(parent, by: "\(key): \(isList ? "[]" : "{}")") }
        } else if let entry, let last = children.last {
            try insert(Self.lines(name, entry, indent: indent, isList), at: last.end)
        }
    }

    private mutating func insert(_ lines: [String], at index: Int) throws(TextProblem) {
        if let openText, index == text.lines.count {
            throw TextProblem("the text that begins here would change: end its last line first", line: openText + 1)
        }
        text.insert(lines, at: index)
    }

    /// Writes the line of a key anew, with the comment that stands behind it.
    private mutating func replace(_ entry: YAMLEntry, by line: String) {
        let old = text.lines[entry.line]
        let content = old.last == 0x0D ? old.dropLast() : old[...]
        let comment = YAMLReader.comment(of: text.text(entry.line))?.utf8.count ?? 0
        // With the blanks in front of the comment.
        let start = content.dropLast(comment).lastIndex { $0 != 0x20 && $0 != 0x09 }.map { $0 + 1 } ?? 0
        text.lines[entry.line] = Array(line.utf8) + old[start...]
    }

    // MARK: - Writing

    private static func lines(_ name: String, _ entry: JSONValue, indent: Int, _ isList: Bool) -> [String] {
        isList ? lines([entry], indent) : lines(["\(name)": entry] as JSONObject, indent)
    }

    private static func lines(_ object: JSONObject, _ indent: Int) -> [String] {
        object.flatMap { member in
            let start = String(repeating: " ", count: indent) + plain(.string(member.key)) + ":"
            if let object = member.value.object, !object.isEmpty { return [start] + lines(object, indent + 2) }
            if let array = member.value.array, !array.isEmpty { return [start] + lines(array, indent + 2) }
            return [start + " " + plain(member.value)]
        }
    }

    private static func lines(_ array: [JSONValue], _ indent: Int) -> [String] {
        let start = String(repeating: " ", count: indent) + "- "
        return array.flatMap { element in
            guard let object = element.object, !object.isEmpty else { return [start + plain(element)] }
            let inner = lines(object, indent + 2)
            return [start + inner[0].dropping(bytes: indent + 2)] + inner.dropFirst()
        }
    }

    /// Returns a value on one line: a text as it is where every reader of YAML takes it for a text.
    private static func plain(_ value: JSONValue) -> String {
        guard let text = value.string else { return value.serialized() }
        let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        let isPlain =
            text.utf8.first.map { $0.isASCIILetterOrDigit && !$0.isASCIIDigit || $0 == UInt8(ascii: "/") } == true
            && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && !words.contains(text.asciiLowercased)
            && !zip(text.utf8, Array(text.utf8.dropFirst()) + [0x20]).contains { byte, next in
                byte == UInt8(ascii: ":") && next == 0x20 || byte == 0x20 && (next == UInt8(ascii: "#") || next == 0x20)
            }
        return isPlain ? text : value.serialized()
    }
}

/// A member of a map, or an element of a list, with its lines.
struct YAMLEntry {
    /// Empty for an element.
    let key: String
    let indent: Int
    /// The index of its first line, and of the line behind its last one.
    let line: Int
    var end: Int
    /// Nil where the value is not understood.
    var value: JSONValue?
    /// The members or elements of a value in block style.
    var children: [YAMLEntry]?
    var isList = false

    static func object(_ entries: [YAMLEntry]) -> JSONObject {
        JSONObject(entries.map { ($0.key, $0.value ?? .null) })
    }
}
