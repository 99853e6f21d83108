package import ParallelAPI

/// What rows will cost and how long they take, as far as is known before they are sent.
package struct CostEstimate: Sendable {
    package let rows: Int
    package let processor: String

    package init(rows: Int, processor: String) {
        self.rows = rows
        self.processor = processor
    }

    /// Nil where the processor's price is not known.
    package var cost: Cost? { Cost(runs: rows, processor: processor) }

    /// How long the rows take if all run at once, in seconds; nil where the processor is not known.
    package var seconds: ClosedRange<Int>? { Processor.usualLatency(processor) }
}
