import ParallelSettings
import ParallelSystem

extension SettingsError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        switch self {
        case .address(.configuration(let path, let profile), let reason):
            Self.setting(Setting.address, .configuration(path, profile: profile), reason, nil, context)
        case .address(let origin, let reason):
            ErrorReport(.usage, "\(origin.name): \(reason)")
        case .setting(let name, let origin, let reason, let hint): Self.setting(name, origin, reason, hint, context)
        case .configuration(let error):
            ErrorReport(
                error.number == nil ? .usage : .unexpected, "\(error.path): \(error.reason)",
                hints: error.path.isExactly(Configuration.systemPath)
                    ? ["its rules hold for all users of this machine"]
                    : [
                        error.remedy?.hint,
                        "mend it, or go without settings: \(command: "\(Configuration.variable)=/dev/null")",
                    ])
        case .key(let origin, let reason, let remedy):
            ErrorReport(
                .notAuthenticated, "the API key in \(origin.name) can't be used: \(reason)", hints: [remedy?.hint])
        case .moreThanKey:
            ErrorReport(
                .usage, "standard input holds more than a key",
                hints: ["where - is the file of a key, nothing else is read from it"])
        }
    }

    private static func setting(
        _ name: String, _ origin: SettingOrigin, _ reason: String, _ hint: Hint?, _ context: Context
    ) -> ErrorReport {
        guard case .configuration(_, let profile) = origin else {
            return ErrorReport(.usage, "\(origin.name): \(reason)", hints: [hint])
        }
        let flags = profile.map { FlagSpec.words("profile", $0) } ?? []
        let unset = context.command(["config", "unset", name], flags: flags)
        return ErrorReport(
            .usage, "\(origin.name): \(name): \(reason)",
            hints: [hint, "set another with 'config set', or none: \(command: unset)"])
    }
}
