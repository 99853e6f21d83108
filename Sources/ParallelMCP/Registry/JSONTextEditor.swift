import ParallelJSON
import ParallelSystem

/// Changes single members of a JSON text and keeps every other byte: order, spacing, escapes, unknown keys.
///
/// The text must be valid JSON, so that looking at quotes, brackets and commas is enough.
struct JSONTextEditor {
    private struct Member {
        let key: String
        /// The range from the quote of the key to the end of the value.
        let range: Range<Int>
        let valueStart: Int
    }

    private struct Object {
        /// The range with its braces.
        let range: Range<Int>
        let members: [Member]
    }

    private(set) var bytes: [UInt8]
    /// The indentation of one level; nil if the text has its members on one line.
    private let indentation: String?
    private let lineEnd: String

    /// - Parameter text: a JSON object.
    init(_ text: [UInt8]) {
        bytes = text
        let scanner = Scanner(bytes: text)
        let start = text.firstIndex(of: UInt8(ascii: "{")) ?? 0
        let gap = text[(start + 1)..<scanner.skippingSpace(start + 1)]
        let isEmpty = text[gap.endIndex] == UInt8(ascii: "}")
        let lastLine = gap.lastIndex(of: UInt8(ascii: "\n")).map { gap[($0 + 1)...] }
        indentation = isEmpty ? "  " : lastLine.map { String(decoding: $0, as: UTF8.self) }
        lineEnd = gap.contains(UInt8(ascii: "\r")) ? "\r\n" : "\n"
    }

    /// Sets a member of the object at `path`; a new member is added at the end.
    ///
    /// An object on one line stays on one line unless the new value is an object or array.
    mutating func set(_ key: String, to value: JSONValue, in path: [String]) {
        guard let object = object(at: path) else { return }
        let level = path.count + 1
        if let member = object.members.last(where: { $0.key.isExactly(key) }) {
            return replace(member.valueStart..<member.range.upperBound, by: rendered(value, level))
        }
        let colon = indentation == nil ? ":" : ": "
        let member = JSONValue.string(key).serialized() + colon + rendered(value, level)
        if let last = object.members.last {
            let isOneLine = !bytes[object.range].contains(UInt8(ascii: "\n"))
            let isShort = value.object == nil && value.array == nil
            let gap = indentation != nil && isOneLine && isShort ? " " : lineBreak(level)
            replace(last.range.upperBound..<last.range.upperBound, by: "," + gap + member)
        } else {
            let inside = (object.range.lowerBound + 1)..<(object.range.upperBound - 1)
            replace(inside, by: lineBreak(level) + member + lineBreak(level - 1))
        }
    }

    mutating func remove(_ key: String, in path: [String]) {
        guard let object = object(at: path), let index = object.members.lastIndex(where: { $0.key.isExactly(key) })
        else {
            return
        }
        let members = object.members
        if members.count == 1 {
            replace((object.range.lowerBound + 1)..<(object.range.upperBound - 1), by: "")
        } else if index == members.count - 1 {
            replace(members[index - 1].range.upperBound..<members[index].range.upperBound, by: "")
        } else {
            replace(members[index].range.lowerBound..<members[index + 1].range.lowerBound, by: "")
        }
    }

    // MARK: - Finding

    private func object(at path: [String]) -> Object? {
        guard var object = object(from: bytes.firstIndex(of: UInt8(ascii: "{")) ?? 0) else { return nil }
        for key in path {
            guard let member = object.members.last(where: { $0.key.isExactly(key) }),
                let next = self.object(from: member.valueStart)
            else { return nil }
            object = next
        }
        return object
    }

    private func object(from start: Int) -> Object? {
        guard start < bytes.count, bytes[start] == UInt8(ascii: "{") else { return nil }
        let scanner = Scanner(bytes: bytes)
        var members: [Member] = []
        var position = scanner.skippingSpace(start + 1)
        while bytes[position] != UInt8(ascii: "}") {
            let keyEnd = scanner.skippingValue(position)
            let valueStart = scanner.skippingSpace(scanner.skippingSpace(keyEnd) + 1)
            let end = scanner.skippingValue(valueStart)
            let key = (try? JSONValue.parse(Array(bytes[position..<keyEnd])))?.string ?? ""
            members.append(Member(key: key, range: position..<end, valueStart: valueStart))
            position = scanner.skippingSpace(end)
            if bytes[position] == UInt8(ascii: ",") { position = scanner.skippingSpace(position + 1) }
        }
        return Object(range: start..<(position + 1), members: members)
    }

    // MARK: - Writing

    private mutating func replace(_ range: Range<Int>, by text: String) {
        bytes.replaceSubrange(range, with: text.utf8)
    }

    private func lineBreak(_ level: Int) -> String {
        indentation.map { lineEnd + String(repeating: $0, count: level) } ?? ""
    }

    /// Returns the value as JSON, indented like the text for a member at `level`.
    private func rendered(_ value: JSONValue, _ level: Int) -> String {
        guard indentation != nil else { return value.serialized() }
        let lines = value.serialized(.pretty).parts(between: "\n")
        return lines.enumerated().map { index, line in
            let text = line.unicodeScalars.drop { $0 == " " }
            return index == 0
                ? String(text) : lineBreak(level + (line.unicodeScalars.count - text.count) / 2) + String(text)
        }.joined()
    }

    /// Finds the ends of parts of a text that is valid JSON.
    private struct Scanner {
        let bytes: [UInt8]

        func skippingSpace(_ start: Int) -> Int {
            bytes[start...].firstIndex { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } ?? bytes.endIndex
        }

        func skippingValue(_ start: Int) -> Int {
            var position = start
            var depth = 0
            repeat {
                switch bytes[position] {
                case UInt8(ascii: "\""): position = skippingString(position)
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    position += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    position += 1
                default:
                    position += 1
                    if depth == 0 { position = endOfWord(position) }
                }
            } while depth > 0
            return position
        }

        private func skippingString(_ start: Int) -> Int {
            var position = start + 1
            while bytes[position] != UInt8(ascii: "\"") {
                position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
            }
            return position + 1
        }

        private func endOfWord(_ start: Int) -> Int {
            bytes[start...].firstIndex { ",]} \t\r\n".utf8.contains($0) } ?? bytes.endIndex
        }
    }
}
