import ParallelHTTP
import ParallelMCP
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// What this machine shows, without a request.
extension DoctorCommand {
    func settings(_ source: SettingSource, _ profile: String?) -> [Finding] {
        let file: Configuration
        do {
            file = try source.configuration.get()
        } catch {
            return [Finding("settings", error, context)]
        }
        var findings = file.names(for: profile).filter { Setting.named($0.name) == nil }.map {
            Finding(
                "settings", is: .warning, "\($0.origin.name): there is no setting '\($0.name)'",
                fix: "take it out: \(context.command(["config", "unset"], operands: [$0.name]))")
        }
        for setting in Setting.all {
            do {
                guard let value = try setting.value(source, profile: profile) else { continue }
                do throws(UsageError) {
                    try setting.check(value.text, from: value.origin, in: options.tree())
                } catch {
                    var unset = "unset it: \(context.command(["config", "unset", setting.name]))"
                    if case .variable(let name) = value.origin { unset = "unset it: unset \(name)" }
                    findings.append(
                        Finding(
                            "settings", is: .problem, "\(value.origin.name): \(error.message)",
                            fix: error.hint?.description ?? unset))
                }
            } catch {
                findings.append(Finding("settings", error, context))
            }
        }
        return findings.isEmpty ? [Finding("settings", "no mistakes")] : findings
    }

    func folders() -> [Finding] {
        let paths = XDGPaths(environment: context.environment)
        var findings: [Finding] = []
        for (name, path) in [("settings", paths.configuration), ("caches", paths.cache), ("state", paths.state)] {
            guard let path else {
                findings.append(
                    Finding(
                        "folders", is: .warning, "there is none for \(name), as HOME is not set to a folder",
                        fix: "set HOME; without it nothing is remembered"))
                continue
            }
            // What is not there yet is made in the nearest folder that is.
            var folder = path
            while !UserFile.exists(folder), folder != "/" { folder = Directory.containing(folder) }
            if !Directory.isWritable(folder) {
                findings.append(
                    Finding(
                        "folders", is: .warning, "\(path) for \(name) can't be written to",
                        fix: "mend the rights of \(folder)"))
            }
        }
        for path in [paths.state.map { "\($0)/log.jsonl" }, paths.configuration.map { "\($0)/mcp.json" }] {
            guard let path, UserFile.exists(path) else { continue }
            do throws(FileError) {
                try UserFile.checkPrivate(path)
            } catch {
                // A link may be wanted; a mode that lets others read is not.
                if error.remedy != nil { findings.append(Finding("folders", is: .warning, error, context)) }
            }
        }
        return findings.isEmpty ? [Finding("folders", "can be written to")] : findings
    }

