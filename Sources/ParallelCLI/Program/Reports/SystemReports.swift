import ParallelOutput
import ParallelSystem
import ParallelTerminal

extension FileError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        ErrorReport(isMissing ? .usage : .unexpected, "\(path): \(reason)", hints: [remedy?.hint])
    }
}

extension FileError.Remedy {
    /// The advice, with a command to type.
    var hint: Hint {
        switch self {
        case .makePrivate(let path?): return "run: \(command: "chmod 600 \(ShellQuoting.operand(path))")"
        case .makeFolderPrivate(let path): return "run: \(command: "chmod 700 \(ShellQuoting.operand(path))")"
        case .makePrivate(nil): return "make the file behind it readable to you alone, as with: chmod 600 FILE"
        case .copy(let path?):
            let input = "--api-key-file - < \(ShellQuoting.quoted(path))"
            return
                "copy it to a file that only you can read, or, if nothing else comes there, give it on standard input: \(command: input)"
        case .copy(nil): return "copy it to one that only you can read, as with: chmod 600 FILE"
        }
    }
}

extension HelperCommand.Failure: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        guard context.interruption() == nil else { return ErrorReport(Interrupted.code(of: context), "interrupted") }
        return ErrorReport(.notAuthenticated, "'\(program)' gave no secret, or kept none: \(reason)")
    }
}

extension InputSource.NotText: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        // The mark at the beginning of UTF-16 is no UTF-8.
        let hint: Hint = "if it is UTF-16, turn it into UTF-8: iconv -f UTF-16 -t UTF-8 FILE > FILE.utf8"
        return ErrorReport(
            .usage, "\(source) is not valid UTF-8 (byte \(offset + 1))", hints: offset == 0 ? [hint] : [])
    }
}

extension OutputFailure: ReportedError {
    func report(_ context: Context) -> ErrorReport { ErrorReport(.unexpected, message) }
}

extension StreamError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        switch self {
        case .interrupted: ErrorReport(Interrupted.code(of: context), "interrupted")
        case .closedPipe: ErrorReport(.success, "")
        case .tooLong, .alreadyRead, .inputClosed: ErrorReport(.usage, description)
        case .failed, .unreadable: ErrorReport(.unexpected, description)
        }
    }
}

extension LineEditor.Failure: ReportedError {
    func report(_ context: Context) -> ErrorReport { ErrorReport(.unexpected, "\(self)") }
}

extension CancellationError: ReportedError {
    func report(_ context: Context) -> ErrorReport { ErrorReport(Interrupted.code(of: context), "interrupted") }
}
