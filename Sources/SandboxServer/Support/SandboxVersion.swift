/// The version of the program.
enum SandboxVersion {
    static let number = "0.1.0"
}
