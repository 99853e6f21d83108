import ParallelJSON
package import ParallelSettings
import ParallelSystem

/// The login of Parallel's official command-line tool, which is only read.
package enum OfficialLogin {
    /// Returns the key of the organisation that is selected there, and the organisation's name; nil if there is none.
    ///
    /// The tool keeps it below `~/.config` whatever XDG_CONFIG_HOME says; older versions had another file. A file that
    /// is not theirs counts as none. Throws `SettingsError` for a file that others can read.
    package static func find(
        _ environment: [String: String]
    ) throws -> (key: String, organization: String?, origin: SettingOrigin)? {
        guard let home = environment["HOME"], home.begins(with: "/") else { return nil }
        for name in ["auth.json", "credentials.json"] {
            let path = "\(home)/.config/parallel-web-tools/\(name)"
            // Nobody may ever write into a pipe that stands there.
            if UserFile.exists(path), !UserFile.isRegular(path) { continue }
            let text: String
            do throws(FileError) {
                text = try UserFile.readSecret(path)
            } catch {
                if error.isMissing { continue }
                throw SettingsError.key(.officialLogin(path), reason: error.reason, remedy: error.remedy)
            }
            guard let json = try? JSONValue.parse(text), json.object != nil else { continue }
            let organization = json["selected_org_id"]?.string.flatMap { json["orgs"]?[$0] }
            let key = json["version"] == nil ? json["access_token"]?.string : organization?["api_key"]?.string
            // As there, the older file counts only where the newer one is missing.
            guard let key, !key.isEmpty else { return nil }
            return (key, organization?["org_name"]?.string, .officialLogin(path))
        }
        return nil
    }
}
