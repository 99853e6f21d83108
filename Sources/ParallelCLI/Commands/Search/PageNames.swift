import ParallelHTTP
import ParallelSystem

/// Names of files for web pages, each its own.
struct PageNames {
    /// With a dot in front.
    let fileExtension: String
    /// In lower case, since some file systems know no other.
    private var taken: Set<String> = []

    init(fileExtension: String) { self.fileExtension = fileExtension }

    private static let maximumLength = 120

    /// Returns the name for a page: host and path in letters, digits, `-`, `_` and `.`, so that it is a name in its
    /// folder on every system. A query, which may hold a secret, is told apart by its hash.
    mutating func name(for url: String) -> String {
        let address = url.upTo { $0 == "#" }
        let rest = address.behind("://").map { address[$0...] } ?? address
        let place = rest.upTo { $0 == "?" }
        var name = ""
        for scalar in place.unicodeScalars {
            let isLetter = scalar.isASCII && UInt8(ascii: scalar).isASCIILetterOrDigit
            if isLetter || "._-".unicodeScalars.contains(scalar) {
                name.unicodeScalars.append(scalar)
            } else if !name.ends(with: "-") {
                name += "-"
            }
        }
        let cut = String(name.unicodeScalars.prefix(Self.maximumLength))
        name = String(cut.trimmed { ".-".unicodeScalars.contains($0) })
        if place.utf8.count < rest.utf8.count {
            let hash = SHA256.hash(Array(rest.utf8)).prefix(4).flatMap { HexDigits.lowercase.digits(of: $0) }
            name += "-" + String(decoding: hash, as: UTF8.self)
        }
        if name.isEmpty { name = "page" }
        var number = 1
        while !taken.insert(numbered(name, number).asciiLowercased).inserted { number += 1 }
        return numbered(name, number)
    }

    private func numbered(_ name: String, _ number: Int) -> String {
        "\(name)\(number > 1 ? "-\(number)" : "")\(fileExtension)"
    }
}

extension StringProtocol {
    /// Returns the place behind the first occurrence of `text`; nil if there is none.
    fileprivate func behind(_ text: String) -> Index? {
        var place = startIndex
        while place < endIndex {
            if self[place...].begins(with: text) { return utf8.index(place, offsetBy: text.utf8.count) }
            place = unicodeScalars.index(after: place)
        }
        return nil
    }
}
