package import ParallelJSON
import ParallelSettings
import ParallelSystem

extension ClientFile {
    /// Returns the lines of a diff to the new contents in which what may be a secret of another entry is masked. Shown
    /// are keys, the values of `entry`, numbers, and texts that are known to be none: URLs in their masked form, types,
    /// and names of servers, programs and variables. Headers, environments, arguments and everything else are masked.
    package func maskedDiff(to new: [UInt8]?, showing entry: JSONValue?) -> [String] {
        let lines = TextDiff.unified(from: bytes, to: new, path: path)
        var texts = DiffTexts()
        texts.sort(document, under: "", isSecret: false)
        for text in texts.hidden { texts.shown[text] = nil }
        for text in ["true", "false", "null", ""] { texts.show(.string(text)) }
        if let entry { texts.showAll(of: entry) }
        // The names of both files and the range come first.
        return lines.enumerated().map { index, line in
            if index < 3 || line.begins(with: "\\") { return line }
            return String(line.unicodeScalars.prefix(1)) + masked(Array(line.utf8.dropFirst()), texts.shown)
        }
    }

    private func masked(_ line: [UInt8], _ shown: [ExactText: String]) -> String {
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
                // A text of YAML in a line of its own may hold any of these.
                let whole = String(decoding: line[start...], as: UTF8.self)
                if shown[ExactText(whole)] != nil { content = line[start...] }
                while content.last == 0x20 || content.last == 0x09 { content.removeLast() }
                index = content.endIndex
            }
            let text = String(decoding: content, as: UTF8.self)
            let known = shown[ExactText(text)]
            if isKey(index) || known?.isExactly(text) == true {
                result += line[start..<index]
            } else {
                let quote = isQuoted ? [first] : []
                result += quote + Array((known ?? SecretMask.hidden).utf8) + quote
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// The texts of a file, as they are written in it, that a diff shows, and how.
private struct DiffTexts {
    var shown: [ExactText: String] = [:]
    var hidden: [ExactText] = []

    /// The members whose texts are URLs, and those that hold the name of a thing, or of a variable.
    private static let (urls, names, variables) = (
        ["httpUrl", "url", "serverUrl", "baseUrl", "uri"], ["type", "transport", "name", "command", "cmd"],
        ["bearer_token_env_var", "bearerTokenEnv", "env_http_headers", "env_keys", "env_vars"]
    )

    /// Returns the forms in which a value can stand in a file, without quotation marks.
    private static func forms(of value: JSONValue) -> [ExactText] {
        let written = value.serialized()
        guard let text = value.string else { return [ExactText(written)] }
        return [ExactText(text), ExactText(String(decoding: written.utf8.dropFirst().dropLast(), as: UTF8.self))]
    }

    mutating func show(_ value: JSONValue, as text: String? = nil) {
        for form in Self.forms(of: value) { shown[form] = text ?? form.text }
    }

    mutating func showAll(of value: JSONValue) {
        for member in value.object ?? [:] { showAll(of: member.value) }
        for element in value.array ?? [] { showAll(of: element) }
        if value.object == nil, value.array == nil { show(value) }
    }

    /// Sorts the texts of a value into those that are shown and those that are not.
    ///
    /// - Parameter isSecret: whether it is in headers, an environment or arguments.
    mutating func sort(_ value: JSONValue, under key: String, isSecret: Bool) {
        let word = key.asciiLowercased
        let isVariable = Self.variables.contains(key)
        let isSecret =
            isSecret
            || !isVariable
                && ["header", "headers", "env", "envs", "environment", "args", "key", "token", "secret", "password"]
                    .contains { word.ends(with: $0) }
        if let object = value.object {
            for member in object { sort(member.value, under: isVariable ? key : member.key, isSecret: isSecret) }
        } else if let elements = value.array {
            // A list of words holds a program's arguments as well.
            for element in elements {
                sort(element, under: key, isSecret: isSecret || !isVariable && element.object == nil)
            }
        } else if let shown = Self.shown(value, under: key, isSecret: isSecret) {
            show(value, as: shown)
        } else {
            hidden += Self.forms(of: value)
        }
    }

    /// Returns how a text or number is shown; nil if it is not.
    private static func shown(_ value: JSONValue, under key: String, isSecret: Bool) -> String? {
        guard let text = value.string else { return isSecret ? nil : value.serialized() }
        let template = VariableReference.translated(text)
        if !VariableReference.references(in: template).isEmpty, SecretMask.text(template).isExactly(template) {
            return text
        }
        if isSecret { return nil }
        if urls.contains(key) { return SecretMask.url(template) }
        // A token in place of the name of its variable is a common mistake.
        if KnownSecrets.looksGenerated(text) { return nil }
        let isName = VariableReference.isValidName(text) && text.utf8.allSatisfy { !(0x61...0x7A).contains($0) }
        if variables.contains(key) { return isName ? text : nil }
        return names.contains(key) && !text.utf8.contains { " =@:?".utf8.contains($0) } ? text : nil
    }
}
