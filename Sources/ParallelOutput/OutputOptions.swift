package import ParallelTerminal

/// What was asked for of an output.
package struct OutputOptions: Sendable {
    /// The format that was asked for; nil: the one that the file's name says, else what suits the stream.
    package var format: OutputFormat?
    package var file: String?
    /// What of an answer in JSON is wanted.
    package var reduction = JSONReduction()
    /// Whether the file takes what somebody else made, whose name says nothing of the format.
    package var takesAnyFileName = false
    /// Whether long answers may be shown by a pager.
    package var mayPage = true
    /// Whether standard output was asked for by name: data that is no text may go there.
    package var takesRawData = false
    package var replacesFile = false
    /// Whether only the user may read the file.
    package var isPrivate = false
    package var isQuiet = false
    package var isVerbose = false
    package var color = ColorChoice.auto
    /// Whether the terminal rings at the end of a long wait.
    package var rings = false
    /// The program that is run at the end of a long wait, and its arguments; empty for none.
    package var noticeProgram: [String] = []

    package init() {}

    /// The format that is written: the one asked for, else the one that the file's name says; nil where neither does.
    ///
    /// Throws if the two contradict each other, or if the name has an extension that is not known.
    /// An answer of which a part is wanted is JSON; as text, a string of it comes without quotation marks.
    package func settledFormat() throws(OutputRefusal) -> OutputFormat? {
        if reduction.isEmpty { return try statedFormat() }
        do throws(OutputRefusal) {
            let format = try statedFormat() ?? .json
            if format == .text { return .json }
            if format.isJSON { return format }
        } catch .contradiction {}
        throw .onlyJSON
    }

    private func statedFormat() throws(OutputRefusal) -> OutputFormat? {
        guard let file, !takesAnyFileName else { return format }
        switch OutputFormat.saidBy(path: file) {
        case .noExtension: return format
        case .unknownExtension(let name): throw .unknownExtension(name, ofFile: file)
        case .format(let named):
            guard let format else { return named }
            guard format.fits(named: named) else { throw .contradiction(format, file: file) }
            return format
        }
    }
}
