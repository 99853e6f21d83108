import CSystem

/// The words that this process was started with, the name of the program first.
package enum ProcessArguments {
    /// As the system has them, which need not be UTF-8.
    package static var words: [UnsafePointer<CChar>] {
        guard let known = csystem_arguments() else {
            return (0..<Int(CommandLine.argc)).compactMap { CommandLine.unsafeArgv[$0] }.map { UnsafePointer($0) }
        }
        var words: [UnsafePointer<CChar>] = []
        while let word = known[words.count] { words.append(UnsafePointer(word)) }
        return words
    }
}
