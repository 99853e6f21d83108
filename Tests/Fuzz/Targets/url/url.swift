import FuzzSupport

@testable import ParallelHTTP

/// A URL that was read is written in one way only, and no `Location` leads a request elsewhere.
///
/// The first line is the URL, the second the `Location` of its answer.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let lines = input(start, count).split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
    let texts = lines.map { String(decoding: $0, as: UTF8.self) }
    let location = texts.count > 1 ? texts[1] : texts.first ?? ""
    _ = HTTPURL.encodeSegment(location)
    guard let text = texts.first, let url = try? HTTPURL(text) else { return 0 }
    check(url)
    check(url.appending(path: location, query: [(location, text)]))
    if let target = try? url.resolving(location) { check(target) }
    for (method, status) in [(HTTPMethod.get, 302), (.post, 301), (.post, 307)] {
        let decision = RedirectPolicy.decision(method: method, url: url, status: status, location: location, hops: 0)
        guard case .follow(let target) = decision else { continue }
        check(target)
        require(method == .get || status == 307, "a POST stays one")
        let isUpgrade = url.scheme == "http" && url.port == 80 && target.scheme == "https" && target.port == 443
        let isSame = url.scheme == target.scheme && url.port == target.port
        require(authority(of: url).host == authority(of: target).host && (isSame || isUpgrade), "the key stays at home")
    }
    return 0
}

private func check(_ url: HTTPURL) {
    let text = url.description
    guard let again = try? HTTPURL(text) else { fatalError("a URL that was written can be read: \(text)") }
    require(again == url && again.description.utf8.elementsEqual(text.utf8), "a URL is written in one way")
    require(text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }, "a URL is plain ASCII")
    require(!text.utf8.contains(UInt8(ascii: "#")), "a URL is sent without its fragment")
    let (host, port) = authority(of: url)
    let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    require(bare == url.host && (port.map { $0 == url.port } ?? true), "others find the same host in the text")
    _ = (url.isLoopback, url.hasPublicHost, url.redacted())
    require(url.redacted().hasPrefix(url.origin), "the origin is shown")
}

/// Host and port as other software would find them in the text.
private func authority(of url: HTTPURL) -> (host: String, port: Int?) {
    let text = url.description.utf8.drop { $0 != UInt8(ascii: "/") }.dropFirst(2)
    let authority = text.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    require(!authority.contains(UInt8(ascii: "@")), "no user information is left")
    let bracket = authority.lastIndex(of: UInt8(ascii: "]"))
    let colon = authority[(bracket ?? authority.startIndex)...].firstIndex(of: UInt8(ascii: ":"))
    let port = colon.map { Int(String(decoding: authority[$0...].dropFirst(), as: UTF8.self)) ?? -1 }
    return (String(decoding: authority[..<(colon ?? authority.endIndex)], as: UTF8.self), port)
}
