/// Collects status and header fields of the final response from the lines that libcurl delivers one by one.
struct ResponseHeaderParser {
    enum Progress: Equatable { case continues, complete, tooLarge }

    /// The maximum size of all header and trailer sections, in bytes: far above what servers send, it keeps an endless
    /// section from filling memory.
    static let maximumBytes = 300 * 1024

    private(set) var status = 0
    private(set) var headers = HTTPHeaders()
    /// Whether the blank line that ends the final response's header section has come.
    private(set) var isComplete = false
    private var byteCount = 0

    mutating func parse(_ raw: UnsafeRawBufferPointer) -> Progress {
        byteCount += raw.count
        if byteCount > Self.maximumBytes { return .tooLarge }
        // Fields after the body are trailers, which the program doesn't need (RFC 9110 §6.5).
        if isComplete { return .continues }
        let text = String(decoding: raw, as: UTF8.self)[...].utf8.droppingLast { $0 == 0x0A || $0 == 0x0D }
        if text.isEmpty {
            // An interim response (100, 103) ends the same way, and the next status line starts over.
            isComplete = status >= 200
            return isComplete ? .complete : .continues
        }
        if text.starts(with: "HTTP/".utf8) {
            let code = text.split(separator: UInt8(ascii: " "), maxSplits: 2).dropFirst().first
            status = code.flatMap { Int(Substring($0)) } ?? 0
            headers = HTTPHeaders()
        } else if let first = text.first, first == 0x20 || first == 0x09 {
            headers.continueLast(String(Substring(text.trimmingBlanks())))
        } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
            let value = text[text.index(after: colon)...].trimmingBlanks()
            headers.add(String(Substring(text[..<colon])), String(Substring(value)))
        }
        return .continues
    }
}

extension Substring.UTF8View {
    fileprivate func droppingLast(while isDropped: (UInt8) -> Bool) -> Substring.UTF8View {
        var rest = self
        while let last = rest.last, isDropped(last) { rest = rest.dropLast() }
        return rest
    }

    fileprivate func trimmingBlanks() -> Substring.UTF8View {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        return drop(while: isBlank).droppingLast(while: isBlank)
    }
}
