import ParallelSystem

/// The fields of a form (RFC 6749 appendix B).
struct Form {
    private let fields: [String: String]

    init(_ request: Request) {
        let pairs = String(decoding: request.body, as: UTF8.self).parts(between: "&").map { pair in
            let halves = pair.parts(between: "=", maxSplits: 1).map(String.init)
            return (Self.decode(halves.first ?? ""), halves.count > 1 ? Self.decode(halves[1]) : "")
        }
        fields = Dictionary(pairs) { first, _ in first }
    }

    subscript(name: String) -> String? { fields[name] }

    static func decode(_ text: String) -> String {
        let bytes = text.utf8.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return String(decoding: PercentEncoding.decode(bytes).bytes, as: UTF8.self)
    }

    static func encode(_ fields: [(String, String)]) -> String {
        fields.map { name, value in
            let bytes = PercentEncoding.encode(value.utf8, keeping: PercentEncoding.isUnreserved)
            return "\(name)=\(String(decoding: bytes, as: UTF8.self))"
        }.joined(separator: "&")
    }
}
