package import ParallelAPI

/// The probable cost and duration of rows.
package struct CostEstimate: Sendable {
    package let rows: Int
    package let processor: String
    /// The maximum number of rows a minute; nil means no limit.
    package let rate: Int?
    /// Whether the rows may call data connectors, which cost what their providers ask.
    package let hasPaidCalls: Bool

    package init(rows: Int, processor: String, rate: Int? = nil, hasPaidCalls: Bool = false) {
        self.rows = rows
        self.processor = processor
        self.rate = rate
        self.hasPaidCalls = hasPaidCalls
    }

    /// The minutes that sending the rows takes at least; nil if it takes no more than one.
    package var minutesOfSending: Int? {
        guard let rate, rate > 0, rows > rate else { return nil }
        return (rows + rate - 1) / rate
    }

    /// The cost; nil if the price of the processor or of calls is not known.
    package var cost: Cost? { hasPaidCalls ? nil : costOfRuns }

    /// The cost without calls of data connectors; nil if the price of the processor is not known.
    package var costOfRuns: Cost? { Cost(runs: rows, processor: processor) }

    /// The duration if all rows run at once, in seconds; nil if the processor is not known.
    package var seconds: ClosedRange<Int>? { Processor.usualLatency(processor) }
}
