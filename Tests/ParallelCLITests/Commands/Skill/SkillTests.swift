import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

@testable import ParallelCLI

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `skill install` and `skill uninstall`, on folders of their own.
@Suite(.timeLimit(.minutes(10))) struct SkillTests {
    private let home: TemporaryDirectory

    init() throws { home = try TemporaryDirectory() }

    private func skill(_ words: String..., environment: [String: String] = [:]) async -> CommandRun {
        await CommandRun(["skill"] + words, environment: environment, directory: home.path)
    }

    private static let shared = ".agents/skills/parallel-web/SKILL.md"
    private static let claude = ".claude/skills/parallel-web/SKILL.md"

    private func make(_ folder: String) throws { try put("", at: "\(folder)/.keep") }

    private func put(_ text: String, at name: String) throws {
        try Directory.create(Directory.containing(home.file(name)))
        try home.write(text, to: name)
    }

    @Test func `the skill has front matter, fits its budget, and is in every file that install writes`() async throws {
        let printed = await skill("print")
        #expect(printed.code == .success && printed.errors.isEmpty)
        #expect(printed.output.hasPrefix("---\nname: parallel-web\ndescription: >-\n"))
        // What a model pays, estimated from above: a token of it has 3.4 bytes and more (`Scripts/bench tokens`).
        #expect(printed.output.utf8.count / 3 <= 1_500, "\(printed.output.utf8.count)")
        let run = await skill("install")
        #expect(run.code == .success && run.output.isEmpty)
        #expect(run.errors == "wrote ~/.agents/skills/parallel-web/SKILL.md\n")
        let text = try #require(Disk.text(home.file(Self.shared)))
        #expect(text.split(separator: "\n").dropLast() == printed.output.split(separator: "\n").dropLast())
        #expect(text.contains("<!-- parallel \(Version.number) checksum "))
        for code in ExitCode.allCases where code.rawValue < 129 { #expect(text.contains("- \(code.rawValue): ")) }
    }

    @Test func `Claude Code gets it where it is at home, and twice changes nothing`() async throws {
        try make(".claude")
        #expect(await skill("install").errors.contains("wrote ~/.claude/skills/parallel-web/SKILL.md"))
        let before = Disk.text(home.file(Self.claude))
        let again = await skill("install")
        #expect(again.code == .success && !again.errors.contains("wrote") && again.errors.contains("is up to date"))
        #expect(Disk.text(home.file(Self.claude)) == before)
    }

    @Test(arguments: [[], [".claude"], [".agents", ".claude"], [".agents/skills"]])
    func `uninstall leaves what was there before, and nothing else`(_ folders: [String]) async throws {
        for folder in folders { try make(folder) }
        let before = Disk.names(in: home.path).sorted()
        _ = await skill("install", "--agent", "claude", "--agent", "codex")
        #expect(Disk.text(home.file(Self.shared)) != nil && Disk.text(home.file(Self.claude)) != nil)
        let run = await skill("uninstall")
        #expect(run.code == .success && run.errors.split(separator: "\n").count == 2, "\(run.errors)")
        #expect(Disk.names(in: home.path).sorted() == before)
        for folder in folders { #expect(Disk.names(in: home.file(folder)) == [".keep"], "\(folder)") }
        #expect(await skill("uninstall").errors == "there is no skill to remove\n")
    }

    @Test func `a folder with something else in it stays`() async throws {
        _ = await skill("install")
        try put("mine", at: ".agents/skills/parallel-web/notes.md")
        #expect(await skill("uninstall").code == .success)
        #expect(Disk.text(home.file(".agents/skills/parallel-web/notes.md")) == "mine")
        #expect(Disk.text(home.file(Self.shared)) == nil)
    }

    @Test(arguments: ["# mine\n", "", "<!-- parallel -->\n", "x\n<!-- parallel 0.1.0 checksum 0 folders 9 -->\n"])
    func `a file that somebody else wrote is neither replaced nor removed`(_ text: String) async throws {
        try make(".claude")
        try put(text, at: Self.claude)
        let install = await skill("install")
        #expect(
            install.code == .usage && install.errors.contains("~/.claude/skills/parallel-web/SKILL.md"),
            "\(install.errors)")
        #expect(Disk.text(home.file(Self.shared)) == nil)
        let uninstall = await skill("uninstall")
        #expect(uninstall.code == .unexpected && uninstall.errors.contains("is left alone"))
        #expect(Disk.text(home.file(Self.claude)) == text)
    }

    @Test func `a file that was changed stays, and one of another version is brought up to date`() async throws {
        _ = await skill("install")
        let text = try #require(Disk.text(home.file(Self.shared)))
        try put(text.replacing("Few tokens", with: "Few words"), at: Self.shared)
        #expect(await skill("install").errors.contains("was changed since it was written"))
        #expect(await skill("uninstall").code == .unexpected)
        try put(SkillFile.stamped("# An older one\n", folders: 3), at: Self.shared)
        #expect(await skill("install").errors.contains("wrote"))
        #expect(Disk.text(home.file(Self.shared)) == text)
        #expect(await skill("uninstall").code == .success && Disk.names(in: home.path) == [])
    }

    @Test func `a link is neither followed nor replaced`() async throws {
        try put("theirs", at: "elsewhere.md")
        try make(".agents/skills/parallel-web")
        try #require(symlink(home.file("elsewhere.md"), home.file(Self.shared)) == 0)
        let run = await skill("install")
        #expect(run.code == .usage && run.errors.contains("is a link"))
        #expect(await skill("uninstall").code == .unexpected && Disk.text(home.file("elsewhere.md")) == "theirs")
    }

    @Test func `for a project it goes to the root of the working tree`() async throws {
        try make(".git")
        let run = await skill("install", "--project", "--agent", "cursor")
        #expect(run.errors == "wrote \(home.path)/.agents/skills/parallel-web/SKILL.md\n")
        #expect(await skill("uninstall", "--scope", "project").code == .success)
        #expect(Disk.text(home.file(Self.shared)) == nil)
    }

    @Test func `without a home there is a line that says so`() async {
        for words in [["install"], ["uninstall"]] {
            let run = await CommandRun(["skill"] + words, environment: ["HOME": ""], directory: home.path)
            #expect(run.code == .usage && run.errors.contains("HOME") && run.errors.contains("--project"))
        }
    }

    @Test func `a home that is not there is not made`() async {
        let run = await skill("install", environment: ["HOME": home.file("gone")])
        #expect(run.code == .usage && run.errors.contains("HOME") && !UserFile.exists(home.file("gone")))
    }

    @Test func `a link out of the project is not followed`() async throws {
        try make("project/.git")
        try make("elsewhere")
        #expect(symlink(home.file("elsewhere"), home.file("project/.agents")) == 0)
        var context = Context.test(ScriptedTransport([]), directory: home.file("project"))
        for action in ["install", "uninstall"] {
            context.streams = .captured()
            #expect(await Run.run(["skill", action, "--project"], context) == .usage)
            #expect(
                context.streams.capturedError.contains("project/.agents is a link that leads out of the working tree"))
        }
        #expect(Disk.names(in: home.file("elsewhere")) == [".keep"])
    }

    @Test func `of two scopes only one can be meant`() async {
        let run = await skill("install", "--scope", "user", "--project")
        #expect(run.code == .usage && run.errors.contains("--scope user and --project exclude each other"))
        #expect(Disk.names(in: home.path) == [])
    }

    @Test func `where nothing can be written, no folder is left behind`() async throws {
        try put("a file", at: ".agents")
        let run = await skill("install")
        #expect(run.code == .unexpected && run.errors.split(separator: "\n").count == 1, "\(run.errors)")
        #expect(Disk.names(in: home.path) == [".agents"])
    }

    @Test func `an unknown agent is a mistake with a suggestion`() async {
        let run = await skill("install", "--agent", "cluade")
        #expect(run.code == .usage && run.errors.contains("did you mean 'claude'?"))
    }
}
