import ParallelJSON

/// Takes the secrets out of a stored login, so that a program can keep them, and puts them back.
enum KeptSecrets {
    /// The members that hold a secret, wherever they are.
    private static let names = ["access_token", "refresh_token", "client_secret", "api_key"]

    /// Returns the object with empty texts in place of its secrets, and the secrets by their paths.
    static func taken(from object: JSONObject) -> (rest: JSONObject, secrets: JSONObject) {
        var secrets: JSONObject = [:]
        let rest = map(.object(object), "") { path, text in
            if !text.isEmpty { secrets[path] = .string(text) }
            return ""
        }
        return (rest.object ?? [:], secrets)
    }

    /// Returns `value` with `secrets` in the places of empty texts.
    static func filled(_ value: JSONValue, with secrets: JSONValue) -> JSONValue {
        map(value, "") { path, text in text.isEmpty ? secrets[path]?.string ?? "" : text }
    }

    private static func map(
        _ value: JSONValue, _ path: String, _ change: (_ path: String, _ text: String) -> String
    ) -> JSONValue {
        guard let object = value.object else { return value }
        return .object(
            object.mapValues { member in
                let path = path.isEmpty ? member.key : "\(path).\(member.key)"
                guard names.contains(where: member.hasKey), let text = member.value.string else {
                    return map(member.value, path, change)
                }
                return .string(change(path, text))
            })
    }
}
