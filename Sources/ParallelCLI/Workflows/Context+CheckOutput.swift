import ParallelSystem

extension Context {
    /// Throws if an output could not be written in the end, as far as that can be known before.
    ///
    /// - Parameter hint: advice for an existing file, which may not be replaced; nil if it may.
    func checkOutput(_ file: String, refusingExisting hint: Hint? = nil) throws {
        let path = filePath(file)
        do {
            switch try FileTarget(path) {
            case .file(let target, let exists):
                if exists, let hint { throw UsageError("\(file) exists", hint: hint) }
                if exists { try AtomicFile.requireReplaceable(target) }
                _ = try AtomicFile(path: path, temporaryDirectory: temporaryDirectory)
            case .descriptor(let number): _ = try FileDescriptor(sharing: number, reportedAs: file)
            // A pipe is opened only at the end, because its reader may not wait longer than for any other file.
            case .stream: break
            }
        } catch let error as FileError {
            throw UsageError("can't write \(file): \(error.reason)")
        }
    }
}
