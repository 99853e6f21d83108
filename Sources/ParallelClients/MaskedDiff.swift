package import ParallelJSON
import ParallelSystem

extension ClientFile {
    /// Returns the lines of a diff to the new contents in which every text is masked: any may be a secret of another
    /// entry. Keys and the values of `entry` are shown.
    package func maskedDiff(to new: [UInt8]?, showing entry: JSONValue?) -> [String] {
        let lines = TextDiff.unified(from: bytes, to: new, path: path)
        var shown = Set(["true", "false", "null", ""].map { ExactText($0) })
        if let entry { Self.collect(entry, &shown) }
        // The names of both files and the range come first.
        return lines.enumerated().map { index, line in
            if index < 3 || line.begins(with: "\\") { return line }
            return String(line.unicodeScalars.prefix(1)) + masked(Array(line.utf8.dropFirst()), shown)
        }
    }

    /// Adds the texts of a value, also as they are written in quotes.
    private static func collect(_ value: JSONValue, _ texts: inout Set<ExactText>) {
        for member in value.object ?? [:] { collect(member.value, &texts) }
        for element in value.array ?? [] { collect(element, &texts) }
        guard let text = value.string else {
            texts.insert(ExactText(value.serialized()))
            return
        }
        texts.insert(ExactText(text))
        texts.insert(ExactText(String(decoding: value.serialized().utf8.dropFirst().dropLast(), as: UTF8.self)))
    }

    private func masked(_ line: [UInt8], _ shown: Set<ExactText>) -> String {
        let isTOML = client.format == .toml
        let colon = UInt8(ascii: ":")
        var (result, index): ([UInt8], Int) = ([], 0)
        // The header of a table has only keys.
        if isTOML, line.first == UInt8(ascii: "["), line.last == UInt8(ascii: "]"),
            !line.contains(where: { ",=\"'".utf8.contains($0) })
        {
            return String(decoding: line, as: UTF8.self)
        }
        /// Whether what is in front of `end` is a key.
        func isKey(_ end: Int) -> Bool {
            let next = line[end...].first { $0 != 0x20 && $0 != 0x09 }
            return next == colon || isTOML && next == UInt8(ascii: "=")
        }
        while index < line.count {
            let (start, first) = (index, line[index])
            let isDash =
                first == UInt8(ascii: "-") && (index + 1 == line.count || line[index + 1] == 0x20)
            if isDash || " \t{}[],:=".utf8.contains(first) {
                result.append(first)
                index += 1
                continue
            }
            let isQuoted = "\"'".utf8.contains(first)
            var content: ArraySlice<UInt8>
            if isQuoted {
                index += 1
                while index < line.count, line[index] != first {
                    index += line[index] == UInt8(ascii: "\\") && first == UInt8(ascii: "\"") ? 2 : 1
                }
                index = min(index, line.count)
                content = line[(start + 1)..<index]
                // Without its end, the quote goes on in the next line.
                index = min(index + 1, line.count)
            } else {
                // A comment goes to the end of the line.
                let isComment = first == UInt8(ascii: "#") || first == UInt8(ascii: "/")
                while index < line.count {
                    let ends = index + 1 == line.count || line[index + 1] == 0x20 || client.format != .yaml
                    if !isComment, ",]}".utf8.contains(line[index]) || line[index] == colon && ends { break }
                    if isTOML, !isComment, line[index] == UInt8(ascii: "=") { break }
                    index += 1
                }
                content = line[start..<index]
                while content.last == 0x20 || content.last == 0x09 { content.removeLast() }
                index = content.endIndex
            }
            let text = String(decoding: content, as: UTF8.self)
            if isKey(index) || shown.contains(ExactText(text)) {
                result += line[start..<index]
            } else {
                let quote = isQuoted ? [first] : []
                result += quote
                result += "***".utf8
                result += quote
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
