/// The beginning of a body of any size.
struct CutText: Sendable {
    /// The maximum of bytes that are kept.
    static let limit = 16_384

    private(set) var bytes: [UInt8]
    /// The number of bytes of the whole.
    private(set) var size: Int

    init(_ whole: [UInt8] = []) {
        bytes = whole.count > Self.limit ? Array(whole.prefix(Self.limit)) : whole
        size = whole.count
    }

    mutating func append(_ piece: [UInt8]) {
        bytes += piece.prefix(max(0, Self.limit - bytes.count))
        size += piece.count
    }
}
