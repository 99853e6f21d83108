// Reads CSV from standard input and writes each record back: read and write, nothing else. `Scripts/bench` times it
// beside Python's csv module.
import ParallelBatch
import ParallelOutput

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

private func roundTrip() -> Int32 {
    var reader = DelimitedReader()
    let writer = DelimitedWriter()
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

    do {
        while true {
            let count = read(0, &chunk, chunk.count)
            guard count > 0 else { break }
            try chunk.withUnsafeBufferPointer { chunk in
                let bytes = UnsafeBufferPointer(rebasing: chunk[..<count])
                var position = 0
                while try reader.next(in: bytes, at: &position) {
                    reader.withRecord { record in writer.append(count: record.count, to: &output) { record[$0] } }
                }
            }
            if output.count > 1 << 16, !flush() { return 1 }
        }
        if try reader.finish() {
            reader.withRecord { record in writer.append(count: record.count, to: &output) { record[$0] } }
        }
    } catch {
        return 2
    }
    return flush() ? 0 : 1
}

exit(roundTrip())
