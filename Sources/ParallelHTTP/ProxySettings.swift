/// Which proxy a URL goes through, read from the variables that curl reads and by the same rules.
///
/// https://everything.curl.dev/usingcurl/proxies/env.html
package struct ProxySettings: Sendable, Hashable {
    private var http: String?
    private var https: String?
    private var all: String?
    /// Host names, suffixes and networks that are called directly, in curl's notation.
    package let exceptions: String

    /// Reads `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, all but the first in capitals too.
    package init(environment: [String: String]) {
        func value(_ names: String...) -> String? {
            names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        // Not HTTP_PROXY: under CGI it is the `Proxy` field of somebody's request (httpoxy, CVE-2016-5385).
        http = value("http_proxy")
        https = value("https_proxy", "HTTPS_PROXY")
        all = value("all_proxy", "ALL_PROXY")
        exceptions = value("no_proxy", "NO_PROXY") ?? ""
    }

    /// Every proxy that is set, as it was written.
    package var urls: [String] { [http, https, all].compactMap(\.self) }

    /// The proxy to ask for `url`, or nil. libcurl then applies `exceptions`.
    ///
    /// This machine itself is always called directly: a key may travel over plain http to loopback only, and through
    /// a proxy it would leave the machine.
    package func proxy(for url: HTTPURL) -> String? {
        if url.isLoopback { return nil }
        return (url.scheme == "https" ? https : http) ?? all
    }
}
