import ParallelBatch
import ParallelSystem

/// Messages for errors that prevent a batch.
extension UsageError {
    init(_ failure: BatchJournal.Failure) {
        switch failure {
        case .isBusy(let path):
            self.init(
                "another process is working on this batch (\(path))", hint: "wait for it, or stop it first")
        case .isForeign(let path):
            self.init(
                "\(path) is not the state file of a batch", hint: "--state FILE names another place for it")
        }
    }

    /// Makes the error for a batch that reads `source` and differs from the batch that was begun; `hint` says how to
    /// begin anew.
    init(_ difference: BatchPlan.Difference, reading source: String, hint: Hint) {
        let text =
            switch difference {
            case .rowCount(let before, let now):
                "\(source) is not what the batch was begun with: it had \(before.grouped) rows, and now there are "
                    + now.grouped
            case .rows(let count):
                "\(source) is not what the batch was begun with: it had \(count.grouped) rows, and now some differ"
            case .part(let part):
                "the batch was begun with another \(part.name) than is asked for now"
            }
        self.init(text, hint: hint)
    }
}

extension BatchHeader.Part {
    /// The name of the part in messages.
    fileprivate var name: String {
        switch self {
        case .processor: "processor"
        case .schema: "schema"
        case .task: "task"
        case .shard: "shard"
        case .template: "template"
        case .inputRoom: "room for the input"
        case .columns: "choice of columns"
        case .format: "format"
        case .reading: "way of reading"
        case .equalRows: "choice of --dedup"
        }
    }
}
