import ParallelSystem

extension JSONValue {
    /// The layout of the text.
    package enum Style: Sendable {
        /// One line without spaces.
        case compact
        /// One member a line, two spaces of indentation a level.
        case pretty
    }

    /// Returns the value as text, without a line end after it.
    package func serialized(_ style: Style = .compact) -> String {
        String(decoding: bytes(style), as: UTF8.self)
    }

    /// Returns the value as UTF-8, without a line end after it.
    package func bytes(_ style: Style = .compact) -> [UInt8] {
        var output: [UInt8] = []
        append(to: &output, style)
        return output
    }

    /// Appends a JSON string of UTF-8 text.
    package static func appendString(_ text: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        var writer = JSONWriter(isPretty: false)
        swap(&writer.output, &output)
        writer.appendQuoted(text, isSource: false)
        swap(&writer.output, &output)
    }

    /// Appends the value to `output`, which saves allocations when many values are written in a row.
    package func append(to output: inout [UInt8], _ style: Style = .compact) {
        var writer = JSONWriter(isPretty: style == .pretty)
        swap(&writer.output, &output)
        writer.write(self, level: 0)
        swap(&writer.output, &output)
    }
}

/// Writes values as JSON text.
///
/// Characters that could act on a terminal (controls, C1, bidirectional overrides) are written as `\u` escapes: the
/// JSON string stays the same and is safe to print.
private struct JSONWriter {
    var output: [UInt8] = []
    let isPretty: Bool

    init(isPretty: Bool) { self.isPretty = isPretty }

    mutating func write(_ value: JSONValue, level: Int) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .number(let number): appendText(number.text)
        case .string(let text): appendQuoted(text, isSource: false)
        case .unpairedSurrogates(let source): appendQuoted(source, isSource: true)
        case .array(let elements):
            appendList(elements, level: level, open: "[", close: "]") { writer, element in
                writer.write(element, level: level + 1)
            }
        case .object(let object):
            appendList(object.members, level: level, open: "{", close: "}") { writer, member in
                writer.appendQuoted(member.key, isSource: false)
                writer.output.append(UInt8(ascii: ":"))
                if writer.isPretty { writer.output.append(UInt8(ascii: " ")) }
                writer.write(member.value, level: level + 1)
            }
        }
    }

    private mutating func appendList<Element>(
        _ elements: [Element], level: Int, open: Unicode.Scalar, close: Unicode.Scalar,
        _ body: (inout JSONWriter, Element) -> Void
    ) {
        output.append(UInt8(ascii: open))
        for (index, element) in elements.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            appendLineBreak(level: level + 1)
            body(&self, element)
        }
        if !elements.isEmpty { appendLineBreak(level: level) }
        output.append(UInt8(ascii: close))
    }

    private mutating func appendLineBreak(level: Int) {
        guard isPretty else { return }
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: level * 2))
    }

    private mutating func append(_ text: StaticString) {
        output.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func appendText(_ text: String) {
        var text = text
        text.withUTF8 { output.append(contentsOf: $0) }
    }

    /// Appends a string in quotes; `isSource` means that the text's backslashes are escapes already.
    private mutating func appendQuoted(_ text: String, isSource: Bool) {
        var text = text
        text.withUTF8 { appendQuoted($0, isSource: isSource) }
    }

    fileprivate mutating func appendQuoted(_ bytes: UnsafeBufferPointer<UInt8>, isSource: Bool) {
        output.append(UInt8(ascii: "\""))
        var start = 0
        var index = 0
        while index < bytes.count {
            index = ByteScan.plainRun(bytes, from: index, stopsBeyondASCII: true).end
            guard index < bytes.count else { break }
            let escapedLength = lengthToEscape(bytes, at: index, isSource: isSource)
            guard escapedLength > 0 else {
                index += 1
                continue
            }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
            appendEscape(UnsafeBufferPointer(rebasing: bytes[index..<(index + escapedLength)]))
            index += escapedLength
            start = index
        }
        output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<bytes.count]))
        output.append(UInt8(ascii: "\""))
    }

    /// Returns the length in bytes of the character at `index` if it must be escaped, else 0.
    private func lengthToEscape(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int, isSource: Bool) -> Int {
        let byte = bytes[index]
        if byte < 0x80 {
            if byte >= 0x20, byte != 0x7F {
                return !isSource && (byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")) ? 1 : 0
            }
            return 1
        }
        if byte == 0xC2 { return bytes[index + 1] < 0xA0 ? 2 : 0 }
        // U+200E, U+200F (E2 80 8E…8F), U+202A…U+202E (E2 80 AA…AE), U+2066…U+2069 (E2 81 A6…A9).
        guard byte == 0xE2 else { return 0 }
        switch (bytes[index + 1], bytes[index + 2]) {
        case (0x80, 0x8E...0x8F), (0x80, 0xAA...0xAE), (0x81, 0xA6...0xA9): return 3
        default: return 0
        }
    }

    private mutating func appendEscape(_ bytes: UnsafeBufferPointer<UInt8>) {
        switch bytes[0] {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x08: append("\\b")
        case 0x0C: append("\\f")
        case 0x0A: append("\\n")
        case 0x0D: append("\\r")
        case 0x09: append("\\t")
        default:
            let scalar = String(decoding: bytes, as: UTF8.self).unicodeScalars.first?.value ?? 0xFFFD
            append("\\u")
            output += HexDigits.lowercase.digits(of: UInt16(truncatingIfNeeded: scalar))
        }
    }
}
