import ParallelSettings
import ParallelSystem
import ParallelTerminal

extension CallRules {
    /// Takes what a place says of a rule. Returns false if the setting is none. Throws for a value that it can't have.
    mutating func take(_ name: String, _ value: ConfiguredValue) throws(InvalidValue) -> Bool {
        switch name {
        case Setting.hosts:
            guard let list = AllowedHosts(value.text, from: value.origin) else {
                throw InvalidValue(
                    "'\(value.text)' is no list of hosts",
                    hint: "write it like api.parallel.ai,*.example.com, without ports and paths")
            }
            hosts.append(list)
        case Setting.auditLog:
            guard value.text.begins(with: "/") else { throw InvalidValue("'\(value.text)' is no absolute path") }
            add(auditLog: value.text)
        case Setting.readOnly, Setting.zeroRetention:
            // A variable that is set switches on, whatever it says.
            var isOn = value.text.isExactly("true")
            if case .variable = value.origin { isOn = true }
            guard isOn || value.text.isExactly("false") else {
                throw InvalidValue("'\(value.text)' is neither true nor false")
            }
            if !isOn { return true }
            if name == Setting.readOnly { readOnly = readOnly ?? value.origin }
            if name == Setting.zeroRetention { zeroRetention = zeroRetention ?? value.origin }
        default: return false
        }
        return true
    }

    mutating func add(auditLog path: String) {
        if !auditLogs.contains(where: path.isExactly) { auditLogs.append(path) }
    }

    /// The commands that do nothing but what costs or changes something. They end before anything is read, asked or
    /// sent; what else costs or changes something is refused where it would be sent.
    static let changing: Set<String> = [
        "task run", "batch run", "batch decide", "batch suggest", "group create", "group add", "search", "extract",
        "images", "places", "decide", "memory search", "memory evict", "memory clear", "findall run", "findall enrich",
        "findall extend", "findall cancel", "findall refresh", "findall ingest", "findall entities", "monitor create",
        "monitor update", "monitor trigger", "monitor cancel", "chat", "ask", "respond", "login", "logout",
        "key create", "key delete", "mcp call", "mcp login", "mcp logout",
    ]
}

extension SettingSource {
    /// Returns the rules for a call: what variables, the profile and the settings for all say together.
    func rules(profile: String?) throws(SettingsError) -> CallRules {
        var rules = CallRules()
        let system = try system.get()
        for setting in Setting.all where setting.isRule {
            let all =
                try setting.values(self, profile: Self.chosenProfile(profile, environment))
                + system.values(of: setting.name, for: nil)
            for value in all {
                do throws(InvalidValue) {
                    _ = try rules.take(setting.name, value)
                } catch {
                    throw .setting(setting.name, value.origin, reason: error.reason, hint: error.hint)
                }
            }
        }
        return rules
    }
}

extension Context {
    /// Puts the rules between a command and the network. Throws `RuleError` if it would only be refused later.
    ///
    /// - Parameter sends: whether the command may send something.
    mutating func obey(_ rules: CallRules, in command: String, sends: Bool) throws(RuleError) {
        let given = self.rules.auditLogs
        self.rules = rules
        for path in given { self.rules.add(auditLog: path) }
        // A command that runs others has put its rules there already.
        transport = unruledTransport ?? transport
        unruledTransport = nil
        if !self.rules.isEmpty {
            unruledTransport = transport
            transport = RuledTransport(wrapped: transport, rules: self.rules, command: command, context: self)
        }
        guard sends else { return }
        if let origin = rules.readOnly, CallRules.changing.contains(command) { throw .readOnly(origin) }
        try self.rules.openLogs()
    }

    /// Does the work of a command. Where a refused request is why it fails, the error says so.
    func obeying(_ command: String, _ work: () async throws -> ExitCode) async throws -> ExitCode {
        var (code, failure) = (ExitCode.success, (any Error)?.none)
        do {
            code = try await work()
        } catch {
            (code, failure) = (ErrorReport(error, self).code, error)
        }
        let ends: [ExitCode] = [.stillRunning, .interrupted, .terminated, .hungUp]
        if rules.zeroRetention != nil, ends.contains(code), CallRules.changing.contains(command) {
            streams.note(
                "zero retention: there is no log of this here, and an account without retention keeps no results; "
                    + "get them now by what is said here")
        }
        let isFailure = [.unexpected, .notAuthenticated, .refused, .unreachable, .partial].contains(code)
        if isFailure, let refusal = rules.refusal.withLock({ $0 }) {
            throw ErrorReport.adding(failure.map { ErrorReport($0, self).hints } ?? [], to: refusal, self)
        }
        if let failure { throw failure }
        // The answer counts, but whoever audits must not read that all is well.
        if code == .success, case .auditLog? = rules.refusal.withLock({ $0 }) { return .unexpected }
        return code
    }
}
