import CCurl
import ParallelSystem

/// The library that does the networking.
package enum CurlLibrary {
    /// The versions of libcurl and of its TLS library, `8.14.1 OpenSSL/3.5.4`, or why there is none.
    package static var version: String {
        if let reason = ccurl_load() { return "not found (\(String(cString: reason)))" }
        let words = String(cString: ccurl_version()).parts(between: " ").prefix(2).joined(separator: " ")
        return String(words.begins(with: "libcurl/") ? words.dropping(bytes: 8) : words[...])
    }
}
