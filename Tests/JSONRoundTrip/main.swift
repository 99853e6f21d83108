// Reads JSON lines from standard input and writes each value back on a line of its own: parse and print, nothing
// else. `Scripts/bench` runs it beside `jq -c .`.
import ParallelJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

private func roundTrip() -> Int32 {
    var pending: [UInt8] = []
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)

    func flush() -> Bool {
        var offset = 0
        while offset < output.count {
            let count = output[offset...].withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
            guard count > 0 else { return false }
            offset += count
        }
        output.removeAll(keepingCapacity: true)
        return true
    }
    func convert(_ line: UnsafeBufferPointer<UInt8>) throws {
        guard !line.isEmpty else { return }
        try JSONValue.parse(line).append(to: &output)
        output.append(UInt8(ascii: "\n"))
    }

    func lineEnd(in buffer: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard let base = UnsafeRawPointer(buffer.baseAddress), start < buffer.count else { return nil }
        return memchr(base + start, 0x0A, buffer.count - start).map { UnsafeRawPointer($0) - base }
    }

    do {
        while true {
            let count = read(0, &chunk, chunk.count)
            guard count > 0 else { break }
            pending.append(contentsOf: chunk[..<count])
            let consumed = try pending.withUnsafeBufferPointer { buffer in
                var start = 0
                while let end = lineEnd(in: buffer, from: start) {
                    try convert(UnsafeBufferPointer(rebasing: buffer[start..<end]))
                    start = end + 1
                }
                return start
            }
            pending.removeFirst(consumed)
            if output.count > 1 << 16, !flush() { return 1 }
        }
        try pending.withUnsafeBufferPointer(convert)
    } catch {
        return 2
    }
    return flush() ? 0 : 1
}

exit(roundTrip())
