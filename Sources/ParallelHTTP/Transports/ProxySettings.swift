/// Which proxy a URL goes through, read from the variables that curl reads.
///
/// https://everything.curl.dev/usingcurl/proxies/env.html
package struct ProxySettings: Sendable, Hashable {
    private struct Variable: Hashable {
        let name: String
        let value: String
    }

    private var http: Variable?
    private var https: Variable?
    private var all: Variable?
    private let exceptions: ProxyExceptions

    /// Reads `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, all but the first in capitals too.
    package init(environment: [String: String]) {
        func variable(_ names: String...) -> Variable? {
            names.lazy.compactMap { name in environment[name].map { Variable(name: name, value: $0) } }
                .first { !$0.value.isEmpty }
        }
        // Not HTTP_PROXY: under CGI it is the `Proxy` field of somebody's request (httpoxy, CVE-2016-5385).
        http = variable("http_proxy")
        https = variable("https_proxy", "HTTPS_PROXY")
        all = variable("all_proxy", "ALL_PROXY")
        exceptions = ProxyExceptions(variable("no_proxy", "NO_PROXY")?.value ?? "")
    }

    /// Every proxy that is set, as it was written.
    package var urls: [String] { [http, https, all].compactMap { $0?.value } }

    /// What of `NO_PROXY` can't be understood, where it matters because there is a proxy.
    package var unreadableExceptions: [String] {
        http == nil && https == nil && all == nil ? [] : exceptions.unreadable
    }

    /// The proxy to ask for `url`, or nil. Throws `HTTPError` of kind `proxy` where it is none that can be used.
    ///
    /// This machine itself is always called directly: a key may travel over plain http to loopback only, and through
    /// a proxy it would leave the machine.
    package func proxy(for url: HTTPURL) throws(HTTPError) -> Proxy? {
        guard !url.isLoopback, let variable = (url.scheme == "https" ? https : http) ?? all, !exceptions.contains(url)
        else { return nil }
        return try Proxy(variable.value, from: variable.name)
    }
}
