import ParallelAPI
import ParallelBatch
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `batch run --dry-run`: what would be sent, and what it would cost.
enum BatchPreview {
    /// How many requests are shown.
    private static let shown = 3

    static func print(
        _ options: BatchRunOptions, _ template: TaskRunRequest, _ output: Output, _ context: Context
    ) throws -> ExitCode {
        try BatchOpening.check(options, context)
        var request = template
        let spool = try LineFile(path: nil, temporaryDirectory: context.temporaryDirectory)
        let input = try BatchInput.read(options, request, into: spool, output, context)
        try input.complete(&request, options)
        _ = try BatchRequest(request)
        let selection = try BatchSelection(options, rowCount: input.rowCount, fingerprint: input.fingerprint)
        try BatchApproval.checkMaximum(options, spent: 0, remaining: selection.count)
        let encode = input.encoder(options.rowInput)
        var row = 0
        var count = 0
        try spool.forEach { _, line in
            defer { row += 1 }
            guard selection.contains(row) else { return }
            count += 1
            guard count <= shown else { return }
            request.input = try JSONValue.parse(encode(line))
            var metadata = request.metadata
            metadata.append((BatchRequest.rowKey, String(row + 1)))
            var body = request
            body.metadata = metadata
            try output.write(json: body.json(.masked), isPretty: false)
        }
        output.note(CostEstimate(rows: selection.count, processor: request.processor).text)
        try output.finish()
        return .success
    }
}
