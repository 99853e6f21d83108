import ParallelSystem

/// Divides Markdown into blocks, line by line, as the strategy at the end of the CommonMark specification has it: a
/// stack of open containers, each of which says whether a line belongs to it, and one open leaf.
struct MarkdownBlocks {
    private enum Kind {
        case document, quote
        /// `marker` tells one list from the next: the bullet, or what stands behind the number.
        case list(start: Int?, marker: UInt8)
        /// How many columns the text of an item is indented.
        case item(indentation: Int)
        case paragraph
        case heading(Int)
        case fence(marker: UInt8, length: Int, indentation: Int, information: String)
        case indentedCode
        case table([Document.Column.Alignment])
        case rule
        case sources([Document.Source])
    }

    private struct Node {
        var kind: Kind
        /// Places in `nodes`.
        var children: [Int] = []
        /// The lines of a leaf, without their indentation; of a table, without its second.
        var lines: [ArraySlice<UInt8>] = []
        /// Of a list: whether an empty line stands between its items or inside one.
        var isLoose = false
    }

    private var nodes = [Node(kind: .document)]
    /// The open containers, the document first.
    private var open = [0]
    /// The open paragraph, code or table; always the last block of the last open container.
    private var leaf: Int?
    private var followsBlankLine = false
    private let definitions = MarkdownDefinitions()

