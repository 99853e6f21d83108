import CSystem

/// The arguments of this process, the program's name first.
package enum ProcessArguments {
    /// The arguments as C strings, which need not be UTF-8.
    package static var words: [UnsafePointer<CChar>] {
        guard let known = csystem_arguments() else {
            return (0..<Int(CommandLine.argc)).compactMap { CommandLine.unsafeArgv[$0] }.map { UnsafePointer($0) }
        }
        var words: [UnsafePointer<CChar>] = []
        while let word = known[words.count] { words.append(UnsafePointer(word)) }
        return words
    }
}
