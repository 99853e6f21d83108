import ParallelAPI
import ParallelHTTP

/// Asks the API whether it accepts a key, with a request that costs nothing.
enum KeyCheck {
    enum Answer: Sendable {
        case accepted
        case refused(APIError)
    }

    /// An id that no run has.
    private static let id = "trun_00000000000000000000000000000000"

    /// Asks for a run that does not exist: whoever may ask for it is told so. Throws what `ParallelClient` throws for
    /// any other answer.
    static func run(_ client: ParallelClient) async throws -> Answer {
        do {
            _ = try await client.run(id)
        } catch let error as APIError where error.status == 404 || error.status == 422 {
        } catch let error as APIError where error.status == 401 || error.status == 403 {
            return .refused(error)
        }
        return .accepted
    }
}
