import ParallelSystem

/// What `NO_PROXY` says is called directly, with commas or blanks between.
///
/// There is no standard, and libcurl's own reading depends on its version. This one takes what people write:
/// `corp.example`, `.corp.example` and `*.corp.example` are the domain and all below it; `host:443` is one port of a
/// host; `10.1.2.3`, `[::1]` and `10.0.0.0/8` are addresses and networks, and count where the URL has an address,
/// since names are not looked up; `*` is everything, and so is `0.0.0.0/0`.
struct ProxyExceptions: Sendable, Hashable {
    private enum Place: Hashable {
        case everywhere
        /// A domain without a dot at either end.
        case domain(String)
        case network(address: [UInt8], prefix: Int)
    }

    private struct Entry: Hashable {
        var place: Place
        /// Nil: every port.
        var port: Int?
    }

    private var entries: [Entry] = []
    /// What can't be understood, as it was written.
    private(set) var unreadable: [String] = []

    init(_ text: String) {
        for word in text.utf8.split(whereSeparator: { $0 == UInt8(ascii: ",") || $0 <= 0x20 }) {
            if let entry = Self.entry(Array(String(Substring(word)).asciiLowercased.utf8)) {
                entries.append(entry)
            } else {
                unreadable.append(String(Substring(word)))
            }
        }
    }

    func contains(_ url: HTTPURL) -> Bool {
        entries.contains { entry in
            guard entry.port.map({ $0 == url.port }) ?? true else { return false }
            switch entry.place {
            case .everywhere:
                return true
            case .domain(let domain):
                let host = url.host.utf8.last == UInt8(ascii: ".") ? String(url.host.dropLast()) : url.host
                return host == domain || host.ends(with: "." + domain)
            case .network(let network, let prefix):
                guard let address = Self.address(url.host), address.count == network.count else { return false }
                return zip(address, network).enumerated().allSatisfy { index, bytes in
                    let bits = min(max(prefix - index * 8, 0), 8)
                    return (bytes.0 ^ bytes.1) >> (8 - bits) == 0
                }
            }
        }
    }

    private static func entry(_ word: [UInt8]) -> Entry? {
        if word == Array("*".utf8) { return Entry(place: .everywhere) }
        if let slash = word.firstIndex(of: UInt8(ascii: "/")) {
            guard let address = address(unbracketed(word[..<slash])), let prefix = Int(decimal: word[(slash + 1)...]),
                prefix <= address.count * 8
            else { return nil }
            return Entry(place: prefix == 0 ? .everywhere : .network(address: address, prefix: prefix))
        }
        var host = word[...]
        var port: Int?
        // More than one colon is an address of IPv6.
        if let colon = word.lastIndex(of: UInt8(ascii: ":")),
            word[..<colon].last == UInt8(ascii: "]") || !word[..<colon].contains(UInt8(ascii: ":"))
        {
            guard let number = UInt16(decimal: word[(colon + 1)...]) else { return nil }
            port = Int(number)
            host = word[..<colon]
        }
        if let address = address(unbracketed(host)) {
            return Entry(place: .network(address: address, prefix: address.count * 8), port: port)
        }
        return domain(host).map { Entry(place: .domain($0), port: port) }
    }

    private static func domain(_ text: ArraySlice<UInt8>) -> String? {
        var name = text
        if name.starts(with: "*.".utf8) { name = name.dropFirst() }
        if name.first == UInt8(ascii: ".") { name = name.dropFirst() }
        if name.last == UInt8(ascii: ".") { name = name.dropLast() }
        let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            !label.isEmpty
                && label.allSatisfy { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        }
        // Part of an address, such as 10.1, is no domain: no host is below it.
        let isNumber = labels.last?.allSatisfy(\.isASCIIDigit) ?? true
        return isName && !isNumber ? String(decoding: name, as: UTF8.self) : nil
    }

    private static func unbracketed(_ text: ArraySlice<UInt8>) -> String {
        let isBracketed = text.first == UInt8(ascii: "[") && text.last == UInt8(ascii: "]")
        return String(decoding: isBracketed ? text.dropFirst().dropLast() : text, as: UTF8.self)
    }

    /// The 4 or 16 bytes of an address; nil for a name.
    private static func address(_ host: String) -> [UInt8]? {
        if !HTTPURL.looksLikeIPv4(host) { return HTTPURL.ipv6Bytes(host) }
        return host.utf8.split(separator: UInt8(ascii: ".")).compactMap { UInt8(decimal: Array($0)[...]) }
    }
}
