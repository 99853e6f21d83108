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

    /// Makes the error for the rows of an input called `name`, or for their selection; nil for other errors.
    init?(_ error: any Error, inInput name: String) {
        switch error {
        case let error as RowError:
            self.init("\(name): \(error)", hint: error.isFatal ? nil : "--skip-bad-rows leaves such rows out")
        case let error as RowInputError:
            self.init("\(name): \(error.message)")
        case InputError.noRows(let reason):
            self.init("\(name) \(reason)")
        case InputError.formatIsAmbiguous:
            self.init(
                "\(name): the first line is one text in quotes, a row of JSON lines or a title of CSV; say which with "
                    + "--input-format jsonl or --input-format csv")
        case RowSelection.Failure.shardIsEmpty:
            self.init("there are fewer rows than shards, and none for this one")
        case RowSelection.Failure.limitIsBeforeShard:
            self.init("none of the first rows is one of this shard")
        default: return nil
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
        }
    }
}
