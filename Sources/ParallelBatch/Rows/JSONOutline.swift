import ParallelJSON

/// The layout of a JSON text that begins with an object or an array, found without reading it to its end.
struct JSONOutline {
    /// The keys that lead to the first array of objects in the first object, or to its only array, if that has texts;
    /// nil if it has none.
    var pathOfRows: [String]? { pathOfObjects ?? (arrayCount == 1 ? pathOfTexts : nil) }
    /// The keys that lead to the first array of objects.
    private(set) var pathOfObjects: [String]?
    private var pathOfTexts: [String]?
    /// The number of arrays in the first object, not counting those in arrays.
    private(set) var arrayCount = 0
    /// Whether the first object has at most one member.
    private(set) var hasOneMember = true
    /// Whether the first value goes on behind the end of its line.
    private(set) var spansLines = false
    /// Whether text follows the first value.
    private(set) var goesOn = false

    /// The maximum depth of brackets; deeper text is not looked at.
    private static let maximumDepth = 64

    init(_ text: some Collection<UInt8>) {
        let text = Array(text.drop(while: \.isJSONSpace))
        /// For each open bracket the key before it, or an empty text within arrays.
        var keys: [String] = []
        var brackets: [UInt8] = []
        var lastString = ""
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                let start = index - 1
                while index < text.count, text[index] != UInt8(ascii: "\"") {
                    index += text[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                index += 1
                lastString = (try? JSONValue.parse(Array(text[start..<min(index, text.count)])))?.string ?? ""
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                keys.append(lastString)
                let isInObjects = !brackets.contains(UInt8(ascii: "["))
                brackets.append(byte)
                if brackets.count > Self.maximumDepth { return }
                let next = text[min(index, text.count)...].first { !$0.isJSONSpace }
                guard byte == UInt8(ascii: "["), isInObjects, brackets.count > 1 else { continue }
                arrayCount += 1
                if pathOfObjects == nil, next == UInt8(ascii: "{") { pathOfObjects = Array(keys.dropFirst()) }
                if pathOfTexts == nil, next == UInt8(ascii: "\"") { pathOfTexts = Array(keys.dropFirst()) }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                _ = (brackets.popLast(), keys.popLast())
                if brackets.isEmpty {
                    goesOn = text[index...].contains { !$0.isJSONSpace }
                    return
                }
            case UInt8(ascii: ","): if brackets.count == 1 { hasOneMember = false }
            case 0x0A: if !brackets.isEmpty { spansLines = true }
            default: break
            }
        }
    }
}
