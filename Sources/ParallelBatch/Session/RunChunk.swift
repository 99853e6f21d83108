/// Rows whose runs are added by one request, stored as the body of that request.
struct RunChunk: Sendable {
    private(set) var rows: [Int] = []
    private(set) var body: [UInt8]
    /// The place where the run of each row begins in the body.
    private var starts: [Int] = []
    private let template: RunTemplate
    private static let ending = Array("]}".utf8)

    init(_ template: RunTemplate) {
        self.template = template
        body = template.opening
    }

    /// Adds the run of a row; `input` is JSON.
    mutating func add(row: Int, input: [UInt8]) {
        if !rows.isEmpty { body.append(UInt8(ascii: ",")) }
        rows.append(row)
        starts.append(body.count)
        template.appendRun(row: row, input: input, to: &body)
    }

    /// Completes the body; nothing can be added after that.
    mutating func close() { body += Self.ending }

    /// The two halves as complete chunks, the later rows first, for a stack of chunks that are sent in order.
    var halves: [RunChunk] {
        let middle = rows.count / 2
        return [keeping(middle..<rows.count), keeping(0..<middle)]
    }

    /// Returns a complete chunk of the rows at these places in this one.
    func keeping(_ places: some Sequence<Int>) -> RunChunk {
        var chunk = RunChunk(template)
        for place in places {
            if !chunk.rows.isEmpty { chunk.body.append(UInt8(ascii: ",")) }
            chunk.rows.append(rows[place])
            chunk.starts.append(chunk.body.count)
            // Every run but the last is followed by a comma.
            let end = place + 1 < starts.count ? starts[place + 1] - 1 : body.count - Self.ending.count
            chunk.body += body[starts[place]..<end]
        }
        chunk.close()
        return chunk
    }
}
