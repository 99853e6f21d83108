import ParallelSystem

/// Decides whether a redirect is followed (RFC 9110 §15.4). Pure.
///
/// The request carries a key, and the server it redirects to would get it. So only the same origin is followed, or
/// the same host from plain http to https; and a request never turns into another one on the way.
package enum RedirectPolicy {
    /// What to do with an answer.
    package enum Decision: Sendable, Hashable {
        /// Not a redirect: hand the answer over.
        case deliver
        case follow(HTTPURL)
        /// `target` is safe to show.
        case refuse(target: String, reason: String)
    }

    /// The most redirects that one request follows.
    package static let maximumHops = 5

    /// - Parameters:
    ///   - hops: how many redirects have been followed for this request.
    ///   - base: the path that the target must be below.
    package static func decision(
        method: HTTPMethod, url: HTTPURL, status: Int, location: String?, hops: Int,
        below base: String = "/"
    ) -> Decision {
        guard [301, 302, 303, 307, 308].contains(status), let location else { return .deliver }
        let target: HTTPURL
        do {
            target = try url.resolving(location)
        } catch {
            return .refuse(target: "an unusable URL", reason: error.reason)
        }
        func refuse(_ reason: String) -> Decision { .refuse(target: target.redacted(), reason: reason) }

        let keepsMethod = status == 307 || status == 308 || method == .get
        if !keepsMethod { return refuse("a \(method.rawValue) would become a GET") }
        let isUpgrade = url.scheme == "http" && url.port == 80 && target.scheme == "https" && target.port == 443
        if target.origin != url.origin, !(isUpgrade && target.host == url.host) {
            return refuse("it is another origin")
        }
        if !isBelow(base, target.path) { return refuse("it leaves \(url.origin)\(base)") }
        if hops >= maximumHops { return refuse("\(maximumHops) redirects are enough") }
        return .follow(target)
    }

    /// Whether a path is `base` or below it, dots resolved, also encoded ones.
    private static func isBelow(_ base: String, _ path: String) -> Bool {
        let base = base.ends(with: "/") ? String(base.dropLast()) : base
        if base.isEmpty { return true }
        let dots = path.parts(between: "/").map { segment in
            let plain = String(decoding: PercentEncoding.decode(segment.utf8).bytes, as: UTF8.self)
            return plain == "." || plain == ".." ? plain : String(segment)
        }
        let resolved = URIReference.removingDotSegments(dots.joined(separator: "/"))
        return resolved.isExactly(base) || resolved.begins(with: base + "/")
    }
}
