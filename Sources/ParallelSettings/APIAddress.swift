package import ParallelHTTP
import ParallelSystem

/// Where the API is, as the user configured it: the one place that reads the variables for it.
///
/// It decides where the API key may go, so that it is resolved once and handed to everything that has to know.
package struct APIAddress: Sendable, Equatable {
    package let url: HTTPURL
    package let origin: SettingOrigin

    /// Parallel's own.
    package static let preset = "https://api.parallel.ai"
    /// The variables that set it, in the order they are looked at; an empty one counts as unset.
    package static let variables = ["PARALLEL_BASE_URL", "PARALLEL_API_URL"]

    /// Takes the address from the first of `variables` that is set, else `preset`. Throws `SettingsError.address`.
    package init(
        environment: [String: String], variables: [String] = variables, preset: String = preset
    ) throws(SettingsError) {
        let set = variables.lazy.compactMap { name in
            environment[name].flatMap { $0.isEmpty ? nil : (SettingOrigin.variable(name), $0) }
        }.first
        let (origin, text) = set ?? (.preset, preset)
        try self.init(text, from: origin)
    }

    /// Parses an address.
    ///
    /// It may be https anywhere, and http on this machine only: a key must not cross a network in the clear. Throws
    /// `SettingsError.address`.
    package init(_ text: String, from origin: SettingOrigin) throws(SettingsError) {
        do throws(HTTPURLError) {
            url = try HTTPURL(text)
        } catch {
            throw .address(origin, reason: error.reason)
        }
        self.origin = origin
        guard url.scheme == "https" || url.isLoopback else {
            throw .address(origin, reason: "http is allowed to this machine only; use https for \(url.host)")
        }
        guard url.query == nil else { throw .address(origin, reason: "a query has no place in it") }
    }

    /// The URL without a slash at its end.
    package var text: String {
        let text = url.description
        return text.ends(with: "/") ? String(text.dropLast()) : text
    }

    /// The address where it is that of a sandbox on this machine, such as `parallel-sandbox`; nil for any other.
    package var localSandbox: HTTPURL? { url.isLoopback ? url : nil }
}
