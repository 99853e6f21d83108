import ParallelJSON

/// The data connectors of this server's account.
enum DataConnectors {
    private static let free = ["biorxiv", "chembl", "clinical_trials", "cms_coverage", "npi_registry", "pubmed"]
    private static let paid = ["carbonarc"]
    static let available = (free + paid).sorted()

    /// Checks the member `data_sources` and returns the connectors that it names.
    ///
    /// - Parameter servers: the names of the request's MCP servers, which no connector may have.
    static func read(
        of object: JSONObject, at path: FieldPath, servers: [String], _ check: inout RequestCheck
    ) -> [String] {
        guard let sources = check.member("data_sources", of: object, at: path, as: RequestCheck.object) else {
            return []
        }
        let here = path + ["data_sources"]
        check.refuseOthers(in: sources, at: here, known: ["free", "pay_per_use"])
        let names = RequestCheck.list(RequestCheck.string(from: 1))
        let free = check.member("free", of: sources, at: here, as: names) ?? []
        let paid = check.member("pay_per_use", of: sources, at: here, as: names) ?? []
        let unavailable = free.filter { !Self.free.contains($0) } + paid.filter { !Self.paid.contains($0) }
        if !unavailable.isEmpty { check.unavailableSources = check.unavailableSources ?? unavailable }
        for server in servers where (free + paid).contains(server) {
            check.report(here, "'\(server)' is the name of an MCP server too", "value_error")
        }
        return free + paid
    }

    /// What a made-up call of a connector answers.
    static let answer = #"{"records":1,"note":"made up by parallel-sandbox"}"#
}
