package import ParallelTerminal

/// How results are written.
package enum OutputFormat: String, Sendable, CaseIterable {
    case table, json, jsonl, csv, markdown, text
}

/// What was asked for of an output.
package struct OutputOptions: Sendable {
    /// Nil: what suits the stream.
    package var format: OutputFormat?
    package var file: String?
    /// Whether standard output was asked for by name: data that is no text may go there.
    package var takesRawData = false
    package var replacesFile = false
    package var isQuiet = false
    package var isVerbose = false
    package var color = ColorChoice.auto

    package init() {}
}
