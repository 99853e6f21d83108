import ParallelSystem

/// The page as one answer, which loads nothing from elsewhere.
enum PageText {
    /// The page, with a policy (Content Security Policy Level 3) that lets only its own style and script take effect,
    /// only this sandbox be asked, and no text become markup.
    static let reply: Reply = {
        let policy = [
            "default-src 'none'", "script-src \(source(of: script))", "style-src \(source(of: style))",
            "img-src data:", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
            "require-trusted-types-for 'script'", "trusted-types 'none'",
        ]
        return Reply(
            status: 200,
            headers: [
                ("content-type", "text/html; charset=utf-8"),
                ("content-security-policy", policy.joined(separator: "; ")),
            ],
            body: .bytes(Array(page.utf8)))
    }()

    private static let page = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>parallel-sandbox</title>
        <link rel="icon" href="data:image/svg+xml,\(icon)">
        <style>\(style)</style>
        </head>
        <body>
        \(markup)
        <script>\(script)</script>
        </body>
        </html>

        """

    /// Two bars, percent-encoded.
    private static let icon =
        "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%230b62d6' "
        + "d='M3 2h3v12H3zM10 2h3v12h-3z'/%3E%3C/svg%3E"

    /// Returns the source expression that allows exactly `text` between the tags.
    private static func source(of text: String) -> String {
        "'sha256-\(Base64.encode(SHA256.hash(Array(text.utf8))))'"
    }
}
