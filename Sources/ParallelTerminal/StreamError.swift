/// Why a standard stream could not be read or written.
package enum StreamError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reader of stdout is gone (EPIPE): the program ends with 0 and without a message.
    case closedPipe
    /// stdout could not be written, with the system's reason: a full disk, a closed descriptor.
    case failed(String)
    /// stdin could not be read, with the system's reason.
    case unreadable(String)
    /// stdin is closed, or not open for reading.
    case inputClosed
    /// The wait for stdin or stdout was ended by a signal.
    case interrupted
    /// stdin held more than `limit` bytes.
    case tooLong(limit: Int)
    /// Another reader has already read stdin.
    case alreadyRead
    /// stdin is where the lines of a shell are typed.
    case typed

    package var description: String {
        switch self {
        case .closedPipe: "standard output: closed"
        case .failed(let reason): "standard output: \(reason)"
        case .interrupted: "interrupted"
        case .unreadable(let reason): "standard input: \(reason)"
        case .inputClosed: "standard input is closed; give it something to read, as with: < FILE"
        case .tooLong(let limit): "standard input: more than \(limit) bytes"
        case .typed: "standard input is where the lines of this shell are typed; give a file, as with @FILE"
        case .alreadyRead: "standard input can be read only once; - may stand for one thing of a command"
        }
    }
}
