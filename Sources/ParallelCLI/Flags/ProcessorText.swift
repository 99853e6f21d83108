import ParallelAPI
import ParallelSystem

/// What is said of a processor where a run costs money.
enum ProcessorText {
    /// Returns `processor ultra8x, about $2.40, 5 min to 2 h`; for a processor that this version does not know, only
    /// its name.
    static func terms(of name: String) -> String {
        let price = Cost(runs: 1, processor: name).map { ", about \($0.text)" } ?? ""
        return "processor \(name)\(price)\(usualTime(of: name).map { ", \($0)" } ?? "")"
    }

    /// What is said beside a price where data connectors may be called that cost extra.
    static let paidCalls = "plus calls of paid data sources at the provider's price"

    /// Returns the same for a request, with what its data connectors cost. `processor` is what the API says.
    static func terms(of request: TaskRunRequest, on processor: String? = nil) -> String {
        terms(of: processor ?? request.processor) + (request.dataSources.paid.isEmpty ? "" : ", \(paidCalls)")
    }

    /// Returns how long a run usually takes, such as `2 to 10 min`; nil for an unknown processor.
    static func usualTime(of name: String) -> String? { Processor.usualLatency(name).map(range) }

    /// Returns a range of seconds in the units of the documentation: `10 to 60 s`, `30 s to 5 min`, `5 min to 2 h`.
    static func range(_ range: ClosedRange<Int>) -> String {
        let (least, most) = (range.lowerBound, range.upperBound)
        let unit =
            most >= 3600 && most.isMultiple(of: 3600) ? hour : most > 60 && most.isMultiple(of: 60) ? minute : second
        let end = "\(most / unit.seconds) \(unit.name)"
        // The smaller bound is told in the unit of the larger one, where it is a whole number of it.
        if least.isMultiple(of: unit.seconds) { return "\(least / unit.seconds) to \(end)" }
        let own = least.isMultiple(of: 60) ? minute : second
        return "\(least / own.seconds) \(own.name) to \(end)"
    }

    private static let second = (seconds: 1, name: "s")
    private static let minute = (seconds: 60, name: "min")
    private static let hour = (seconds: 3600, name: "h")
}
