import ParallelJSON

/// JSON written piece by piece, for what a listing says ten thousand times: a tree of values would take several times
/// as long.
extension [UInt8] {
    /// Appends `text`, which is part of a JSON text already.
    mutating func append(json text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// What stands between the quotes when `text` is written as a JSON string.
    static func escaped(_ text: String) -> ArraySlice<UInt8> { JSONValue.string(text).bytes().dropFirst().dropLast() }
}
