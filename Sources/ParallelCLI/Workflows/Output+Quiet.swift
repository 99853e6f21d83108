import ParallelOutput
import ParallelTerminal

extension Output {
    /// Writes a note that `--quiet` has suppressed before: the name of what was created and paid for, when the reader
    /// of the output is gone and the program ends without an error.
    func noteIfQuiet(_ text: String, _ context: Context) {
        if options.isQuiet { context.streams.note(text) }
    }
}
