import ParallelSystem
import ParallelTerminal

/// Lays a document out for people at a terminal.
///
/// Everything that a document holds is neutralised here: no control character of it reaches the terminal, and only
/// checked addresses become links.
package struct TerminalRenderer {
    package struct Options: Sendable {
        /// Lines are at most so wide where that is possible.
        package var columns: Int
        /// Whether escape sequences for emphasis and colour are written.
        package var usesColor: Bool
        /// Whether links are written as OSC 8; else the addresses that are no sources stand in a list at the end.
        package var usesHyperlinks: Bool
        /// What times are told relative to: seconds since 1970, and what local time is ahead of UTC at a time.
        package var now: Int
        package var localOffset: @Sendable (_ seconds: Int) -> Int

        package init(
            columns: Int, usesColor: Bool = false, usesHyperlinks: Bool = false, now: Int = 0,
            localOffset: @escaping @Sendable (_ seconds: Int) -> Int = { _ in 0 }
        ) {
            (self.columns, self.usesColor, self.usesHyperlinks) = (columns, usesColor, usesHyperlinks)
            (self.now, self.localOffset) = (now, localOffset)
        }
    }

    /// Tables on a narrower terminal are a block for each row.
    static let narrowestTable = 60
    /// Indentation is dropped where it would leave fewer columns than this for the text.
    private static let narrowestText = 16

    let options: Options
    /// Whether times are times of day. A relative time becomes wrong on a line that stays while others follow it.
    private var showsTimeOfDay = false
    /// Addresses that are listed at the end, with the labels that refer to them.
    private var links: [(label: String, url: String)] = []
    /// The labels of all addresses that are listed, there or among the sources.
    private var labels: [ExactText: String] = [:]
    private var usedLabels: Set<String> = []
    private var numberedLinks = 0

    private init(_ options: Options) { self.options = options }

    /// The document as lines, each ended by a line feed; empty if there is nothing to say.
    package static func render(_ document: Document, _ options: Options) -> String {
        var renderer = TerminalRenderer(options)
        for case .sources(let sources) in document.blocks { sources.forEach { renderer.note($0) } }
        var lines = renderer.lines(document.blocks, columns: options.columns)
        if !renderer.links.isEmpty {
            lines += [.empty] + renderer.heading(2, [.text("Links")], options.columns) + [.empty]
            for link in renderer.links {
                lines.append(StyledLine([Piece(text: link.label + " ", look: .dim), Piece(text: link.url)]))
            }
        }
        var output = ""
        for line in lines { output += renderer.text(line) + "\n" }
        return output
    }

    /// Returns one row of a list that grows while it is read, in lines ended by line feeds: the first cells are padded
    /// to `widths`, and the last one is wrapped in what is left of the line.
    ///
    /// - Parameter widths: that of each cell but the last, in columns; a cell whose width is 0 is left out.
    static func row(_ cells: [[Document.Inline]], widths: [Int], _ options: Options) -> String {
        var renderer = TerminalRenderer(options)
        renderer.showsTimeOfDay = true
        var start = StyledLine()
        for (cell, width) in zip(cells, widths) where width > 0 {
            var part = StyledLine(renderer.pieces(cell))
            part.pad(to: width)
            start.append(part)
            start.append(" ")
        }
        let text = cells.dropFirst(widths.count).flatMap { renderer.pieces($0) }
        let room = options.columns - start.width
        let isHanging = room >= narrowestText && LineBreaker.widestWord(text) <= room
        let lines =
            isHanging
            ? LineBreaker.lines(text, columns: room).enumerated().map { index, line in
                line.behind(index == 0 ? start : StyledLine(String(repeating: " ", count: start.width)))
            }
            : LineBreaker.lines(start.pieces + text, columns: options.columns - 2).enumerated().map { index, line in
                index == 0 ? line : line.behind(StyledLine("  "))
            }
        return lines.map { renderer.text($0) + "\n" }.joined()
    }

    /// Returns a part of a line.
    static func span(_ parts: [Document.Inline], _ options: Options) -> String {
        var renderer = TerminalRenderer(options)
        return renderer.text(StyledLine(renderer.pieces(parts)))
    }

    /// Returns a line with its escape sequences and without spaces at its end.
    private func text(_ line: StyledLine) -> String {
        var output = ""
        var pieces = line.pieces
        while var last = pieces.last, last.link == nil, last.text.utf8.last == Mark.space {
            while last.text.utf8.last == Mark.space { last.text.unicodeScalars.removeLast() }
            pieces[pieces.count - 1] = last
            if last.text.isEmpty { pieces.removeLast() }
        }
        for piece in pieces {
            let look = options.usesColor ? piece.look : []
            // Emphasis of mere space would be seen only as underlines.
            let start = look.isEmpty ? "" : look.sequence
            let text = look.isEmpty ? piece.text : start + piece.text + Look.reset
            if options.usesHyperlinks, let link = piece.link {
                output += "\u{1B}]8;;\(link)\u{1B}\\\(text)\u{1B}]8;;\u{1B}\\"
            } else {
                output += text
            }
        }
        return output
    }

    // MARK: - Blocks

    /// The lines of blocks one below the other, with empty lines between them unless they are `tight`.
    mutating func lines(_ blocks: [Document.Block], columns: Int, tight: Bool = false) -> [StyledLine] {
        var lines: [StyledLine] = []
        for block in blocks {
            let part = self.lines(block, columns: columns)
            if part.isEmpty { continue }
            if !tight, !lines.isEmpty { lines.append(.empty) }
            lines += part
        }
        return lines
    }

    private mutating func lines(_ block: Document.Block, columns: Int) -> [StyledLine] {
        switch block {
        case .heading(let level, let text): heading(level, text, columns)
        case .paragraph(let text): LineBreaker.lines(pieces(text), columns: columns)
        case .list(let list): self.list(list, columns)
        case .table(let table): self.table(table, columns)
        case .fields(let fields): self.fields(fields, columns)
        case .code(let text, _): code(text, columns)
        case .quote(let blocks): indented(blocks, by: StyledLine("│ ", .dim), columns)
        case .rule: [StyledLine(String(repeating: "─", count: columns), .dim)]
        case .sources(let sources): sources.flatMap { source($0, columns) }
        case .toolCalls(let trace): toolCalls(trace, columns)
        case .markdown(let text): lines(Markdown.blocks(text), columns: columns)
        }
    }

    private mutating func heading(_ level: Int, _ text: [Document.Inline], _ columns: Int) -> [StyledLine] {
        if options.usesColor {
            return LineBreaker.lines(pieces(text, level == 1 ? [.bold, .underline] : .bold), columns: columns)
        }
        // Without emphasis headings are marked as in Markdown, by a line below or by signs in front.
        if level > 2 {
            let sign = Piece(text: String(repeating: "#", count: min(level, 6)) + " ")
            return LineBreaker.lines([sign] + pieces(text), columns: columns)
        }
        let lines = LineBreaker.lines(pieces(text), columns: columns)
        let width = lines.reduce(0) { max($0, $1.width) }
        return lines + [StyledLine(String(repeating: level == 1 ? "=" : "-", count: min(width, columns)))]
    }

    private mutating func list(_ list: Document.List, _ columns: Int) -> [StyledLine] {
        var lines: [StyledLine] = []
        let first = list.start ?? 0
        let width = list.start == nil ? 2 : String(first + list.items.count - 1).utf8.count + 2
        for (index, item) in list.items.enumerated() {
            if index > 0, list.isLoose { lines.append(.empty) }
            let marker = list.start == nil ? "•" : "\(first + index)."
            let start = String(repeating: " ", count: max(0, width - marker.displayWidth - 1)) + marker + " "
            lines += hanging(StyledLine(start), item, columns, tight: !list.isLoose)
        }
        return lines
    }

    /// Blocks behind a marker, indented by its width.
    private mutating func hanging(
        _ marker: StyledLine, _ blocks: [Document.Block], _ columns: Int, tight: Bool
    ) -> [StyledLine] {
        let room = columns - marker.width
        guard room >= Self.narrowestText else { return [marker] + lines(blocks, columns: columns, tight: tight) }
        let indent = StyledLine(String(repeating: " ", count: marker.width))
        let inside = lines(blocks, columns: room, tight: tight)
        if inside.isEmpty { return [marker] }
        return inside.enumerated().map { $1.behind($0 == 0 ? marker : $1.pieces.isEmpty ? .empty : indent) }
    }

    /// Blocks with something in front of each of their lines.
    mutating func indented(
        _ blocks: [Document.Block], by start: StyledLine, _ columns: Int, tight: Bool = false
    ) -> [StyledLine] {
        guard columns - start.width >= Self.narrowestText else { return lines(blocks, columns: columns, tight: tight) }
        return lines(blocks, columns: columns - start.width, tight: tight).map { $0.behind(start) }
    }

    private func code(_ text: String, _ columns: Int) -> [StyledLine] {
        let indent = columns > 2 * Self.narrowestText ? "  " : ""
        return TextWrap.lines(ControlCharacters.neutralisedLines(text), columns: columns, indent: indent)
            .map { StyledLine($0, .cyan) }
    }

    private mutating func source(_ source: Document.Source, _ columns: Int) -> [StyledLine] {
        let marker = StyledLine("[\(source.number)] ", .dim)
        let url = ControlCharacters.neutralised(source.url)
        let address = Piece(text: url, look: .cyan, link: WebAddress.linkTarget(source.url), isWhole: true)
        var pieces = [address]
        if let title = source.title, !title.isBlank {
            let start = Piece(text: ControlCharacters.neutralised(title) + "\n")
            pieces = [start, address]
        }
        let room = columns - marker.width
        let indent = StyledLine(String(repeating: " ", count: marker.width))
        var lines = LineBreaker.lines(pieces, columns: room)
        for excerpt in source.excerpts where !excerpt.isBlank {
            let text = Piece(text: "“\(ControlCharacters.neutralised(String(excerpt.trimmed)))”", look: .dim)
            lines += LineBreaker.lines([text], columns: room)
        }
        return lines.enumerated().map { $1.behind($0 == 0 ? marker : indent) }
    }

    // MARK: - Spans

    /// The pieces of a line, safe to show; line breaks are line feeds.
    mutating func pieces(_ line: [Document.Inline], _ look: Look = []) -> [Piece] {
        var pieces: [Piece] = []
        append(line, look, nil, &pieces)
        return pieces
    }

    private mutating func append(_ line: [Document.Inline], _ look: Look, _ link: String?, _ pieces: inout [Piece]) {
        func add(_ text: String, _ more: Look = []) {
            pieces.append(Piece(text: ControlCharacters.neutralised(text), look: look.union(more), link: link))
        }
        /// Without styles a span keeps the marks of Markdown: words that are struck out would seem to be said.
        func marked(_ parts: [Document.Inline], _ mark: String, _ more: Look) {
            let isMarked = !options.usesColor && !parts.plainText.isBlank
            let marks = isMarked ? [Piece(text: mark, look: look, link: link)] : []
            pieces += marks
            append(parts, look.union(more), link, &pieces)
            pieces += marks
        }
        for part in line {
            switch part {
            case .text(let text): add(text)
            case .emphasis(let parts): marked(parts, "*", .italic)
            case .strong(let parts): marked(parts, "**", .bold)
            case .strikethrough(let parts): marked(parts, "~~", .struck)
            case .code(let text): add(options.usesColor ? text : "`\(text)`", .cyan)
            case .citation(let label): add("[\(label)]", .cyan)
            case .mark(let mark):
                let (sign, word, color) = mark.parts
                add(sign.isEmpty ? word : "\(sign) \(word)", Look(color))
            case .time(let text, let seconds) where showsTimeOfDay:
                add(seconds.map { TimeText.clock($0, offset: options.localOffset($0)) } ?? text, .dim)
            case .time(let text, let seconds):
                add(seconds.map { TimeText.short($0, now: options.now, offset: options.localOffset($0)) } ?? text)
            case .note(let parts):
                if !pieces.isEmpty { pieces.append(Piece(text: "  ")) }
                append(parts, look, link, &pieces)
            case .lineBreak: pieces.append(Piece(text: "\n"))
            case .link(let parts, let url): append(linkTo: url, parts, look, &pieces)
            }
        }
    }

    private mutating func append(
        linkTo url: String, _ parts: [Document.Inline], _ look: Look, _ pieces: inout [Piece]
    ) {
        let text = parts.plainText
        let safeURL = ControlCharacters.neutralised(url)
        guard let target = WebAddress.linkTarget(url) else {
            // What is no web address is said, not linked.
            append(parts, look, nil, &pieces)
            if !text.isExactly(url) { pieces.append(Piece(text: " (\(safeURL))", look: look)) }
            return
        }
        if text.isExactly(url) {
            pieces.append(Piece(text: safeURL, look: look.union(.underline), link: target, isWhole: true))
            return
        }
        append(parts, look.union(.underline), target, &pieces)
        if options.usesHyperlinks {
            // A text that looks like an address could be another than the one that it leads to.
            if Self.looksLikeAddress(text), !WebAddress.leads(to: text, target) {
                pieces.append(Piece(text: " (\(safeURL))", look: look))
            }
            return
        }
        // A citation is a label already, unless it is that of another address.
        if case .citation(let number) = parts.first, parts.count == 1, label(for: safeURL, as: "[\(number)]") { return }
        _ = label(for: safeURL, as: nil)
        pieces.append(Piece(text: " " + (labels[ExactText(safeURL)] ?? ""), look: .dim))
    }

    private static func looksLikeAddress(_ text: String) -> Bool {
        let word = text.trimmed
        if word.has(" ") { return false }
        let dot = word.utf8.dropLast().contains(UInt8(ascii: "."))
        return dot || WebAddress.schemeLength(String(word)) > 0 || WebAddress.host(of: String(word)).has(":")
    }

    /// Lets links to a source have its number; a number means the first source that has it.
    private mutating func note(_ source: Document.Source) {
        let (url, label) = (ExactText(ControlCharacters.neutralised(source.url)), "[\(source.number)]")
        if labels[url] == nil, usedLabels.insert(label).inserted { labels[url] = label }
    }

    /// Notes `url` for the list at the end, under `label` or a number; false if it has another label already, or the
    /// label another address.
    private mutating func label(for url: String, as label: String?) -> Bool {
        if let known = labels[ExactText(url)] { return known == label }
        let chosen = label ?? "‹\(numberedLinks + 1)›"
        guard usedLabels.insert(chosen).inserted else { return false }
        if label == nil { numberedLinks += 1 }
        labels[ExactText(url)] = chosen
        links.append((chosen, url))
        return true
    }
}
