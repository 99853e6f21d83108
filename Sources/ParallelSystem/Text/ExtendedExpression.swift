#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A POSIX extended regular expression, as `grep -E` takes it (regcomp(3)), compared by bytes.
///
/// Swift's own expressions would make the program a megabyte larger.
package final class ExtendedExpression {
    /// Why a text is no expression, in the words of the C library.
    package struct Malformed: Error {
        package let reason: String
    }

    private var compiled = regex_t()

    /// Compiles `text`. The case of letters counts only if `text` has a capital (A to Z).
    package init(_ text: String) throws(Malformed) {
        let hasCapital = text.utf8.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        let code = regcomp(&compiled, text, REG_EXTENDED | REG_NOSUB | (hasCapital ? 0 : REG_ICASE))
        guard code != 0 else { return }
        var message = [CChar](repeating: 0, count: 200)
        _ = regerror(code, &compiled, &message, message.count)
        // A failed `regcomp` has left nothing to free; an empty expression stands in its place for `deinit`.
        _ = regcomp(&compiled, "", REG_EXTENDED | REG_NOSUB)
        let words = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        throw Malformed(reason: String(decoding: words, as: UTF8.self).asciiLowercased)
    }

    deinit { regfree(&compiled) }

    /// Whether the expression matches somewhere in `text`. A NUL in it counts as a space, as it would end a C string.
    package func matches(_ text: String) -> Bool {
        let bytes = text.utf8.map { CChar(bitPattern: $0 == 0 ? 0x20 : $0) } + [0]
        return regexec(&compiled, bytes, 0, nil, 0) == 0
    }
}
