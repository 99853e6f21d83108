import ParallelJSON
import ParallelSystem

/// Results that were collected, to those who asked for them.
extension Batch {
    /// Hands over the results that are due, in the order asked for, and those that were collected before.
    func handOver() throws {
        guard let receive else { return }
        guard options.isOrdered else {
            for row in 0..<rows.count where rows.isCollected(row) { try handOver(row, receive) }
            return
        }
        try handOverInOrder(receive)
    }

    /// Hands one result over as soon as it is collected, and with it those that waited for it.
    func collected(_ row: Int) throws {
        guard let receive else { return }
        if options.isOrdered { try handOverInOrder(receive) } else { try handOver(row, receive) }
    }

    private func handOverInOrder(_ receive: Receive) throws {
        while nextToHand < rows.count {
            let row = nextToHand
            let place = rows.place(row)
            if rows.isWanted(row), place == nil { return }
            guard let line = try input.line(at: nextLineToHand) else { return }
            if let place, let result = try results.line(at: place) { try receive(row, line.bytes, result.bytes) }
            nextLineToHand = line.next
            nextToHand += 1
        }
    }

    private func handOver(_ row: Int, _ receive: Receive) throws {
        guard let place = rows.place(row), let line = try input.line(at: lineStarts[row]),
            let result = try results.line(at: place)
        else { return }
        try receive(row, line.bytes, result.bytes)
    }

    /// Hands every result that was collected to `receive`: in the order of the rows, or else in that of their coming.
    /// Throws `CancellationError` once the task is cancelled.
    package func forEachResult(_ receive: Receive) throws {
        if options.isOrdered {
            var offset = 0
            for row in 0..<rows.count {
                try Task.checkCancellation()
                guard let line = try input.line(at: offset) else { return }
                if let place = rows.place(row), let result = try results.line(at: place) {
                    try receive(row, line.bytes, result.bytes)
                }
                offset = line.next
            }
            return
        }
        try indexInput()
        try results.forEach { place, result in
            guard let row = BatchEvent.run(in: JSONText(result))?.row, row < rows.count, rows.place(row) == place,
                let line = try input.line(at: lineStarts[row])
            else { return }
            try receive(row, line.bytes, result)
        }
    }

    func indexInput() throws {
        if lineStarts.isEmpty { lineStarts = try input.lineStarts() }
    }
}
