/// The flag that lets servers of a file that may be somebody else's get values of the environment.
enum TrustFlag {
    static let trustProject = Flag<Bool>(
        "trust-project", summary: "Give servers of .mcp.json the variables they name",
        details:
            "A project's file came with a clone, so its servers get values of your environment only after a question, or, "
            + "where nobody can be asked, with this flag; so do those of --mcp-config, unless FILE is your own registry. "
            + "Parallel's API key goes to Parallel's own servers only."
    ) { $0 = $1 }
}
