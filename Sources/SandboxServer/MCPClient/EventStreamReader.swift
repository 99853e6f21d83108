/// Parses server-sent events from bytes in chunks of any size (HTML Living Standard §9.2).
///
/// Only data is used: an event is its `data` lines, joined by line feeds.
struct EventStreamReader {
    private var line: [UInt8] = []
    private var data: [UInt8]?
    private var endedWithCarriageReturn = false

    /// Returns the data of each event that `bytes` completes.
    mutating func feed(_ bytes: [UInt8]) -> [[UInt8]] {
        var events: [[UInt8]] = []
        for byte in bytes {
            let isSecondHalf = byte == UInt8(ascii: "\n") && endedWithCarriageReturn
            endedWithCarriageReturn = byte == UInt8(ascii: "\r")
            if isSecondHalf { continue }
            guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
                line.append(byte)
                continue
            }
            if line.isEmpty {
                if let data { events.append(data) }
                data = nil
            } else if line.starts(with: Array("data".utf8)), line.count == 4 || line[4] == UInt8(ascii: ":") {
                let value = line.dropFirst(5)
                let text = value.first == UInt8(ascii: " ") ? value.dropFirst() : value
                data = data.map { $0 + [UInt8(ascii: "\n")] + text } ?? Array(text)
            }
            line.removeAll(keepingCapacity: true)
        }
        return events
    }
}
