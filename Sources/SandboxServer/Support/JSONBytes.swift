import ParallelJSON

/// Writes JSON text directly, for entries that a listing repeats ten thousand times: a tree of values would take
/// several times as long.
extension [UInt8] {
    /// Appends `text`, which must be a part of JSON text.
    mutating func append(json text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Returns `text` as a JSON string without its quotes.
    static func escaped(_ text: String) -> ArraySlice<UInt8> { JSONValue.string(text).bytes().dropFirst().dropLast() }
}
