import ParallelSystem

/// Builds the spans of a line from its tokens.
struct MarkdownSpans {
    private enum Kind {
        case span(MarkdownSpan)
        case link(String)
        /// A span that nests too deep to be kept.
        case ignoredSpan
        /// A link that does, or that stands in another; its URL follows its text.
        case ignoredLink(String)
    }

    /// The parts of the line, then those of each open span inside the one before.
    private var levels: [[Document.Inline]] = [[]]
    private var open: [Kind] = []
    private var openLinks = 0
    private var pendingText: [UInt8] = []

    static func tree(
        _ tokens: [MarkdownToken], _ delimiters: [MarkdownDelimiter], _ bytes: [UInt8]
    ) -> [Document.Inline] {
        var builder = MarkdownSpans()
        for token in tokens {
            switch token {
            case .text(let range): builder.pendingText += bytes[range]
            case .literal(let text): builder.pendingText += text.utf8
            case .code(let text): builder.append(.code(text))
            case .citation(let label): builder.append(.citation(label))
            case .lineBreak: builder.append(.lineBreak)
            case .address(let url) where builder.openLinks > 0: builder.pendingText += url.utf8
            case .address(let url): builder.append(.link([.text(url)], url: url))
            case .linkStart(let url):
                builder.start(builder.openLinks > 0 || builder.isFull ? .ignoredLink(url) : .link(url))
                builder.openLinks += 1
            case .linkEnd:
                builder.openLinks -= 1
                builder.end()
            case .delimiters(let place):
                let run = delimiters[place]
                for _ in run.ends { builder.end() }
                builder.pendingText += repeatElement(run.byte, count: run.count)
                for span in run.starts.reversed() { builder.start(builder.isFull ? .ignoredSpan : .span(span)) }
            }
        }
        builder.flushText()
        return builder.levels[0]
    }

    private var isFull: Bool { levels.count > Markdown.maximumDepth }

    private mutating func flushText() {
        if pendingText.isEmpty { return }
        levels[levels.count - 1].append(.text(String(decoding: pendingText, as: UTF8.self)))
        pendingText = []
    }

    private mutating func append(_ part: Document.Inline) {
        flushText()
        levels[levels.count - 1].append(part)
    }

    private mutating func start(_ kind: Kind) {
        flushText()
        open.append(kind)
        switch kind {
        case .span, .link: levels.append([])
        case .ignoredSpan, .ignoredLink: break
        }
    }

    private mutating func end() {
        flushText()
        switch open.popLast() {
        case .span(let span):
            let parts = levels.removeLast()
            switch span {
            case .emphasis: append(.emphasis(parts))
            case .strong: append(.strong(parts))
            case .strikethrough: append(.strikethrough(parts))
            }
        case .link(let url):
            var parts = levels.removeLast()
            let text = parts.plainText
            if text.isEmpty {
                parts = [.text(url)]
            } else if text.utf8.count < 7, text.utf8.allSatisfy(\.isASCIIDigit) {
                // `[1](URL)` is how models cite.
                parts = [.citation(text)]
            }
            append(.link(parts, url: url))
        case .ignoredLink(let url): pendingText += " (\(url))".utf8
        case .ignoredSpan, nil: break
        }
    }
}
