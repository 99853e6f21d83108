import ParallelAPI
import ParallelHTTP
import ParallelOutput
import ParallelSettings
import ParallelSystem

/// Says of a request that is only shown where it would go.
enum Destination {
    /// Names its URL, the proxy, the place of the key and who else would get data; and what would refuse it.
    ///
    /// - Parameter cost: in millionths of a USD, where not that of the request alone counts; nil in it if nobody can
    ///   say.
    static func tell(of request: HTTPRequest, cost: Int?? = nil, _ output: Output, _ context: Context) {
        var line = "it would go to \(request.url.redacted())"
        do throws(HTTPError) {
            let proxy = try ProxySettings(environment: context.environment).proxy(for: request.url)
            line += proxy.map { " through the proxy \($0.place)" } ?? " without a proxy"
        } catch {
            line += "; \(error.message)"
        }
        let origin = context.keyOrigin.withLock { $0 }
        output.note(line + (origin.map { ", with the key from \($0.name)" } ?? ", without a key"))
        let others = (CallRules.addresses(in: request) ?? []).map { SecretMask.url($0) }
        if !others.isEmpty { output.note("data would also go to \(others.joined(separator: ", "))") }
        do {
            try context.rules.check(request)
            try context.log?.check(cost ?? (request.estimatedCost.map { $0() } ?? 0))
        } catch {
            output.note("it would be refused: \(ErrorReport(error, context).message)")
        }
    }
}
