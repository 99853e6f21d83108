import ParallelOutput
import ParallelSystem

extension Output {
    /// Opens the output that `options` ask for. Throws `UsageError` if it can't be written.
    convenience init(
        _ options: OutputOptions, _ context: Context, isLate: Bool = false, needsPlace: Bool = true
    ) throws {
        let place = OutputPlace(
            programName: context.programName, streams: context.streams, terminal: context.terminal,
            folder: FileFolder(context.fileDirectory), temporaryDirectory: context.temporaryDirectory)
        do {
            try self.init(options, place, isLate: isLate, needsPlace: needsPlace)
        } catch OutputRefusal.exists(let name) {
            throw UsageError("\(name) exists", hint: "--force replaces it")
        } catch OutputRefusal.notWritable(let name, let reason) {
            throw UsageError("can't write \(name): \(reason)")
        }
    }
}
