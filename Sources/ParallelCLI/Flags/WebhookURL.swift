import ParallelHTTP
import ParallelSettings
import ParallelSystem

/// Where the API may call back.
enum WebhookURL {
    /// Why `text` can't be a webhook, without what may be secret in it; nil when it can.
    static func fault(in text: String) -> String? {
        do {
            _ = try HTTPURL(text)
            return nil
        } catch {
            // In a URL that is wrong nobody knows where the password ends.
            return text.has("@") ? error.reason : "'\(SecretMask.url(text))': \(error.reason)"
        }
    }
}
