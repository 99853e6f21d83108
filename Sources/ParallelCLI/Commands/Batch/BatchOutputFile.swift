import ParallelBatch
import ParallelOutput
import ParallelSystem

/// A file that gets the rows of a batch as a whole, at the end.
struct BatchOutputFile {
    let layout: BatchLayout
    let options: BatchLayoutOptions
    /// The options of the command for its data.
    let output: OutputOptions
    let context: Context

    /// Writes the rows that `add` puts into the writer. If they had to go to another file, also returns the error that
    /// says so.
    ///
    /// - Parameters:
    ///   - mayReplace: whether an existing file may be replaced.
    ///   - mayFinish: called with the output's fingerprint before the file gets its name; returns whether it gets it.
    func write(
        mayReplace: Bool, _ add: (BatchWriter) async throws -> Void, mayFinish: (String) throws -> Bool
    ) async throws -> (writer: BatchWriter, move: OutputFailure?) {
        var fileOptions = output
        fileOptions.file = options.file
        fileOptions.replacesFile = mayReplace
        let file = try Output(fileOptions, context, isLate: true)
        let fingerprint = Lock(OutputFingerprint())
        let writer = BatchWriter(layout, isRaw: options.isRaw, blockSize: 1 << 16) { bytes in
            fingerprint.withLock { $0.add(bytes) }
            try file.write(bytes: bytes)
        }
        try writer.begin()
        try await add(writer)
        try writer.end()
        guard try mayFinish(fingerprint.withLock { $0.text }) else { return (writer, nil) }
        do {
            try file.finish()
        } catch let error as OutputFailure where error.isSaved {
            return (writer, error)
        }
        return (writer, nil)
    }
}
