/// The secrets that the program knows, and texts without them.
///
/// Whoever learns a secret adds it: the API key, header values of MCP servers, what variables stand for. What is
/// written for people is masked by this list at the mouth (`Streams`), whoever repeats the secret there. A secret of
/// eight bytes or more is hidden wherever it stands, one of four to seven only as a whole word, a shorter one never: it
/// would hide words that mean nothing.
///
/// Matching is by bytes (`SecretFinder`), in time and memory that grow with the text and neither with what stands in it
/// nor with the number of secrets. What a secret costs is bounded as well, as clones and servers bring their own: the
/// other forms of one are left out where it is very long, and where those of secrets before it are a lot already. The
/// secret itself is always hidden.
package final class KnownSecrets: Sendable {
    /// Replaces a secret in what people see.
    package static let mask = "***"
    /// The most bytes of a message that are shown, where nothing says otherwise.
    package static let messageLimit = 4_000

    /// The bytes of the longest secret of which all forms are hidden; that of a header field is rarely as long.
    private static let longestWithForms = 4 << 10
    /// The bytes of forms from which on only secrets themselves are added: those of some thousands of keys.
    private static let mostBytesOfForms = 1 << 20

    private struct State {
        var patterns: Set<[UInt8]> = []
        var bytesOfForms = 0
        /// Made when something is masked, from the patterns of that time.
        var finder: SecretFinder?
    }

    private let state = Lock(State())

    /// Nil where there are no secrets.
    private var finder: SecretFinder? {
        state.withLock { state in
            if state.finder == nil, !state.patterns.isEmpty { state.finder = SecretFinder(state.patterns) }
            return state.finder
        }
    }

    package init() {}

    /// Whether a text of which nothing else is known is rather a secret than a word: eight bytes or more, with a digit
    /// and a letter.
    package static func looksGenerated(_ text: String) -> Bool {
        text.utf8.count >= SecretFinder.shortestAnywhere && text.utf8.contains(where: \.isASCIIDigit)
            && text.utf8.contains { $0.isASCIILetterOrDigit && !$0.isASCIIDigit }
    }

    /// Hides `secret` from now on, also as a URL, JSON, HTML, hexadecimal digits, the Base64 of a longer text, or a
    /// scheme of authentication has it: percent-encoded, with escapes, behind `Bearer ` and the like, and the password
    /// within the Base64 of `Basic` (RFC 7617).
    package func hide(_ secret: String) {
        let secret = Array(secret.utf8)
        let isRoomForForms =
            secret.count <= Self.longestWithForms
            && state.withLock { $0.bytesOfForms < Self.mostBytesOfForms }
        let patterns = isRoomForForms ? SecretForms.all(of: secret) : SecretForms.texts(of: secret)
        state.withLock { state in
            for pattern in patterns where pattern.count >= SecretFinder.shortestWord {
                guard state.patterns.insert(pattern).inserted else { continue }
                if isRoomForForms { state.bytesOfForms += pattern.count }
                state.finder = nil
            }
        }
    }

    /// `text` with every secret masked.
    package func masked(_ text: String) -> String {
        guard let finder else { return text }
        return Self.masked(Array(text.utf8), finder).map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// The beginning of a message that somebody else may have made very long, with every secret masked: at most `limit`
    /// bytes, and `…` where there was more.
    ///
    /// Only so much of it is looked at as is needed. No beginning of a secret is left where the text is cut.
    package func shortened(_ text: some Collection<UInt8>, to limit: Int = messageLimit) -> String {
        let finder = finder
        var head = Array(text.prefix(limit + (finder?.longest ?? 0)))
        var isCut = head.count < text.count
        if isCut, let finder { head.removeLast(finder.lengthBegun(atEndOf: head)) }
        var shown = finder.flatMap { Self.masked(head, $0) } ?? head
        if shown.count > limit {
            shown.removeSubrange(limit...)
            isCut = true
        }
        // Half a character would be shown as another.
        if isCut { Self.dropBrokenCharacter(&shown) }
        return String(decoding: shown, as: UTF8.self) + (isCut ? "…" : "")
    }

    /// Shortens and masks `text` like the bytes above.
    package func shortened(_ text: String, to limit: Int = messageLimit) -> String { shortened(text.utf8, to: limit) }

    /// Nil where there is nothing to mask.
    private static func masked(_ bytes: [UInt8], _ finder: SecretFinder) -> [UInt8]? {
        let places = finder.places(in: bytes)
        guard !places.isEmpty else { return nil }
        var shown: [UInt8] = []
        var end = 0
        for place in places {
            shown += bytes[end..<place.lowerBound]
            shown += mask.utf8
            end = place.upperBound
        }
        shown += bytes[end...]
        return shown
    }

    private static func dropBrokenCharacter(_ bytes: inout [UInt8]) {
        var count = 0
        while let last = bytes.dropLast(count).last, last & 0xC0 == 0x80, count < 3 { count += 1 }
        guard let first = bytes.dropLast(count).last, first >= 0xC0 else { return }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        if count + 1 < length { bytes.removeLast(count + 1) }
    }
}
