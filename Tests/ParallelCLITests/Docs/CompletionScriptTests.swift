import ParallelOutput
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelCLI

/// The scripts in the shells they are for.
@Suite(.timeLimit(.minutes(10))) struct CompletionScriptTests {
    /// A line with the cursor at its end, and what is offered there.
    struct Case: Sendable {
        let line: String
        let offers: Set<String>

        init(_ line: String, _ offers: [String]) {
            self.line = line
            self.offers = Set(offers)
        }
    }

    private static let firstWords = CommandTree.program.words(after: []).map(\.word)

    /// The same for every shell.
    static let cases: [Case] =
        [
            Case("parallel ", firstWords),
            Case("parallel task ", CommandTree.program.words(after: ["task"]).map(\.word)),
            Case("parallel task r", ["run", "result"]),
            Case("parallel tsak r", []),
            // Flags.
            Case("parallel --qui", ["--quiet"]),
            Case("parallel task --qui", ["--quiet"]),
            Case("parallel task run --proc", ["--processor"]),
            Case("parallel task result --proc", []),
            Case("parallel task run --ver", ["--verbose", "--version"]),
            Case("parallel task run 'a question' --bas", ["--basis"]),
            Case("parallel task run -q --bas", ["--basis"]),
            Case("parallel task run -- --bas", []),
            Case("parallel mcp call crm x --no-c", ["--no-check"]),
            Case("parallel mcp add --no-v", ["--no-verify"]),
            Case("parallel task run --no-e", ["--no-events"]),
            // Flags in front of the command, and their values.
            Case("parallel --quiet task res", ["result"]),
            Case("parallel --format json task res", ["result"]),
            Case("parallel --format=json task res", ["result"]),
            Case("parallel -o task task res", ["result"]),
            Case("parallel task --format json res", ["result"]),
            // Values.
            Case("parallel --format js", ["json", "jsonl"]),
            Case("parallel task run --format js", ["json", "jsonl"]),
            Case("parallel task run --format=js", ["json", "jsonl"]),
            Case("parallel task run --format=", OutputFormat.allCases.map(\.rawValue)),
            Case("parallel task run -p pro", ["pro", "pro-fast"]),
            Case("parallel task run -p pro --format=cs", ["csv"]),
            Case("parallel task run --timeout ", []),
            Case("parallel task run --timeout 5 --bas", ["--basis"]),
            // Arguments.
            Case("parallel completion ", ["install", "uninstall", "bash", "zsh", "fish"]),
            Case("parallel completion --name x f", ["fish"]),
            Case("parallel completion install ", ["bash", "zsh", "fish"]),
            Case("parallel completion install zsh ", []),
            Case("parallel help ", firstWords + HelpTopic.all.map(\.name)),
            Case("parallel help exit", ["exit-codes"]),
            Case("parallel help task st", ["status"]),
            Case("parallel help task status ", []),
            Case("parallel help exit-codes ", []),
            Case("parallel config set pro", ["processor"]),
            Case("parallel config unset --profile work m", ["mode"]),
            Case("parallel config set processor ", ["lite", "pro"]),
            Case("parallel config set --profile work processor l", ["lite"]),
            Case("parallel config set nothing ", []),
            Case("parallel task run --profile ", ["work", "home"]),
            Case("parallel --profile=w", ["work"]),
            // Servers: asked of the program; names that a shell could misread are in its answer too.
            Case("parallel mcp get ", ["crm", "parallel-search"]),
            Case("parallel mcp get --json cr", ["crm"]),
            Case("parallel task run --mcp c", ["crm"]),
            Case("parallel task run --mcp=c", ["crm"]),
            // Recent ids, asked of the program in the same way.
            Case("parallel task status ", ["trun_2", "trun_1"]),
            Case("parallel task result trun_2 trun_1", ["trun_1"]),
            Case("parallel task run --continue-from trun_", ["trun_2", "trun_1"]),
            Case("parallel task run --continue-from=trun_2", ["trun_2"]),
            Case("parallel task status @", ["@last", "@2"]),
            Case("parallel task status @l", ["@last"]),
            Case("parallel task run --continue-from @", ["@last", "@2"]),
            Case("parallel task run --continue-from=@2", ["@2"]),
            Case("parallel batch status @", []),
            Case("parallel monitor get ", ["monitor_1"]),
            Case("parallel batch status tgrp_", ["tgrp_1"]),
            Case("parallel batch status notes", ["notes.txt"]),
            // Files.
            Case("parallel task run -o notes", ["notes.txt"]),
            Case("parallel task run --output notes", ["notes.txt"]),
            Case("parallel --output=notes", ["notes.txt"]),
            Case("parallel task run @notes", ["@notes.txt"]),
            Case("parallel task run notes", []),
            Case("parallel task run --output-schema @notes", ["@notes.txt"]),
            Case("parallel task run --output-schema=@notes", ["@notes.txt"]),
        ] + knownValues

    /// The values of every flag that has known ones; of those that commands share, with the first that has them.
    private static let knownValues: [Case] = {
        var seen: Set<String> = []
        return CommandTree.program.commands.flatMap { command in
            command.flags.flatMap { flag -> [Case] in
                guard case .words(let words)? = flag.value?.completion else { return [] }
                return flag.spellings.filter { seen.insert("\($0) \(words)").inserted }
                    .map { Case("parallel \(command.name) \($0) ", words) }
            }
        }
    }()

    /// A folder with the script, a file, and a program that knows servers.
    private func folder(_ shell: Completions.Shell) throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        try folder.write(Completions(program: "parallel", tree: .program).script(for: shell), to: "script")
        try folder.write("", to: "notes.txt")
        try folder.write(
            """
            #!/bin/sh
            [ "$1 $2" = "completion values" ] && [ $# = 3 ] || exit 1
            case $3 in
            servers=*)
                printf 'crm\\t\\nparallel-search\\t\\n$(touch${IFS}pwned)\\t\\n;pwned\\t\\n'
                printf '$(touch pwned)\\thttps://x.example\\n`touch pwned`\\t\\n*\\t\\n[a-z]*\\t\\n~\\t\\n$HOME\\t\\ntwo words\\tx\\n'
                printf 'crm\\314\\201\\t\\n`\\314\\201touch pwned`\\t\\n"\\314\\201;touch pwned;"\\t\\n{crm,x}\\t\\n'
                ;;
            run=@*) printf '@last\\t$(touch pwned): who?\\n@2\\t`touch pwned`\\n@$(touch${IFS}pwned)\\tx\\n' ;;
            run=*) printf 'trun_2\\t$(touch pwned): who?\\ntrun_1\\t`touch pwned`\\n$(touch${IFS}pwned)_\\tx\\ntrun_;pwned\\tx\\n' ;;
            group=*) printf 'tgrp_1\\t"x;y"\\n' ;;
            monitor=*) printf 'monitor_1\\t\\n' ;;
            profiles=*) printf 'work\\t\\nhome\\t\\n' ;;
            settings=processor) printf 'lite\\t\\npro\\t\\n' ;;
            *) exit 1 ;;
            esac
            """, to: "parallel", mode: 0o700)
        return folder
    }

    /// Runs a driver that reads lines from `cases` and writes `> LINE` and the offers below.
    private func check(
        _ cases: [Case], _ shell: Completions.Shell, arguments: [String], driver: String, inner: String = ""
    ) async throws {
        let folder = try folder(shell)
        try folder.write(inner, to: "inner")
        try folder.write(driver, to: "driver")
        try folder.write(cases.map { "\($0.line)\n" }.joined(), to: "cases")
        let result = try await ChildProcess.run(
            try #require(Shells.path(shell.rawValue)), arguments + [folder.file("driver")],
            environment: ["PATH": "\(folder.path):\(Shells.searchPath)", "HOME": folder.path, "TERM": "xterm"],
            directory: folder.path)
        #expect(result.exit == .code(0), "\(result)")
        #expect(result.error == "", "\(result)")
        Self.compare(result.output, cases, shell)
        #expect(!UserFile.exists(folder.file("pwned")))
    }

    /// Compares what a driver wrote: `> LINE`, and below it the offers.
    private static func compare(_ output: String, _ cases: [Case], _ shell: Completions.Shell) {
        var offers: [String: Set<String>] = [:]
        var current = ""
        for line in output.split(separator: "\n") {
            if line.hasPrefix("> ") {
                current = String(line.dropFirst(2))
                offers[current] = []
            } else {
                // What stands in front of a value is given back by some shells.
                let word = line.split(separator: "\t").first.map(String.init) ?? ""
                offers[current]?.insert(word.hasPrefix("--") && !word.hasSuffix("=") ? value(of: word) : word)
            }
        }
        for example in cases {
            var offered = offers[example.line]
            // Where it knows nothing else, zsh offers flags.
            if shell == .zsh, example.offers.isEmpty, example.line.hasSuffix(" ") {
                offered = offered?.filter { !$0.hasPrefix("-") }
            }
            #expect(offered == example.offers, "\(example.line)")
        }
    }

    private static func value(of word: String) -> String {
        word.firstIndex(of: "=").map { String(word[word.index(after: $0)...]) } ?? word
    }

    /// What people have in their startup files.
    @Test(
        .enabled(if: Shells.path("bash") != nil, "bash is not installed"),
        arguments: [
            "", "IFS=$'\\n'; set -u; shopt -s failglob", "IFS=aeiou; shopt -s nullglob dotglob; shopt -u extglob",
            "IFS=; set -e; set -C", "unset IFS HOME; set -o posix; shopt -s extglob nocaseglob",
        ])
    func `bash completes`(settings: String) async throws {
        let folder = try folder(.bash)
        // The real line editor parts the line into words in ways of its own.
        let terminal = try await startBash(
            in: folder,
            """
            \(settings)
            source ./script
            capture() {
                _parallel "$@"
                printf '> %s\\n' "$COMP_LINE" >> offers
                ((${#COMPREPLY[@]})) && printf '%s\\n' "${COMPREPLY[@]}" >> offers
                COMPREPLY=()
            }
            complete -F capture parallel
            """)
        for example in Self.cases { terminal.send("\(example.line)\t\u{15}") }
        terminal.send("exit\r")
        #expect(try await terminal.wait() == .code(0), "\(terminal.output)")
        Self.compare(String(decoding: try UserFile.read(folder.file("offers")), as: UTF8.self), Self.cases, .bash)
        #expect(!UserFile.exists(folder.file("pwned")))
    }

    @Test(
        .enabled(if: Shells.path("bash") != nil, "bash is not installed"),
        arguments: [
            ("pll task res", "pll task result #"), ("pll --out", "pll --output #"),
            ("pll --output=no", "pll --output=notes.txt #"), ("pll -o no", "pll -o notes.txt #"),
            ("pll -o 'no", "pll -o 'notes.txt' #"), ("pll -o my", "pll -o my\\ paper.txt #"),
            ("pll -o dra", "pll -o drafts/#"),
            ("pll task run @no", "pll task run @notes.txt #"), ("pll task run @my", "pll task run @my\\ paper.txt #"),
            ("pll task run '@my", "pll task run '@my paper.txt' #"), ("pll task run @dra", "pll task run @drafts/#"),
            ("pll task run --output-schema=@dra", "pll task run --output-schema=@drafts/#"),
            ("pll --format=csv tas", "pll --format=csv task #"), ("echo; pll ta", "echo; pll task #"),
            ("pll -o do", "pll -o do\\$llar #"), ("pll -o st", "pll -o st\\*r #"), ("pll -o qu", "pll -o qu\\'ote #"),
            ("pll -o co", "pll -o co\\:lon #"), ("pll -o $'ti", "pll -o $'tick`' #"),
            ("pll task run @do", "pll task run @do\\$llar #"), ("pll task run @st", "pll task run @st\\*r #"),
            ("pll task run @co", "pll task run @co:lon #"), ("pll task run @qu", "pll task run @qu\\'ote #"),
        ])
    func `bash inserts what it completes, for a program of another name`(typed: String, line: String) async throws {
        let folder = try folder(.bash)
        try folder.write(Completions(program: "pll", tree: .program).script(for: .bash), to: "script")
        for name in ["my paper.txt", "do$llar", "st*r", "qu'ote", "co:lon", "tick`"] { try folder.write("", to: name) }
        let terminal = try await startBash(
            in: folder, "mkdir drafts; source ./script; IFS=$'\\n'; set -u; shopt -s failglob")
        terminal.send("\(typed)\t#")
        try await terminal.waitUntil(contains: line)
    }

    private func startBash(in folder: TemporaryDirectory, _ commands: String) async throws -> PseudoTerminal {
        try folder.write("\(commands)\nPS1='ready> '\n", to: "rc")
        let terminal = try PseudoTerminal(columns: 200)
        try terminal.start(
            try #require(Shells.path("bash")), ["--noprofile", "--rcfile", "rc", "-i"],
            environment: [
                "PATH": "\(folder.path):\(Shells.searchPath)", "HOME": folder.path, "TERM": "dumb", "HISTFILE": "",
            ], directory: folder.path)
        try await terminal.waitUntil(contains: "ready> ")
        return terminal
    }

    @Test(.enabled(if: Shells.path("fish") != nil, "fish is not installed"))
    func `fish completes`() async throws {
        try await check(
            Self.cases, .fish, arguments: ["--no-config"],
            driver: """
                source script
                while read -L line
                    echo "> $line"
                    complete -C"$line"
                end < cases
                """)
    }

    @Test(
        .enabled(if: Shells.path("zsh") != nil, "zsh is not installed"),
        arguments: [
            "", "setopt ksharrays shwordsplit nomatch nounset; IFS=$'\\n'",
            "setopt globsubst rcexpandparam nullglob noclobber extendedglob; IFS=aeiou",
        ])
    func `zsh completes`(settings: String) async throws {
        try await check(
            Self.cases, .zsh, arguments: ["-f"],
            driver: #"""
                # Completion needs the line editor, and that a terminal.
                zmodload zsh/zpty
                : > offers
                zpty inner zsh -f -i
                zpty -w inner source ./inner
                until [[ $answer == *ready* ]]; do zpty -r inner answer || exit 1; done
                while IFS= read -r line; do
                    zpty -n -w inner "$line"$'\t\x15'
                done < cases
                zpty -n -w inner $'exit\r'
                while zpty -r inner answer; do :; done
                cat offers
                """#,
            inner: #"""
                autoload -Uz compinit
                compinit -D -u
                \#(settings)
                source ./script
                PROMPT=
                unsetopt beep prompt_sp
                bindkey '^I' complete-word
                bindkey '^U' kill-whole-line
                # Only when the line editor runs do keys mean what they mean to it.
                zle-line-init() { print ready }
                zle -N zle-line-init
                record() {
                    print -r -- "> $BUFFER" >> offers
                    compprefuncs=(record)
                }
                compprefuncs=(record)
                # Writes matches down instead of offering them; calls that only fill arrays go on as they are.
                compadd() {
                    local -a hits
                    if [[ ${@[1,(i)(-|--)]} == *-[OAD]\ * ]]; then
                        builtin compadd "$@"
                        return
                    fi
                    builtin compadd -O hits "$@"
                    (( $#hits )) && print -rl -- $IPREFIX${^hits} >> offers
                }
                """#)
    }
}
