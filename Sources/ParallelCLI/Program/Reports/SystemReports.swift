import ParallelJSON
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

extension ReductionFailure: ReportedError {
    /// Names what there is instead. The names come from the network.
    func report(_ context: Context) -> ErrorReport {
        let flag = pointer.map { "--select \($0)" } ?? "--pick \(step)"
        let place = self.place.isEmpty ? "the answer" : self.place
        let names = value.object?.keys ?? []
        let near = Suggestions.nearest(to: step, among: names)
        let hint: Hint? =
            if let near {
                pointer == nil
                    ? "did you mean '\(near)'?" : "did you mean \(self.place)/\(JSONPointer.escaped(near))?"
            } else {
                names.isEmpty ? nil : "it has: \(names.prefix(20).joined(separator: ", "))"
            }
        let what =
            switch value {
            case .object: "has no member '\(step)'"
            case .array(let elements): "is a list of \(elements.count), and has no '\(step)'"
            default: "is of type \(value.schemaType), and has no members"
            }
        return ErrorReport(.unexpected, "\(flag): \(place) \(what)", hints: [hint])
    }
}

extension StreamError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        switch self {
        case .interrupted: ErrorReport(Interrupted.code(of: context), "interrupted")
        case .closedPipe: ErrorReport(.success, "")
        case .tooLong, .alreadyRead, .typed, .inputClosed: ErrorReport(.usage, description)
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