    mutating func parse(_ bytes: [UInt8]) -> [Document.Block] {
        let bytes = Self.normalised(bytes)
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = rest.place(of: Mark.lineFeed) ?? rest.endIndex
            add(rest[..<end])
            rest = rest[end...].dropFirst()
        }
        closeLeaf()
        var blocks = blocks(in: 0)
        // Nothing refers to these; a reader may want to see them all the same.
        blocks += definitions.unused.map { .paragraph([.text("[\($0.label)]: \($0.url) \($0.title)")]) }
        return blocks
    }

    /// The text with LF as its only line end, without NUL, and with spaces for the tabs in front of a line's text: what
    /// these mean depends on the column.
    private static func normalised(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var lineStart = 0
        var isInFront = true
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case 0x0D where index + 1 < bytes.count && bytes[index + 1] == Mark.lineFeed: continue
            case 0x0A, 0x0D:
                output.append(Mark.lineFeed)
                (lineStart, isInFront) = (output.count, true)
            case 0: output += "\u{FFFD}".utf8
            case 0x09 where isInFront:
                repeat { output.append(Mark.space) } while (output.count - lineStart) % 4 != 0
            default:
                output.append(byte)
                let mayStandInFront = byte == Mark.space || byte.isASCIIDigit || ">-+*.)".utf8.contains(byte)
                if !mayStandInFront { isInFront = false }
            }
        }
        return output
    }

    // MARK: - One line

    private mutating func add(_ line: ArraySlice<UInt8>) {
        var rest = line
        var matched = matchContainers(&rest)
        if matched == open.count, addToFence(rest) { return }
        if rest.isBlankLine { return addBlankLine(matched) }

        while startsContainer(&rest, matched) { matched = open.count }
        if rest.isBlankLine { return }
        let isContinued = matched == open.count
        let isParagraph = openLeaf { if case .paragraph = $0 { true } else { false } }
        if rest.indentation >= 4 {
            // A paragraph goes on, whatever its lines look like; code can't begin in it.
            if !isParagraph { return addIndentedCode(rest, matched) }
        } else if addLeaf(rest.dropFirst(rest.indentation), matched, indentation: rest.indentation) {
            return
        }
        let text = rest.dropFirst(rest.indentation)
        if isParagraph, let leaf {
            // Even outside its container: the "lazy continuation" of CommonMark.
            nodes[leaf].lines.append(text)
            return
        }
        if isContinued, let leaf, case .table = nodes[leaf].kind, text.contains(Mark.pipe) {
            nodes[leaf].lines.append(text)
            return
        }
        addParagraph(text, matched)
    }

    /// Takes the marks of open containers from the start of `line`; returns how many containers go on in it.
    private func matchContainers(_ line: inout ArraySlice<UInt8>) -> Int {
        var matched = 1
        while matched < open.count {
            let node = nodes[open[matched]]
            switch node.kind {
            case .quote:
                guard let inside = Self.insideQuote(line) else { return matched }
                line = inside
            case .item(let indentation):
                if line.isBlankLine {
                    // An item that begins with an empty line ends at the next.
                    if node.children.isEmpty { return matched }
                } else if line.indentation >= indentation {
                    line = line.dropFirst(indentation)
                } else {
                    return matched
                }
            default: break
            }
            matched += 1
        }
        return matched
    }

    private static func insideQuote(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let indentation = line.indentation
        guard indentation < 4, line.dropFirst(indentation).first == Mark.greater else { return nil }
        let inside = line.dropFirst(indentation + 1)
        return inside.first == Mark.space ? inside.dropFirst() : inside
    }

    private mutating func addBlankLine(_ matched: Int) {
        closeContainers(after: matched)
        if let leaf, case .indentedCode = nodes[leaf].kind {
            nodes[leaf].lines.append([])
        } else {
            closeLeaf()
        }
        followsBlankLine = true
    }

    // MARK: - Containers

    /// Opens the quote or item that begins in `line`, if one does, and takes its mark from there.
    private mutating func startsContainer(_ line: inout ArraySlice<UInt8>, _ matched: Int) -> Bool {
        // A list and its item count as two, and there is room for both.
        guard open.count < 2 * Markdown.maximumDepth, line.indentation < 4 else { return false }
        if let inside = Self.insideQuote(line) {
            closeContainers(after: matched)
            leaveList()
            openContainer(.quote)
            line = inside
            return true
        }
        let isInParagraph = matched == open.count && openLeaf { if case .paragraph = $0 { true } else { false } }
        let text = line.dropFirst(line.indentation)
        guard !Self.isRule(text), !(isInParagraph && Self.setextLevel(text) != nil), let item = Self.item(line),
            // Numbers and dashes begin lines of ordinary text, too.
            !isInParagraph || !item.isEmpty && (item.start == nil || item.start == 1)
        else { return false }
        closeContainers(after: matched)
        closeLeaf()
        let isContinued =
            if case .list(let start, let marker) = nodes[open[open.count - 1]].kind {
                marker == item.marker && (start == nil) == (item.start == nil)
            } else { false }
        if !isContinued {
            leaveList()
            openContainer(.list(start: item.start, marker: item.marker))
        }
        openContainer(.item(indentation: item.indentation))
        line = line.dropFirst(item.indentation)
        return true
    }

    private struct Item {
        var start: Int?
        var marker: UInt8
        var indentation: Int
        var isEmpty: Bool
    }

    private static func item(_ line: ArraySlice<UInt8>) -> Item? {
        let indentation = line.indentation
        var text = line.dropFirst(indentation)
        let digits = text.prefix { $0.isASCIIDigit }
        guard digits.count < 10 else { return nil }
        text = text.dropFirst(digits.count)
        guard let marker = text.first else { return nil }
        let marks = digits.isEmpty ? "-+*" : ".)"
        guard marks.utf8.contains(marker) else { return nil }
        text = text.dropFirst()
        let spaces = text.indentation
        let isEmpty = spaces == text.count
        guard isEmpty || spaces > 0 else { return nil }
        // More than four spaces are one and indented code.
        let width = isEmpty || spaces > 4 ? 1 : spaces
        return Item(
            start: digits.isEmpty ? nil : digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) },
            marker: marker, indentation: indentation + digits.count + 1 + width, isEmpty: isEmpty)
    }

    private mutating func openContainer(_ kind: Kind) {
        closeLeaf()
        open.append(addNode(Node(kind: kind)))
    }

    private mutating func closeContainers(after matched: Int) {
        guard matched < open.count else { return }
        closeLeaf()
        open.removeLast(open.count - matched)
    }

    /// Leaves a list whose items are over: it can hold nothing else.
    private mutating func leaveList() {
        if case .list = nodes[open[open.count - 1]].kind { open.removeLast() }
    }

    /// Puts a block into the last open container.
    private mutating func addNode(_ node: Node) -> Int {
        if case .item = node.kind {} else { leaveList() }
        let parent = open[open.count - 1]
        if followsBlankLine, !nodes[parent].children.isEmpty {
            switch nodes[parent].kind {
            case .list: nodes[parent].isLoose = true
            case .item: nodes[open[open.count - 2]].isLoose = true
            default: break
            }
        }
        followsBlankLine = false
        nodes[parent].children.append(nodes.count)
        nodes.append(node)
        return nodes.count - 1
    }

    // MARK: - Leaves

    private func openLeaf(_ matches: (Kind) -> Bool) -> Bool { leaf.map { matches(nodes[$0].kind) } ?? false }

    /// Adds the heading, rule, fence or table that `text` begins or ends, if it does.
    private mutating func addLeaf(_ text: ArraySlice<UInt8>, _ matched: Int, indentation: Int) -> Bool {
        if matched == open.count, let leaf, case .paragraph = nodes[leaf].kind {
            if startTable(text, below: leaf) { return true }
            if let level = Self.setextLevel(text) {
                closeParagraph(leaf)
                // Nothing is left of a paragraph of definitions, so this is the text of another.
                guard !nodes[leaf].lines.isEmpty else {
                    nodes[leaf].lines = [text]
                    return true
                }
                nodes[leaf].kind = .heading(level)
                self.leaf = nil
                return true
            }
        }
        if let (level, title) = Self.heading(text) {
            closeContainers(after: matched)
            closeLeaf()
            _ = addNode(Node(kind: .heading(level), lines: [title]))
            return true
        }
        if let fence = Self.fence(text, indentation: indentation) {
            closeContainers(after: matched)
            closeLeaf()
            leaf = addNode(Node(kind: fence))
            return true
        }
        if Self.isRule(text) {
            closeContainers(after: matched)
            closeLeaf()
            _ = addNode(Node(kind: .rule))
            return true
        }
        if MarkdownDefinitions.isFootnote(text) {
            addParagraph(text, matched)
            return true
        }
        return false
    }

    private mutating func addParagraph(_ text: ArraySlice<UInt8>, _ matched: Int) {
        closeContainers(after: matched)
        closeLeaf()
        leaf = addNode(Node(kind: .paragraph, lines: [text]))
    }

    private static func heading(_ text: ArraySlice<UInt8>) -> (level: Int, title: ArraySlice<UInt8>)? {
        let level = text.prefix { $0 == Mark.hash }.count
        let rest = text.dropFirst(level)
        guard (1...6).contains(level), rest.first.map(\.isSpaceOrTab) ?? true else { return nil }
        let title = rest.trimmedLine
        guard let last = title.lastIndex(where: { $0 != Mark.hash }) else { return (level, title.suffix(0)) }
        return (level, title[last].isSpaceOrTab ? title[...last].trimmedLine : title)
    }

    private static func setextLevel(_ text: ArraySlice<UInt8>) -> Int? {
        let line = text.trimmedLine
        guard let first = line.first, first == Mark.equals || first == Mark.dash, line.allSatisfy({ $0 == first })
        else { return nil }
        return first == Mark.equals ? 1 : 2
    }

    private static func isRule(_ text: ArraySlice<UInt8>) -> Bool {
        guard let first = text.first, [Mark.asterisk, Mark.dash, Mark.underscore].contains(first) else { return false }
        var count = 0
        for byte in text {
            if byte == first { count += 1 } else if !byte.isSpaceOrTab { return false }
        }
        return count >= 3
    }

    private static func fence(_ text: ArraySlice<UInt8>, indentation: Int) -> Kind? {
        guard let marker = text.first, marker == Mark.backtick || marker == Mark.tilde else { return nil }
        let length = text.prefix { $0 == marker }.count
        let information = text.dropFirst(length).trimmedLine
        guard length >= 3, marker == Mark.tilde || !information.contains(Mark.backtick) else { return nil }
        return .fence(marker: marker, length: length, indentation: indentation, information: information.text)
    }

    /// Adds a line to the open fenced code, or ends it.
    private mutating func addToFence(_ line: ArraySlice<UInt8>) -> Bool {
        guard let leaf, case .fence(let marker, let length, let indentation, _) = nodes[leaf].kind else { return false }
        let text = line.trimmedLine
        if line.indentation < 4, text.count >= length, text.allSatisfy({ $0 == marker }) {
            self.leaf = nil
        } else {
            nodes[leaf].lines.append(line.dropFirst(min(indentation, line.indentation)))
        }
        return true
    }

    private mutating func addIndentedCode(_ line: ArraySlice<UInt8>, _ matched: Int) {
        closeContainers(after: matched)
        if !openLeaf({ if case .indentedCode = $0 { true } else { false } }) {
            closeLeaf()
            leaf = addNode(Node(kind: .indentedCode))
        }
        if let leaf { nodes[leaf].lines.append(line.dropFirst(4)) }
        followsBlankLine = false
    }

    /// Makes a table of the last line of a paragraph and of `text`, if these are its headings and the line below.
    private mutating func startTable(_ text: ArraySlice<UInt8>, below paragraph: Int) -> Bool {
        guard let alignments = MarkdownTable.alignments(text), let headings = nodes[paragraph].lines.last,
            MarkdownTable.cells(headings).count == alignments.count
        else { return false }
        nodes[paragraph].lines.removeLast()
        if nodes[paragraph].lines.isEmpty {
            nodes[paragraph].kind = .table(alignments)
            nodes[paragraph].lines = [headings]
        } else {
            closeLeaf()
            leaf = addNode(Node(kind: .table(alignments), lines: [headings]))
        }
        return true
    }

    private mutating func closeLeaf() {
        guard let leaf else { return }
        self.leaf = nil
        switch nodes[leaf].kind {
        case .paragraph: closeParagraph(leaf)
        case .indentedCode:
            while nodes[leaf].lines.last?.isBlankLine == true { nodes[leaf].lines.removeLast() }
        default: break
        }
    }

    /// Takes the definitions at the start of a paragraph out of it; those of sources become a list in front of it.
    private mutating func closeParagraph(_ paragraph: Int) {
        var sources: [Document.Source] = []
        var count = 0
        for line in nodes[paragraph].lines {
            guard let definition = MarkdownDefinitions.definition(line) else { break }
            count += 1
            definitions.add(definition)
            if let number = definition.number {
                let title = definition.title.isEmpty ? nil : definition.title
                sources.append(Document.Source(number: number, title: title, url: definition.url))
            }
        }
        guard count > 0 else { return }
        nodes[paragraph].lines.removeFirst(count)
        guard !sources.isEmpty else { return }
        let parent = open[open.count - 1]
        nodes[parent].children.insert(nodes.count, at: nodes[parent].children.count - 1)
        nodes.append(Node(kind: .sources(sources)))
    }

    // MARK: - Into a document

    private func blocks(in parent: Int) -> [Document.Block] {
        var blocks: [Document.Block] = []
        for child in nodes[parent].children {
            let node = nodes[child]
            switch node.kind {
            case .document: break
            case .quote: blocks.append(.quote(self.blocks(in: child)))
            case .list(let start, _):
                let items = node.children.map { self.blocks(in: $0) }
                blocks.append(.list(Document.List(start: start, isLoose: node.isLoose, items: items)))
            case .item: blocks += self.blocks(in: child)
            case .paragraph:
                if !node.lines.isEmpty { blocks.append(.paragraph(inlines(node.lines))) }
            case .heading(let level): blocks.append(.heading(level, inlines(node.lines)))
            case .fence(_, _, _, let information): blocks.append(.code(code(node.lines), language: information))
            case .indentedCode: blocks.append(.code(code(node.lines), language: ""))
            case .table(let alignments): blocks.append(.table(table(node.lines, alignments)))
            case .rule: blocks.append(.rule)
            case .sources(let sources):
                if case .sources(let before) = blocks.last {
                    blocks[blocks.count - 1] = .sources(before + sources)
                } else {
                    blocks.append(.sources(sources))
                }
            }
        }
        return blocks
    }

    private func code(_ lines: [ArraySlice<UInt8>]) -> String { Self.joined(lines)[...].text }

    private static func joined(_ lines: [ArraySlice<UInt8>]) -> [UInt8] {
        Array(lines.joined(separator: [Mark.lineFeed]))
    }

    private func inlines(_ lines: [ArraySlice<UInt8>]) -> [Document.Inline] {
        var parser = MarkdownInlines(Self.joined(lines), definitions)
        return parser.parse()
    }

    private func table(
        _ lines: [ArraySlice<UInt8>], _ alignments: [Document.Column.Alignment]
    ) -> Document.Table {
        var rows = lines.map { MarkdownTable.cells($0).map { inlines([$0[...]]) } }
        let headings = rows.removeFirst()
        let count = headings.count
        rows = rows.map { row in
            // GitHub drops what is too much; nothing should be lost.
            row.count > count
                ? row[..<(count - 1)] + [Array(row[(count - 1)...].joined(separator: [.text(" | ")]))] : row
        }
        return Document.Table(
            columns: zip(headings, alignments).map { Document.Column($0, alignment: $1) }, rows: rows)
    }
}
