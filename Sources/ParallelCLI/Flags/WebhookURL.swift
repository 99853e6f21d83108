import ParallelHTTP
import ParallelSettings
import ParallelSystem

/// The URL that the API calls when a run ends.
enum WebhookURL {
    /// Returns why `text` can't be a webhook, without repeating what may be secret in it; nil if it can.
    static func problem(in text: String) -> String? {
        do {
            _ = try HTTPURL(text)
            return nil
        } catch {
            // In an invalid URL, a password may end anywhere.
            return text.has("@") ? error.reason : "'\(SecretMask.url(text))': \(error.reason)"
        }
    }
}
