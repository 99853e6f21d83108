import ParallelSystem

/// Addresses that may become links, on a terminal (OSC 8) and on a page (`href`).
package enum WebAddress {
    /// Longer ones are text: terminals stop at about as many bytes.
    private static let maximumLength = 2_000

    /// `text` as the target of a link, or nil if it should not be one.
    ///
    /// Only http and https with a host: other schemes run programs or scripts. No user name, as in
    /// `https://bank.example@evil.example`, which only shows another host than it leads to. Control characters, spaces,
    /// quotes and angle brackets, which could end the place that it is written to, are refused, and what is not ASCII
    /// is percent-encoded.
    package static func linkTarget(_ text: String) -> String? {
        guard schemeLength(text) > 0, text.utf8.count <= maximumLength else { return nil }
        let host = host(of: text)
        guard !host.isEmpty, !host.has("@") else { return nil }
        var target: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case ...0x20, 0x7F, UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "<"), UInt8(ascii: ">"),
                UInt8(ascii: "\\"), UInt8(ascii: "`"):
                if byte != UInt8(ascii: "'") { return nil }
                target += "%27".utf8
            case 0x80...: target += [UInt8(ascii: "%"), hexDigit(byte >> 4), hexDigit(byte & 15)]
            default: target.append(byte)
            }
        }
        return String(decoding: target, as: UTF8.self)
    }

    /// What stands between scheme and path, in small letters; of a text without scheme its start.
    static func host(of text: String) -> String {
        String(text.dropping(bytes: schemeLength(text)).upTo { "/?#".unicodeScalars.contains($0) }).asciiLowercased
    }

    /// Whether `target` leads to the host that `text`, which looks like an address, names, or to one below it: the text
    /// `bank.example` may lead to `www.bank.example`, but not to `notbank.example`.
    static func leads(to text: String, _ target: String) -> Bool {
        let (named, actual) = (host(of: String(text.trimmed)), host(of: target))
        return !named.isEmpty && (actual.isExactly(named) || actual.ends(with: ".\(named)"))
    }

    static func schemeLength(_ text: String) -> Int {
        let start = text.prefix(8).asciiLowercased
        return start.begins(with: "https://") ? 8 : start.begins(with: "http://") ? 7 : 0
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
