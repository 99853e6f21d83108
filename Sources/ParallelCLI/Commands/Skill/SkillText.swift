import ParallelAPI
import ParallelSettings
import ParallelSystem

/// What a coding agent has to know to use this program, in the form of an Agent Skill (agentskills.io): as few words as
/// will do, because a model reads all of them. Tests run every line of it, so that none outlives a flag.
enum SkillText {
    /// The name of the skill, and of its folder.
    static let name = "parallel-web"

    /// Returns the text, for a program of this name.
    static func text(as program: String) -> String {
        let blocks = Self.blocks.map { block in
            let lines = block.lines.map { Command.Example($0, "").line(as: program) }
            let code = lines.isEmpty ? "" : "\n```sh\n\(lines.joined(separator: "\n"))\n```\n"
            return "## \(block.heading)\n\(code)\n\(block.notes)\n"
        }
        let codes = ExitCode.allCases.filter { $0.rawValue < 129 }
            .map { "- \($0.rawValue): \($0.meaning)" }.joined(separator: "\n")
        return """
            ---
            name: \(name)
            description: >-
              Researches the web from the command line with Parallel's API. Use it to search the web, read pages, answer
              questions with sources, fill in columns for rows of a file, and let research call MCP servers.
            ---

            # \(program)

            Standard output is the data, standard error all else. Without a terminal nothing asks. The key comes from a
            login or \(Settings.keyVariable): never write one into a command. `\(program) auth status` tells which is used;
            if there is none, ask the user to run `\(program) login`.

            \(blocks.joined(separator: "\n"))
            ## Exit codes

            \(codes)

            """
    }

    private static let blocks: [(heading: String, lines: [String], notes: String)] = [
        (
            "Search, read",
            [
                "parallel search 'Makers of solid-state batteries' --limit 5 --select /results --pick url,title",
                "parallel extract https://example.com/ -o page.md",
            ],
            """
            A search takes seconds. Read only the pages that you need. `-o` replaces a file only with `--force`.
            """
        ),
        (
            "Research",
            [
                "parallel task run 'Who founded Intel?' -p lite --field 'founders:string[]=Full names' --select /output/content",
                "parallel task run --report 'The HVAC market in the USA' -o report.md",
                "id=$(parallel task run --no-wait -p pro 'Compare the three largest CRM vendors')",
                "parallel task result \"$id\" --select /output/content",
            ],
            """
            Without a field, lite to core answer with text, pro and ultra with fields of their own choice. Sources and
            confidence come with the whole answer (no `--select`); `--basis` adds reasoning and excerpts, to a batch columns
            of all of them. If a wait ends early (exit code 5, or a signal), the run goes on: pick it up with `task result
            ID`. Don't start it again, it would be paid for twice. `task list` has ids that got lost.
            """
        ),
        (
            "Rows of a file",
            [
                "parallel batch run companies.csv -o ceos.csv --field 'ceo=Name of the CEO' --dry-run",
                "parallel batch run companies.csv -o ceos.csv --field 'ceo=Name of the CEO' --max-cost 5 --yes",
            ],
            """
            The same command again goes on where it was interrupted and pays for no row twice; `--retry-failed` runs those
            that failed. CSV, TSV, JSON or JSON lines.
            """
        ),
        (
            "MCP servers",
            [
                "parallel mcp add crm https://crm.example/mcp --bearer-env CRM_TOKEN",
                "parallel mcp test crm", "parallel mcp tools crm",
                "parallel mcp call crm find -a name=Acme",
                "parallel task run --mcp crm --require-mcp 'Which accounts renew this month?' --select /output/content",
                "parallel task result @last --tool-calls --pick tool_name,arguments",
            ],
            """
            The variable holds the token; it must not stand in the command. Parallel calls the server during the run. `@last`
            is the newest run. What `mcp call` prints is below `/structuredContent` or `/content` for `--select`.
            """
        ),
        (
            "Money",
            ["parallel task run -p pro 'Compare the three largest CRM vendors' --dry-run", "parallel spend"],
            """
            \(["lite", "base", "core", "pro", "ultra"].map { "\($0) \(Cost(runs: 1, processor: $0)?.text ?? "")" }.joined(separator: ", ")) \
            a run; \(TaskOptions().processor) is the default. `--dry-run` sends nothing and says the price on standard error, \
            `--max-cost USD` refuses more, `--yes` agrees to more than $10. `config set budget 5/day` refuses more in a day, if \
            the user wants that.
            """
        ),
        (
            "Few tokens",
            ["parallel batch run -h"],
            """
            For every answer in JSON: `--select /pointer`, then `--pick a,b`, then `--cut N` (characters of each text);
            `--digest` puts it into a file and prints ten lines. `COMMAND -h` is short, `--help` has everything. `-q` leaves
            out progress, but also the ids of runs.
            """
        ),
    ]
}
