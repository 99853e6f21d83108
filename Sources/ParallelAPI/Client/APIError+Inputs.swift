import ParallelJSON
import ParallelSystem

/// The places of errors in a request that adds runs to a group, whose inputs the API counts from 0.
extension APIError {
    /// Returns the error with a name in place of the API's `inputs.N`, in its message and in the places of its fields.
    ///
    /// - Parameter name: returns the name of an input; an empty name is left out of places, and nil keeps the API's.
    package func namingInputs(_ name: (Int) -> String?) -> APIError {
        var error = self
        error.message = Self.naming(name, in: message)
        if let list = detail?.array {
            error.detail = .array(list.map { Self.naming(name, in: $0) })
        } else if var object = detail?.object, let list = object["errors"]?.array {
            object["errors"] = .array(list.map { Self.naming(name, in: $0) })
            error.detail = .object(object)
        }
        return error
    }

    /// Renames the input in the place of one error, such as `["body", "inputs", 16, "input"]`.
    private static func naming(_ name: (Int) -> String?, in entry: JSONValue) -> JSONValue {
        guard var object = entry.object, let place = object["loc"]?.array,
            let list = place.firstIndex(where: { $0.string == "inputs" }), list + 1 < place.count,
            let index = place[list + 1].int, let name = name(index)
        else { return entry }
        var rest = place[(list + 2)...].compactMap { $0.string ?? $0.int.map(String.init) }
        // The member `input` of an input is what a person calls the input.
        if rest.first == "input" { rest.removeFirst() }
        let parts = [name, rest.joined(separator: ".")].filter { !$0.isEmpty }
        object["loc"] = .array(parts.isEmpty ? [] : [.string(parts.joined(separator: ", "))])
        if let message = object["msg"]?.string { object["msg"] = .string(naming({ _ in name }, in: message)) }
        return .object(object)
    }

    /// Renames `inputs.3`, `inputs[3]` and `inputs/3` in text, also with `body` in front.
    private static func naming(_ name: (Int) -> String?, in text: String) -> String {
        let bytes = Array(text.utf8)
        let word = Array("inputs".utf8)
        var shown: [UInt8] = []
        var place = 0
        while place < bytes.count {
            let end = place + word.count
            if end < bytes.count, bytes[place..<end].elementsEqual(word), ".[/".utf8.contains(bytes[end]) {
                let digits = bytes[(end + 1)...].prefix(9).prefix(while: \.isASCIIDigit)
                let isClosed = bytes[end] != UInt8(ascii: "[") || bytes[digits.endIndex...].first == UInt8(ascii: "]")
                if isClosed, let index = Int(String(decoding: digits, as: UTF8.self)), let name = name(index) {
                    if shown.suffix(5).elementsEqual("body.".utf8) { shown.removeLast(5) }
                    shown += (name.isEmpty ? "the input" : name).utf8
                    place = digits.endIndex + (bytes[end] == UInt8(ascii: "[") ? 1 : 0)
                    let rest = bytes[place...]
                    // The member `input` of an input is what a person calls the input.
                    if rest.starts(with: ".input".utf8), rest.dropFirst(6).first.map(isOfWord) != true { place += 6 }
                    continue
                }
            }
            shown.append(bytes[place])
            place += 1
        }
        return String(decoding: shown, as: UTF8.self)
    }

    private static func isOfWord(_ byte: UInt8) -> Bool { byte.isASCIILetterOrDigit || byte == UInt8(ascii: "_") }
}

extension String {
    /// The text without the ids that the API gives each case, as in `Reference ID: 5e87a738-16e4`, which make messages
    /// differ that say the same.
    package var withoutReferenceIDs: String {
        let bytes = Array(utf8)
        let mark = Array("reference id:".utf8)
        var shown: [UInt8] = []
        var place = 0
        while place < bytes.count {
            let rest = bytes[place...]
            guard rest.count > mark.count, zip(rest, mark).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) else {
                shown.append(bytes[place])
                place += 1
                continue
            }
            let id = rest.dropFirst(mark.count).drop { $0 == 0x20 }
            place = id.prefix { $0.isASCIILetterOrDigit || "-_".utf8.contains($0) }.endIndex
            while shown.last == 0x20 { shown.removeLast() }
        }
        return String(decoding: shown, as: UTF8.self)
    }
}
