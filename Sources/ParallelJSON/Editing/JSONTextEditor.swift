import ParallelSystem

/// Changes single members of a JSON text and keeps every other byte: order, spacing, escapes, comments, unknown keys.
///
/// What `set` adds, `remove` takes away again, byte for byte.
package struct JSONTextEditor {
    package private(set) var bytes: [UInt8]
    private let dialect: JSONDialect
    private var tree: JSONTree
    private var comments: [JSONTreeScanner.Comment]
    /// The indentation of one level; nil if the text has its members on one line.
    private let unit: [UInt8]?
    private let lineEnd: [UInt8]

    /// - Parameter text: an object, with what `dialect` allows. Throws for any other text.
    package init(_ text: [UInt8], dialect: JSONDialect = .strict) throws(JSONSyntaxError) {
        bytes = text
        self.dialect = dialect
        var scanner = JSONTreeScanner(bytes: text, dialect: dialect)
        tree = try scanner.document()
        comments = scanner.comments
        let inside = text[(tree.range.lowerBound + 1)..<(tree.members?.first?.start ?? tree.range.upperBound)]
        let line = inside.lastIndex(of: 0x0A).map { inside[($0 + 1)...].filter { [0x20, 0x09].contains($0) } }
        unit = tree.members?.isEmpty == false ? line : Array("  ".utf8)
        lineEnd = text.firstIndex(of: 0x0A).map { $0 > 0 && text[$0 - 1] == 0x0D } == true ? [0x0D, 0x0A] : [0x0A]
    }

    package var value: JSONValue { tree.value }

    /// Sets a member of the object at `path`; a new member is added at the end. Does nothing if there is no such
    /// object.
    ///
    /// An object on one line stays on one line unless the new value is an object or array.
    package mutating func set(_ key: String, to value: JSONValue, in path: [String]) {
        guard let object = object(at: path), let members = object.members else { return }
        if let member = members.last(where: { $0.key.isExactly(key) }) {
            let indent = indentation(at: member.start)
            return replace(member.value.range, by: Self.rendered(value, indent, unit, lineEnd))
        }
        let outer = indentation(at: object.range.lowerBound)
        let own = members.last.flatMap { startsLine($0.start) ? indentation(at: $0.start) : nil }
        let indent = own ?? outer + (unit ?? [])
        let text =
            Array(JSONValue.string(key).serialized().utf8) + Array((unit == nil ? ":" : ": ").utf8)
            + Self.rendered(value, indent, unit, lineEnd)
        guard let last = members.last else { return fill(object, with: text, indent, outer) }
        let (place, isBehindLineComment) = self.place(behind: last.comma.map { $0 + 1 } ?? last.value.range.upperBound)
        let isOneLine = !bytes[object.range].contains(0x0A)
        let isShort = value.object == nil && value.array == nil
        let gap: [UInt8] =
            unit == nil && !isBehindLineComment ? [] : isOneLine && isShort ? [0x20] : lineEnd + indent
        insert(gap + text + (last.comma == nil ? [] : [UInt8(ascii: ",")]), at: place)
        if last.comma == nil { insert([UInt8(ascii: ",")], at: last.value.range.upperBound) }
        scan()
    }

    /// Removes a member; of equal names the last one.
    package mutating func remove(_ key: String, in path: [String]) {
        guard let object = object(at: path), let members = object.members,
            let index = members.lastIndex(where: { $0.key.isExactly(key) })
        else { return }
        let member = members[index]
        var end = member.comma.map { $0 + 1 } ?? member.value.range.upperBound
        var start = member.start
        func isSpace(_ range: Range<Int>) -> Bool { bytes[range].allSatisfy { [0x20, 0x09, 0x0D, 0x0A].contains($0) } }
        if index == 0, members.count > 1, isSpace(end..<members[1].start) {
            // The next member takes its place.
            end = members[1].start
        } else {
            // White space at the end of a line comment is a part of it.
            while isSpace(start - 1..<start), !comments.contains(where: { $0.range.upperBound == start }) { start -= 1 }
        }
        let behind = bytes[end...].first { $0 != 0x20 && $0 != 0x09 }
        // The line end behind a comment belongs to the comment.
        if comments.contains(where: { $0.endsLine && $0.range.upperBound == start }), behind != 0x0A, behind != 0x0D {
            start = member.start
        }
        let inside = (object.range.lowerBound + 1)..<(object.range.upperBound - 1)
        if members.count == 1, isSpace(inside.lowerBound..<start), isSpace(end..<inside.upperBound) {
            (start, end) = (inside.lowerBound, inside.upperBound)
        }
        bytes.removeSubrange(start..<end)
        if index > 0, index == members.count - 1, member.comma == nil, let comma = members[index - 1].comma {
            bytes.remove(at: comma)
        }
        scan()
    }

    /// Removes a member that is an object with nothing in it, not even a comment.
    package mutating func removeEmpty(_ key: String, in path: [String]) {
        guard let object = object(at: path + [key]),
            bytes[object.range].dropFirst().dropLast().allSatisfy({ [0x20, 0x09, 0x0D, 0x0A].contains($0) })
        else { return }
        remove(key, in: path)
    }

    // MARK: - Finding

    private func object(at path: [String]) -> JSONTree? {
        var object = tree
        for key in path {
            guard let member = object.members?.last(where: { $0.key.isExactly(key) }) else { return nil }
            object = member.value
        }
        return object.members == nil ? nil : object
    }

    /// Returns the place for what follows a value: behind the comments on the same line.
    private func place(behind end: Int) -> (place: Int, isBehindLineComment: Bool) {
        var place = end
        while true {
            let next = bytes[place...].firstIndex { $0 != 0x20 && $0 != 0x09 } ?? bytes.count
            guard let comment = comments.first(where: { $0.range.lowerBound == next }),
                !bytes[comment.range].contains(0x0A)
            else { return (place, false) }
            place = comment.range.upperBound
            if comment.endsLine { return (place, true) }
        }
    }

    private func startsLine(_ place: Int) -> Bool {
        let before = bytes[..<place].last { $0 != 0x20 && $0 != 0x09 }
        return before == 0x0A
    }

    /// Returns the white space in front of the line of `place`.
    private func indentation(at place: Int) -> [UInt8] {
        let start = bytes[..<place].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return Array(bytes[start...].prefix { $0 == 0x20 || $0 == 0x09 })
    }

    // MARK: - Writing

    private mutating func insert(_ text: [UInt8], at place: Int) { bytes.insert(contentsOf: text, at: place) }

    private mutating func replace(_ range: Range<Int>, by text: [UInt8]) {
        bytes.replaceSubrange(range, with: text)
        scan()
    }

    /// Reads the text again after a change.
    private mutating func scan() {
        var scanner = JSONTreeScanner(bytes: bytes, dialect: dialect)
        guard let tree = try? scanner.document() else { return }
        self.tree = tree
        comments = scanner.comments
    }

    /// Writes the first member of an object.
    private mutating func fill(_ object: JSONTree, with text: [UInt8], _ indent: [UInt8], _ outer: [UInt8]) {
        let inside = (object.range.lowerBound + 1)..<(object.range.upperBound - 1)
        guard unit != nil else { return replace(inside.lowerBound..<inside.lowerBound, by: text) }
        if bytes[inside].allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
            return replace(inside, by: lineEnd + indent + text + lineEnd + outer)
        }
        let place = self.place(behind: inside.lowerBound).place
        let next = bytes[place...].first { $0 != 0x20 && $0 != 0x09 }
        let end = next == 0x0A || next == 0x0D ? [] : lineEnd + outer
        replace(place..<place, by: lineEnd + indent + text + end)
    }

    /// Returns the value as JSON whose lines are indented like a member with the indentation `indent`: one member a
    /// line, an array of plain values on one line.
    private static func rendered(
        _ value: JSONValue, _ indent: [UInt8], _ unit: [UInt8]?, _ lineEnd: [UInt8]
    ) -> [UInt8] {
        func text(_ value: JSONValue) -> [UInt8] { Array(value.serialized().utf8) }
        guard let unit else { return text(value) }
        let inner = indent + unit
        let parts: [[UInt8]]
        if let object = value.object, !object.isEmpty {
            parts = object.map { text(.string($0.key)) + Array(": ".utf8) + rendered($0.value, inner, unit, lineEnd) }
        } else if let array = value.array, !array.isEmpty {
            if array.allSatisfy({ $0.object == nil && $0.array == nil }) {
                return [UInt8(ascii: "[")] + Array(array.map(text).joined(separator: ", ".utf8)) + [UInt8(ascii: "]")]
            }
            parts = array.map { rendered($0, inner, unit, lineEnd) }
        } else {
            return text(value)
        }
        let (open, close): (UInt8, UInt8) =
            value.object == nil ? (UInt8(ascii: "["), UInt8(ascii: "]")) : (UInt8(ascii: "{"), UInt8(ascii: "}"))
        let lines = parts.map { lineEnd + inner + $0 }.joined(separator: [UInt8(ascii: ",")])
        return [open] + lines + lineEnd + indent + [close]
    }
}
