import ParallelAPI
import ParallelSystem
import ParallelTerminal

/// What rows will cost and how long they take, as far as is known before they are sent.
struct CostEstimate: Sendable {
    let rows: Int
    let processor: String

    /// Nil where the processor's price is not known.
    var cost: Cost? { Cost(runs: rows, processor: processor) }

    /// One line: `10,000 rows on core: about $250.00, in 1m to 5m if all run at once`.
    var text: String {
        let what = "\(counted(rows, "row")) on \(processor)"
        guard let cost, let latency = Processor.usualLatency(processor) else {
            return "\(what): the price is not known"
        }
        let shortest = DurationText.brief(.seconds(latency.lowerBound))
        let longest = DurationText.brief(.seconds(latency.upperBound))
        return "\(what): about \(cost.text), in \(shortest) to \(longest) if all run at once"
    }
}
