import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// One request of a command to the API: shown with --dry-run or --curl, otherwise sent.
struct APICall {
    let endpoint: Endpoint
    var body: JSONValue?
    /// The body with secrets masked, where it has some.
    var maskedBody: JSONValue?
    /// What would be done and what it costs, such as `the search would be in the mode fast, about $0.001`.
    let terms: String
    /// What a person reads while it is waited for, such as `searching`.
    let status: String
    /// What it costs at most, where the body doesn't tell it.
    var cost: Cost?
    /// What the request must not do twice; nil where it may be sent again.
    var effect: Effect?
    /// What to know of something that exists although the request has failed.
    var created: (WorkID) -> [Hint] = { ["\($0.kind?.name ?? "it") \($0.text) exists all the same"] }

    /// Returns the client of a command, which needs a key only to send something. Throws what
    /// `APIConnection.settings` throws.
    static func client(
        _ preview: PreviewOptions, _ connection: ConnectionOptions, _ output: Output, _ context: Context
    ) throws -> ParallelClient {
        let settings = try APIConnection.settings(connection, context, needsKey: !preview.sendsNothing)
        if !preview.sendsNothing { output.keepUnmatched() }
        return APIConnection.client(settings, output, context)
    }

    /// Prints the request if it is not to be sent; returns whether that is so.
    func isShown(
        _ preview: PreviewOptions, _ client: ParallelClient, _ output: Output, _ context: Context, isLast: Bool = true
    ) async throws -> Bool {
        guard preview.sendsNothing else { return false }
        let request = try await client.costing(cost).preview(of: endpoint, body: body)
        try RequestPreview.show(
            request, body: maskedBody ?? body, isMasked: maskedBody != nil && maskedBody != body, preview, terms: terms,
            output, context, isLast: isLast)
        return true
    }

    /// Sends the request and returns the answer; null if it has no body.
    ///
    /// - Parameter became: learns what became of an effect where this throws.
    func send(
        _ client: ParallelClient, _ output: Output, _ context: Context,
        became: (CreationOutcome) -> Void = { _ in }
    ) async throws -> JSONValue {
        let progress = RunProgress(context: context, output: output, events: .none, status: status)
        let client = client.costing(cost)
        return try await progress.shown {
            guard let effect else { return try await client.answer(to: endpoint, body: body) }
            let request = CreationRequest(body: body?.bytes() ?? [], of: endpoint.creates)
            return try await effect.performing(request, context, became: became, created: created) {
                try await client.answer(to: endpoint, body: body)
            }
        }
    }
}
