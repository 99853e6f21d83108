import ParallelTerminal
import Testing

@testable import ParallelCLI

@Suite(.timeLimit(.minutes(10))) struct CompletionTests {
    @Test(arguments: [
        (Completions.Shell.bash, "parallel.bash"), (.zsh, "_parallel"), (.fish, "parallel.fish"),
    ])
    func `the script is what was checked in`(shell: Completions.Shell, file: String) throws {
        #expect(
            Completions(program: "parallel", tree: .program).script(for: shell)
                == (try GeneratedFile.text("completions/\(file)")))
    }

    @Test(arguments: Completions.Shell.allCases)
    func `the script knows every command and flag, under the name asked for`(shell: Completions.Shell) async {
        let context = Context.documentation()
        #expect(await Run.run(["completion", shell.rawValue, "--name", "pll"], context) == .success)
        let script = context.streams.capturedOutput
        for word in CommandTree.program.commands.flatMap(\.path) { #expect(script.contains(word)) }
        for flag in CommandTree.program.commands.flatMap(\.flags) { #expect(script.contains(flag.name)) }
        #expect(!script.contains("_parallel"))
        #expect(script == Completions(program: "pll", tree: .program).script(for: shell))
    }

    @Test(arguments: Completions.Shell.allCases)
    func `without --name the program's own name is completed`(shell: Completions.Shell) async {
        let context = Context.documentation(program: "my-tool.2")
        #expect(await Run.run(["completion", shell.rawValue], context) == .success)
        #expect(context.streams.capturedOutput == Completions(program: "my-tool.2", tree: .program).script(for: shell))
    }

    @Test(arguments: ["", "-x", "a b", "a;b", "$(id)", "a/b", "é", "a'b", "a\nb", "*"])
    func `a name that a shell could misread is refused`(name: String) async {
        #expect(await Run.run(["completion", "bash", "--name=\(name)"], .documentation()) == .usage)
        #expect(await Run.run(["completion", "bash"], .documentation(program: name)) == .usage)
    }

    @Test func `an unknown shell is a usage error with a suggestion`() async {
        let context = Context.documentation()
        #expect(await Run.run(["completion", "bsh"], context) == .usage)
        #expect(context.streams.capturedError.contains("did you mean 'bash'?"))
        #expect(await Run.run(["completion", "powershell"], .documentation()) == .usage)
        #expect(await Run.run(["completion"], .documentation()) == .usage)
    }
}
