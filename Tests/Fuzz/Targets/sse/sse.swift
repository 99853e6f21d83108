import FuzzSupport
import ParallelHTTP

/// A stream has the same events, the same last id and the same delay however its bytes come, and is refused for an
/// event that is too large however they come.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let cuts = cuts(input(start, count))
    for limit in [1 << 20, 24] {
        let readings = cuts.map { Reading($0, limit: limit) }
        for reading in readings.dropFirst() {
            require(reading.isTooLarge == readings[0].isTooLarge, "an event is too large however it comes")
            // The events in front of one that is too large may have come before it, or not.
            if !reading.isTooLarge { require(reading == readings[0], "a stream means the same however it is cut") }
        }
    }
    return 0
}

private struct Reading: Equatable {
    var events: [ServerSentEvent] = []
    var lastEventID: [UInt8]?
    var delay: Duration?
    var isTooLarge = false

    init(_ pieces: [[UInt8]], limit: Int) {
        var parser = ServerSentEventParser(limit: limit)
        do throws(ServerSentEventError) {
            for piece in pieces { events += try parser.feed(piece) }
        } catch {
            isTooLarge = true
        }
        lastEventID = parser.lastEventID.map { Array($0.utf8) }
        delay = parser.reconnectionDelay
        let size = events.reduce(0) { $0 + $1.bytes.count }
        require(size <= pieces.reduce(0) { $0 + $1.count }, "no event holds what was not sent")
    }
}
