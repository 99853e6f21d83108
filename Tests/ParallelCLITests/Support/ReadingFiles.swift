import ParallelSystem
import TestSupport

extension TemporaryDirectory {
    /// What a file of this folder holds.
    func text(_ name: String) throws -> String { String(decoding: try UserFile.read(file(name)), as: UTF8.self) }
}
