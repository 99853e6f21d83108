import FuzzSupport
import ParallelOutput

/// An answer in Markdown becomes text for a terminal and a page of HTML, and neither holds anything that steers the
/// terminal or the browser.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = input(start, count)
    let columns = Int(bytes.first ?? 80)
    let document = Document([.markdown(String(decoding: bytes, as: UTF8.self))])
    let plain = TerminalRenderer.render(document, TerminalRenderer.Options(columns: columns))
    require(!plain.unicodeScalars.contains(where: isControl), "without colour no control character is written")
    let options = TerminalRenderer.Options(columns: columns, usesColor: true, usesHyperlinks: true)
    require(TerminalRenderer.render(document, options).isEmpty == plain.isEmpty, "colour changes no text")

    let page = HTMLRenderer.page(document, title: "")
    require(!page.unicodeScalars.contains { $0 != "\t" && isControl($0) }, "a page holds no control character")
    for tag in tags(of: page) { require(isHarmless(tag), "no element runs or loads anything: \(tag)") }
    _ = MarkdownRenderer.render(document)
    return 0
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 && scalar != "\n" || (0x7F...0x9F).contains(scalar.value)
}

/// What stands between `<` and `>`: text that isn't markup has neither.
private func tags(of page: String) -> [Substring] {
    page.utf8.split(separator: UInt8(ascii: "<")).dropFirst().map { Substring($0.prefix { $0 != UInt8(ascii: ">") }) }
}

/// Whether the tag is one that the renderer writes, with addresses of the web at most.
private func isHarmless(_ tag: Substring) -> Bool {
    let words = tag.split(separator: " ", maxSplits: 1)
    guard let name = words.first else { return false }
    guard name == "a" else { return harmless.contains(String(name)) && !attributes(of: tag).contains(" on") }
    return tag.lowercased().hasPrefix("a href=\"http") || tag.hasPrefix("a href=\"#")
}

/// The names of a tag's attributes, without their values.
private func attributes(of tag: Substring) -> String {
    tag.utf8.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false).enumerated()
        .filter { $0.offset % 2 == 0 }.map { String(Substring($0.element)) }.joined().lowercased()
}

private let harmless: Set<String> = [
    "!DOCTYPE", "html", "/html", "head", "/head", "body", "/body", "main", "/main", "meta", "title", "/title",
    "style", "/style", "/a", "h1", "/h1", "h2", "/h2", "h3", "/h3", "h4", "/h4", "h5", "/h5", "h6", "/h6", "p", "/p",
    "ul", "/ul", "ol", "/ol", "li", "/li", "blockquote", "/blockquote", "pre", "/pre", "code", "/code", "em", "/em",
    "strong", "/strong", "del", "/del", "s", "/s", "br", "hr", "table", "/table", "thead", "/thead", "tbody",
    "/tbody", "tr", "/tr", "th", "/th", "td", "/td", "div", "/div", "span", "/span", "sup", "/sup", "section",
    "/section", "dl", "/dl", "dt", "/dt", "dd", "/dd", "time", "/time", "details", "/details", "summary", "/summary",
]
