/// Finds programs as a shell does.
package enum ProgramPath {
    /// Returns the absolute path of the program `name` in the folders of a `PATH`; nil if none has it.
    ///
    /// Relative folders are left out: a working tree must not choose which program is run.
    package static func find(_ name: String, in path: String?) -> String? {
        guard !name.isEmpty, !name.has("/") else { return nil }
        return (path ?? "").parts(between: ":").lazy.filter { $0.begins(with: "/") }.map { "\($0)/\(name)" }
            .first(where: UserFile.isExecutable)
    }
}
