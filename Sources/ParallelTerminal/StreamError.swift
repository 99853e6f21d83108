/// Why a standard stream could not be read or written.
package enum StreamError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reader of stdout went away (EPIPE): the program ends with 0 and says nothing.
    case closedPipe
    /// stdout could not be written, with the system's reason: a full disk, a closed descriptor.
    case failed(String)
    /// stdin could not be read, with the system's reason.
    case unreadable(String)
    /// The wait for stdin or stdout was ended by a signal.
    case interrupted
    /// stdin held more than `limit` bytes where that many were the most.
    case tooLong(limit: Int)
    /// stdin was read by somebody else before, who had all of it.
    case alreadyRead

    package var description: String {
        switch self {
        case .closedPipe: "standard output: closed"
        case .failed(let reason): "standard output: \(reason)"
        case .interrupted: "interrupted"
        case .unreadable(let reason): "standard input: \(reason)"
        case .tooLong(let limit): "standard input: more than \(limit) bytes"
        case .alreadyRead: "standard input can be read only once; - may stand for one thing of a command"
        }
    }
}
