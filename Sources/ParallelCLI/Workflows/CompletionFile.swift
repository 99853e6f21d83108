import ParallelSystem

/// The completion script of a shell, as a file in the folder from which the shell loads such files by itself.
struct CompletionFile {
    let shell: Completions.Shell
    let path: String
    private let program: String
    /// Whether the shell is known to look into that folder.
    private let isLoaded: Bool

    /// Returns nil if the environment names no folder.
    init?(_ shell: Completions.Shell, program: String, _ context: Context) {
        let environment = context.environment
        // A home that is not there, as those of many services, is not made.
        let home = environment["HOME"].flatMap { $0.begins(with: "/") && UserFile.exists($0) ? $0 : nil }
        func base(_ variable: String, _ folder: String) -> String? {
            if let given = environment[variable], given.begins(with: "/") { return given }
            return home.map { "\($0)/\(folder)" }
        }
        let folder: String?
        var isLoaded = true
        switch shell {
        case .bash:
            let own = environment["BASH_COMPLETION_USER_DIR"]?.parts(between: ":").first.map(String.init)
            let usual = base("XDG_DATA_HOME", ".local/share").map { "\($0)/bash-completion" }
            folder = (own.flatMap { $0.begins(with: "/") ? $0 : nil } ?? usual).map { "\($0)/completions" }
        case .fish:
            folder = base("XDG_CONFIG_HOME", ".config").map { "\($0)/fish/completions" }
        case .zsh:
            // Few people export it; then nobody but zsh knows the folders.
            let own = environment["FPATH"]?.parts(between: ":").first { place in
                home.map { place.begins(with: $0 + "/") } ?? false
            }
            isLoaded = own != nil
            folder = own.map(String.init) ?? base("XDG_DATA_HOME", ".local/share").map { "\($0)/zsh/site-functions" }
        }
        guard let folder else { return nil }
        let name = shell == .zsh ? "_\(program)" : shell == .fish ? "\(program).fish" : program
        (self.shell, path, self.program, self.isLoaded) = (shell, "\(folder)/\(name)", program, isLoaded)
    }

    /// The shell that called the program, else the one that people log in with; nil if both are none of those known.
    static func shellInUse(_ context: Context) -> Completions.Shell? {
        let login = context.environment["SHELL"]?.parts(between: "/").last.map(String.init)
        return [context.parentName(), login].lazy.compactMap { $0.flatMap(Completions.Shell.init) }.first
    }

    enum State: Equatable {
        case missing
        /// Written by this program, which changes or removes nothing else.
        case own(text: String)
        case foreign(why: String)
    }

    func state() throws(FileError) -> State {
        guard UserFile.exists(path) else { return .missing }
        if UserFile.isLink(path) { return .foreign(why: "is a link") }
        if !UserFile.isRegular(path) { return .foreign(why: "is no file") }
        let text = String(decoding: try UserFile.readRegular(path, upTo: 1 << 22), as: UTF8.self)
        let isOwn = text.lines.prefix(3).contains { $0.ends(with: Completions.header(of: program)) }
        return isOwn ? .own(text: text) : .foreign(why: "was not written by '\(program) completion'")
    }

    func write(_ script: String) throws(FileError) {
        try Directory.create(Directory.containing(path), mode: 0o755)
        var file = try AtomicFile(path: path, mode: 0o644, keepsMode: false)
        try file.write(Array(script.utf8))
        try file.commit(replacing: true)
    }

    /// What a person still has to do.
    var nextStep: Hint {
        switch shell {
        case .bash:
            "new shells complete with it where the package bash-completion is; without it, ~/.bashrc needs: \(command: "source \(ShellQuoting.quoted(path))")"
        case .fish: "fish completes with it at once"
        case .zsh where isLoaded: "new shells complete with it"
        case .zsh:
            "~/.zshrc needs, before compinit: \(command: "fpath=(\(ShellQuoting.quoted(Directory.containing(path))) $fpath)")"
        }
    }
}
