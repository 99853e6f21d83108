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

/// The files of pages in a folder: that of each page that was asked for, and further ones for other pages.
struct PageFiles {
    /// Ends with `/`.
    private let folder: String
    private var names: PageNames
    private var files: [ExactText: String] = [:]

    init(in folder: String, fileExtension: String, for urls: [String]) {
        self.folder = folder
        names = PageNames(fileExtension: fileExtension)
        for url in urls { files[ExactText(url)] = folder + names.name(for: url) }
    }

    /// Returns the file of a page that was asked for.
    func file(for url: String) -> String? { files[ExactText(url)] }

    /// Returns a file that no other page has.
    mutating func furtherFile(for url: String) -> String { folder + names.name(for: url) }

    /// Returns for each page of an answer the URL that it was asked for by; nil for one that nobody asked for.
    ///
    /// A server may call a page otherwise than it was asked for. Where a single page is left on both sides, it is that
    /// page, such as after a redirect.
    ///
    /// - Parameters:
    ///   - pages: the URLs that the answer has.
    ///   - urls: those that were asked for, each once.
    ///   - failed: those of pages that could not be read.
    static func asked(_ pages: [String], of urls: [String], without failed: [String]) -> [String?] {
        var rest = urls
        func take(_ isTaken: (String) -> Bool) -> String? {
            rest.firstIndex(where: isTaken).map { rest.remove(at: $0) }
        }
        var found: [String?] = []
        for page in pages { found.append(take { $0.isExactly(page) }) }
        for url in failed { _ = take { $0.isExactly(url) } ?? take { isAlike($0, url) } }
        for (index, page) in pages.enumerated() where found[index] == nil { found[index] = take { isAlike($0, page) } }
        let moved = pages.indices.filter { index in
            found[index] == nil && !urls.contains { isAlike($0, pages[index]) }
        }
        if moved.count == 1, rest.count == 1 { found[moved[0]] = rest[0] }
        return found
    }

    /// Whether two URLs differ at most in what servers change without another page being meant: the scheme, `www.`, a
    /// slash at the end and a fragment.
    static func isAlike(_ one: String, _ other: String) -> Bool { core(of: one).isExactly(core(of: other)) }

    private static func core(of url: String) -> String {
        guard let address = try? HTTPURL(url) else { return url }
        let host = address.host.begins(with: "www.") ? String(address.host.dropFirst(4)) : address.host
        let port = [80, 443].contains(address.port) ? "" : ":\(address.port)"
        let path = address.path.ends(with: "/") ? String(address.path.dropLast()) : address.path
        return host + port + path + (address.query.map { "?" + $0 } ?? "")
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
