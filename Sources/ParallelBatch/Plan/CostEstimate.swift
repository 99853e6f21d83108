package import ParallelAPI

/// The probable cost and duration of rows.
package struct CostEstimate: Sendable {
    package let rows: Int
    package let processor: String

    package init(rows: Int, processor: String) {
        self.rows = rows
        self.processor = processor
    }

    /// The cost; nil if the price of the processor is not known.
    package var cost: Cost? { Cost(runs: rows, processor: processor) }

    /// The duration if all rows run at once, in seconds; nil if the processor is not known.
    package var seconds: ClosedRange<Int>? { Processor.usualLatency(processor) }
}
