extension Document.Field {
    /// The value, where it is one line of text: `Document.nothing` where there is none, nil where it is more than that.
    var line: [Document.Inline]? {
        switch value.first {
        case nil: Document.nothing
        case .paragraph(let line) where value.count == 1 && !line.contains(.lineBreak): line
        default: nil
        }
    }
}

extension [Document.Field] {
    /// Puts fields of one line first, because a line below a block would seem to belong to the block.
    var linesFirst: [Document.Field] { filter { $0.line != nil } + filter { $0.line == nil } }
}

extension Document {
    /// What is shown in the place of a value that is null or empty.
    package static let nothing: [Inline] = [.text("–")]
}
