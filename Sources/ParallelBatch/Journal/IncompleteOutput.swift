import ParallelJSON
import ParallelSystem

/// The note beside an output that lacks rows. By it, a later call knows that it may replace the output by a fuller one.
package struct IncompleteOutput: Sendable {
    /// The number of rows in the output.
    package let rowCount: Int
    /// The fingerprints that the output may have.
    private let fingerprints: [String]

    static func path(of output: String) -> String { output + ".incomplete" }

    /// Reads the note for the output at this path; nil if there is none, or if the output has changed since.
    package init?(of output: String) {
        guard UserFile.isRegular(output), let bytes = try? UserFile.readRegular(Self.path(of: output)),
            let note = try? JSONValue.parse(bytes), let rowCount = note["rows"]?.int,
            let fingerprints = note["outputs"]?.array?.compactMap(\.string),
            let own = try? OutputFingerprint.ofFile(output), fingerprints.contains(own)
        else { return nil }
        self.rowCount = rowCount
        self.fingerprints = [own]
    }

    /// Writes the note for an output that is about to replace that of `earlier`; until then, both may be there. Throws
    /// `FileError`.
    package static func write(
        rowCount: Int, fingerprint: String, after earlier: IncompleteOutput?, of output: String
    ) throws {
        let outputs = (earlier?.fingerprints ?? []).filter { $0 != fingerprint } + [fingerprint]
        let note: JSONValue = [
            "rows": .number(JSONNumber(rowCount)), "outputs": .array(outputs.map(JSONValue.string)),
        ]
        var file = try AtomicFile(path: path(of: output), mode: 0o600)
        try file.write(note.bytes() + [0x0A])
        try file.commit(replacing: true)
    }

    /// Removes the note for an output that has all rows.
    package static func remove(of output: String) { UserFile.remove(path(of: output)) }
}
