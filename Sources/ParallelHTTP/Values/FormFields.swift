import ParallelSystem

/// Names and values as HTML forms and OAuth write them: `application/x-www-form-urlencoded` (RFC 6749 appendix B).
package enum FormFields {
    /// Returns `items` encoded. Everything but unreserved characters is percent-encoded, a space too.
    package static func encode(_ items: [(name: String, value: String)]) -> String {
        items.map { "\(encode($0.name))=\(encode($0.value))" }.joined(separator: "&")
    }

    /// Returns one name or value encoded.
    package static func encode(_ text: String) -> String {
        String(decoding: PercentEncoding.encode(text.utf8, keeping: PercentEncoding.isUnreserved), as: UTF8.self)
    }

    /// Returns the names and values in `text`; bytes that are not UTF-8 become U+FFFD.
    package static func parse(_ text: String) -> [(name: String, value: String)] {
        func decoded(_ bytes: Substring.UTF8View) -> String {
            let bytes = bytes.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
            return String(decoding: PercentEncoding.decode(bytes).bytes, as: UTF8.self)
        }
        return text.utf8.split(separator: UInt8(ascii: "&")).map { pair in
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            return (decoded(pair[..<equals]), decoded(pair[equals...].dropFirst()))
        }
    }
}
