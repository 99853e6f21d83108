import ParallelAPI
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

extension Context {
    /// Returns the log in which the calls of a command are put down.
    ///
    /// - Parameters:
    ///   - isOff: whether the command line turns it off.
    ///   - profile: the profile of the command line; nil for that of the variable, or none.
    func activityLog(
        of command: String, isOff: Bool, profile: String?, _ budget: Budget?, _ output: Output
    ) -> ActivityLog {
        let chosen = SettingSource.chosenProfile(profile, environment)
        var log = ActivityLog(
            environment: environment, address: (try? apiAddress.get())?.text ?? APIAddress.preset, isOff: isOff,
            command: command, profile: chosen, budget: budget, secrets: streams.secrets, now: now, offset: localOffset)
        log.paid = transcript?.paid
        // Not through `output`, whose unfinished file a client that lives on would keep.
        let (streams, isTold) = (streams, Lock(output.options.isQuiet))
        log.failed = { error in
            let wasTold = isTold.withLock { isTold in
                defer { isTold = true }
                return isTold
            }
            if wasTold { return }
            let text = "warning: this is not in the log of this machine: \(error.path): \(error.reason)"
            streams.note(ControlCharacters.neutralised(streams.secrets.masked(text)))
        }
        if !output.options.isQuiet {
            log.hasSetAside = { path in
                streams.note("warning: a part of the log of this machine can't be read; it is in \(path) now")
            }
        }
        return log
    }
}
