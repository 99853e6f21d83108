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
}

extension BatchPlan.Difference {
    /// The difference on one line, for a batch that reads `source`.
    func text(reading source: String) -> String {
        switch self {
        case .rowCount(let before, let now):
            "\(source) is not what the batch was begun with: it had \(counted(before, "row")), and now there are "
                + now.grouped
        case .rows(let count):
            "\(source) is not what the batch was begun with: it had \(counted(count, "row")), and now "
                + (count == 1 ? "it differs" : "some differ")
        case .part(let part, let member):
            "\(part.name(member)) from that of the batch that was begun"
        }
    }
}

extension BatchHeader.Part {
    /// Names the flags behind a part, or behind a member of it, up to the verb: `--template differs`.
    fileprivate func name(_ member: String?) -> String {
        switch (self, member) {
        case (.processor, _): "--processor differs"
        case (.shard, _): "--shard differs"
        case (.template, _): "--template differs"
        case (.columns, _): "--column differs"
        case (.inputRoom, _): "the room for the input differs"
        case (.format, _): "the format of the input differs"
        case (.equalRows, _): "--dedup differs"
        case (.reading, _): "the way of reading differs"
        case (.schema, "input_schema"): "--input-schema differs"
        case (.schema, _): "the output that is asked for (--field, --output-text, --output-schema …) differs"
        case (.task, "metadata"): "--metadata differs"
        case (.task, "source_policy"): "the choice of sources (--include-domain …) differs"
        case (.task, "advanced_settings"): "--location differs"
        case (.task, "mcp_servers"): "the choice of MCP servers or accounts (--mcp …, --account …) differs"
        case (.task, "webhook"): "--webhook differs"
        case (.task, "previous_interaction_id"): "--previous-interaction-id differs"
        case (.task, "memory_scope_key"): "--memory-scope-key differs"
        case (.task, let member?): "the task's \(member) differs"
        case (.task, nil): "the task differs"
        }
    }
}
