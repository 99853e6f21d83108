import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The program that shows output longer than the terminal, named by `PARALLEL_PAGER` or `PAGER`.
package struct Pager: Sendable, Equatable {
    /// The program and its arguments, split only at spaces and run without a shell.
    private let words: [String]
    /// Whether it is known to interpret escape sequences for colour and emphasis instead of showing them.
    package let showsEscapes: Bool
    /// A variable to add to its environment, as `NAME=VALUE`.
    private let variable: String?

    /// Reads the pager from the environment; nil if none is named, or `cat`, which would change nothing.
    package init?(environment: [String: String]) {
        guard let line = environment["PARALLEL_PAGER"] ?? environment["PAGER"] else { return nil }
        words = line.parts(between: " ").filter { !$0.isEmpty }.map(String.init)
        guard let program = words.first, let name = program.parts(between: "/").last, !name.isExactly("cat") else {
            return nil
        }
        let isLess = name.isExactly("less")
        let options = environment["LESS"]
        // -R shows colour, -F quits if everything fits on the screen, -X leaves the text on it.
        variable = isLess && options == nil ? "LESS=FRX" : nil
        let flags = words.dropFirst() + [options ?? "R"]
        showsEscapes =
            isLess
            && flags.contains {
                $0.begins(with: "-") ? !$0.begins(with: "--") && Self.showsColor($0) : Self.showsColor($0)
            }
            || ["moar", "moor", "most", "bat", "ov"].contains { name.isExactly($0) }
    }

    private static func showsColor(_ flags: String) -> Bool { flags.has("R") || flags.has("r") }

    /// Whether a pager has the terminal now, and with it Ctrl-C.
    package static var isShowing: Bool { showing.withLock { $0 > 0 } }
    private static let showing = Lock(0)

    /// Shows `text` and returns when the pager ends. Returns false if the person may not have seen it: if there is no
    /// such program, it failed, or another job has the terminal.
    package func show(_ text: String) -> Bool {
        guard !JobControl.isInBackground(of: 1) else { return false }
        Self.showing.withLock { $0 += 1 }
        defer { Self.showing.withLock { $0 -= 1 } }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return false }
        let reader = FileDescriptor(owning: ends[0], reportedAs: "the pager")
        let writer = FileDescriptor(owning: ends[1], reportedAs: "the pager")
        var launch = ProgramLaunch(words)
        launch.added = variable.map { [$0] } ?? []
        launch.descriptors = [(reader.number, 0)]
        launch.closed = [writer.number] + (reader.number == 0 ? [] : [reader.number])
        let process = try? launch.start()
        // Else the pipe would stay open once the pager has ended.
        _ = consume reader
        guard let process else { return false }
        // Fails if the person quits the pager before it has read everything.
        try? writer.write(text.utf8)
        _ = consume writer
        let status = ProgramLaunch.wait(for: process)
        return status == 0 || status & 0x7F == SIGINT
    }
}
