package import ParallelSystem

extension JSONValue {
    /// Returns the value with every known secret masked, in keys, texts and numbers; the rest stays as it was written.
    ///
    /// Servers may repeat a secret that they were sent. Each text is masked by itself, so that no mask can take a
    /// quotation mark of the JSON with it.
    package func masked(_ secrets: KnownSecrets) -> JSONValue {
        switch self {
        case .array(let elements): return .array(elements.map { $0.masked(secrets) })
        case .object(let object):
            return .object(JSONObject(object.map { (secrets.masked($0.key), $0.value.masked(secrets)) }))
        default:
            guard let text = string ?? number?.text else { return self }
            let shown = secrets.masked(text)
            return shown == text ? self : .string(shown)
        }
    }
}
