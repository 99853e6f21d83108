package import ParallelJSON
import ParallelSystem

/// The data connectors that a run or a response may call (`DataSources`, API reference, data connectors).
package struct DataSources: Sendable {
    /// The names of those that cost nothing.
    package var free: [String] = []
    /// The names of those whose providers are paid for each call.
    package var paid: [String] = []

    package init() {}

    /// The connectors that this version knows by name; an account may have fewer or others.
    package static let knownFree = ["biorxiv", "chembl", "clinical_trials", "cms_coverage", "npi_registry", "pubmed"]
    package static let knownPaid = ["carbonarc"]

    package var isEmpty: Bool { free.isEmpty && paid.isEmpty }

    /// The member `data_sources`; nil where no connector is named.
    package var json: JSONValue? {
        var sources = JSONObject()
        if !free.isEmpty { sources["free"] = .array(free.map(JSONValue.string)) }
        if !paid.isEmpty { sources["pay_per_use"] = .array(paid.map(JSONValue.string)) }
        return sources.isEmpty ? nil : .object(sources)
    }

    /// Throws for names that the API would refuse. One that is not known is left to it.
    ///
    /// - Parameter servers: the names of the MCP servers of the same request.
    package func check(besides servers: [String]) throws(InvalidRequest) {
        if let name = free.first(where: Self.knownPaid.contains) {
            throw InvalidRequest("the data source '\(name)' is paid for each call; name it as a paid source")
        }
        if let name = paid.first(where: Self.knownFree.contains) {
            throw InvalidRequest("the data source '\(name)' costs nothing; name it as a free source")
        }
        let names = free + paid
        for (index, name) in names.enumerated() {
            if names[..<index].contains(where: name.isExactly) {
                throw InvalidRequest("the data source '\(name)' is given twice")
            }
            if servers.contains(where: name.isExactly) {
                throw InvalidRequest("'\(name)' is the name of a data source and of an MCP server; names must differ")
            }
        }
    }

    /// Throws where `processor` has no connectors.
    package func check(on processor: String) throws(InvalidRequest) {
        if !isEmpty, Processor.isFast(processor) {
            throw InvalidRequest("data sources can't be had on '\(processor)', only without '-fast'")
        }
    }
}
