import ParallelAuth
import ParallelTerminal

extension OAuthLogin {
    /// What a person wants to know about it, such as `signed in; the token expires in 58m`.
    func shownState(now: Int) -> String {
        let name = account.map { "signed in as '\($0)'" } ?? "signed in"
        guard let expiresAt else { return name }
        if expiresAt > now {
            return "\(name); the token expires in \(DurationText.describe(.seconds(expiresAt - now)))"
        }
        return isRenewable ? "\(name); the token is renewed when it is used" : "the login has expired"
    }
}
