import ParallelSystem

/// The fingerprint of an output, by which a batch knows that nobody else has changed the file since it wrote it.
package struct OutputFingerprint: Sendable {
    private var fingerprint = Fingerprint()
    private var pending: [UInt8] = []

    /// The size of the parts in bytes: a fingerprint depends on where they end, and a file is not read as it was
    /// written.
    private static let partSize = 1 << 16

    package init() {}

    /// Adds the next bytes of the output.
    package mutating func add(_ bytes: [UInt8]) {
        pending += bytes
        var start = 0
        while pending.count - start >= Self.partSize {
            fingerprint.add(pending[start..<start + Self.partSize])
            start += Self.partSize
        }
        pending.removeFirst(start)
    }

    /// The fingerprint of all bytes so far.
    package var text: String {
        var whole = fingerprint
        whole.add(pending)
        return whole.text
    }

    /// Returns the fingerprint of the file at `path`. Throws `FileError`, and `CancellationError` once the task is
    /// cancelled.
    package static func ofFile(_ path: String) throws -> String {
        var fingerprint = OutputFingerprint()
        try UserFile.read(path) { fingerprint.add($0) }
        return fingerprint.text
    }
}
