extension TaskRun {
    /// Returns the `run_id`, or the id in another `member`, of a JSON object that may break off or be followed by other
    /// text; nil if there is none, or none that can be typed. Ignores a member nested in another one, such as metadata.
    package static func id(_ member: String = "run_id", namedIn answer: [UInt8]) -> String? {
        var depth = 0
        var previous: UInt8?
        var key: ArraySlice<UInt8>?
        var index = 0
        while index < answer.count {
            let byte = answer[index]
            index += 1
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): continue
            case UInt8(ascii: "\""):
                guard let end = endOfString(answer, from: index) else { return nil }
                let text = answer[index..<end]
                index = end + 1
                if depth == 1, previous != UInt8(ascii: ":") {
                    key = text
                } else if depth == 1, let key, key.elementsEqual(member.utf8) {
                    let id = String(decoding: text, as: UTF8.self)
                    return isTypable(id) ? id : nil
                }
            default: break
            }
            previous = byte
        }
        return nil
    }

    /// Returns the index of a string's closing quote; nil if the string breaks off.
    private static func endOfString(_ answer: [UInt8], from start: Int) -> Int? {
        var index = start
        while index < answer.count, answer[index] != UInt8(ascii: "\"") {
            index += answer[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return index < answer.count ? index : nil
    }
}