    /// The proxy and the certificates that requests to the API use.
    func network() -> [Finding] {
        let proxies = ProxySettings(environment: context.environment)
        var findings: [Finding] = []
        do {
            let proxy = try (try? context.apiAddress.get()).flatMap { try proxies.proxy(for: $0.url) }
            findings.append(Finding("proxy", proxy.map { "requests go through \($0.place)" } ?? "none for the API"))
        } catch {
            findings.append(Finding("proxy", error, context))
        }
        if !proxies.unreadableExceptions.isEmpty {
            findings.append(
                Finding(
                    "proxy", is: .warning, "NO_PROXY has entries that are not understood, and ignored",
                    fix: "an entry is a host or domain, an address, a network such as 10.0.0.0/8, or *"))
        }
        for variable in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
            guard let path = context.environment[variable], !path.isEmpty else { continue }
            let isFolder = variable.ends(with: "DIR")
            do throws(FileError) {
                if !isFolder {
                    let text = String(decoding: try UserFile.readRegular(path), as: UTF8.self)
                    if !text.lines.contains(where: { $0.begins(with: "-----BEGIN ") }) {
                        throw FileError(path: path, reason: "it holds no certificate (PEM)")
                    }
                } else if Directory.names(in: path).isEmpty {
                    throw FileError(path: path, reason: "it is no folder with certificates that can be read")
                }
                findings.append(Finding("certificates", "\(variable) is \(path)"))
            } catch {
                findings.append(
                    Finding(
                        "certificates", is: .problem, "\(variable): \(error.path): \(error.reason)",
                        fix: "mend it, or unset \(variable)"))
            }
        }
        if !findings.contains(where: { $0.check == "certificates" }), SystemCertificates.find() == .nowhere {
            findings.append(
                Finding(
                    "certificates", is: .warning, "this machine has none in the usual places",
                    fix: "install the package ca-certificates, or set SSL_CERT_FILE"))
        }
        return findings
    }

    func registry() -> [Finding] {
        let registry = ServerRegistry(context)
        let (entries, errors) = registry.listedEntries()
        var findings = RegistryScope.allCases.compactMap { scope in
            errors[scope].map { Finding("MCP servers", is: scope == .user ? .problem : .warning, $0, context) }
        }
        for entry in entries where !entry.isShadowed && !entry.isDisabled && entry.origin != .builtIn {
            // A program of this machine is none for tasks, and no mistake.
            let problem = registry.problem(with: entry).flatMap { $0 == .stdio ? nil : $0 }
            if let problem {
                let error = RegistryError.unusable(name: entry.name, entry.origin, problem)
                findings.append(Finding("MCP servers", is: .warning, error, context))
                continue
            }
            let missing = ((try? entry.definition())?.variables ?? [])
                .filter { $0.fallback == nil && context.environment[$0.name]?.isEmpty != false }.map(\.name)
            if !missing.isEmpty {
                let names = missing.joined(separator: ", ")
                findings.append(
                    Finding(
                        "MCP servers", is: .warning, "'\(entry.name)' needs \(names), not set here",
                        fix: "export \(names) where it is used"))
            }
        }
        return findings.isEmpty ? [Finding("MCP servers", counted(entries.count, "server"))] : findings
    }

    func terminal() -> Finding {
        let terminal = context.terminal
        guard terminal.stdoutIsTerminal || terminal.stderrIsTerminal else { return Finding("terminal", "none") }
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { context.environment[$0] }.first { !$0.isEmpty }
        let color = terminal.usesColor(on: .stdout, choice: .auto) ? "colour" : "no colour"
        let text =
            "\(terminal.term ?? "no TERM"), \(terminal.columns) columns, \(terminal.rows) rows, \(color), locale "
            + (locale ?? "none")
        let isUTF8 = ["utf-8", "utf8"].contains { (locale ?? "").asciiLowercased.ends(with: $0) }
        return isUTF8
            ? Finding("terminal", text)
            : Finding("terminal", is: .warning, text, fix: "for letters beyond ASCII: export LC_ALL=C.UTF-8")
    }

    /// Whether the name of this program means it, and not GNU parallel or that of moreutils.
    func program() -> Finding {
        let name = context.programName
        guard let first = ProgramPath.find(name, in: context.environment["PATH"]) else {
            return Finding(
                "PATH", is: .warning, "no '\(name)' is in PATH",
                fix: context.programPath.map { "add \(Directory.containing($0)) to PATH" })
        }
        guard let own = context.programPath, !UserFile.isSame(first, own) else {
            return Finding("PATH", "'\(name)' is \(first)")
        }
        return Finding(
            "PATH", is: .warning, "'\(name)' means another program, \(first)",
            fix: "put \(Directory.containing(own)) before it in PATH, or install this one as parallel-web")
    }

    func completions() -> Finding {
        let install = context.command(["completion", "install"])
        guard let shell = CompletionFile.shellInUse(context) else {
            return Finding("completions", "the shell in use is none of bash, zsh and fish")
        }
        let name = context.programName
        let folders = [
            "bash-completion/completions/", "zsh/vendor-completions/_", "zsh/site-functions/_",
            "fish/vendor_completions.d/",
        ]
        let ofPackage = folders.filter { $0.begins(with: shell.rawValue) }
            .map { "/usr/share/\($0)\(name)" + (shell == .fish ? ".fish" : "") }.first(where: UserFile.exists)
        guard let file = CompletionFile(shell, program: name, context), UserFile.exists(file.path) else {
            return Finding(
                "completions", ofPackage ?? "not installed for \(shell.rawValue)",
                fix: ofPackage == nil ? "to complete commands with the tab key: \(install)" : nil)
        }
        let script = Completions(program: name, tree: options.tree()).script(for: shell)
        guard case .own(let text)? = try? file.state(), !text.isExactly(script) else {
            return Finding("completions", file.path)
        }
        return Finding("completions", is: .warning, "\(file.path) is of another version", fix: "renew it: \(install)")
    }
}
