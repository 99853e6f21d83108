/// The flag that gives environment variables to servers of a file that somebody else may have written.
enum TrustFlag {
    static let trustProject = Flag<Bool>(
        "trust-project", summary: "Give servers of .mcp.json the variables they use",
        details:
            "Anybody may have written a project's file, so its servers get values of your environment only if you agree to a "
            + "question, or give this flag where nobody can be asked. The same goes for a file that "
            + "is named with --mcp-config, unless it is your own registry. Parallel's API key goes to Parallel's own servers only."
    ) { $0 = $1 }
}
