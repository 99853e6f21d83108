package import ParallelSystem
package import ParallelTerminal

/// What an output needs to know of the place where the program runs.
package struct OutputPlace: Sendable {
    /// The title of a page without a heading.
    package let programName: String
    package let streams: Streams
    package let terminal: TerminalInfo
    /// The folder that relative names of files count from.
    package let folder: FileFolder
    /// Where files without a name may be.
    package let temporaryDirectory: String

    /// Seconds since 1970.
    package let now: @Sendable () -> Int
    /// What local time is ahead of UTC at a time, in seconds.
    package let localOffset: @Sendable (_ seconds: Int) -> Int

    package init(
        programName: String, streams: Streams, terminal: TerminalInfo, folder: FileFolder, temporaryDirectory: String,
        now: @escaping @Sendable () -> Int, localOffset: @escaping @Sendable (_ seconds: Int) -> Int
    ) {
        self.programName = programName
        self.streams = streams
        self.terminal = terminal
        self.folder = folder
        self.temporaryDirectory = temporaryDirectory
        self.now = now
        self.localOffset = localOffset
    }
}
