package import ParallelSettings

extension Settings {
    /// The settings that an environment makes, together with a key file.
    package init(
        environment: [String: String], keyFile: String? = nil,
        standardInput: @escaping @Sendable () throws -> [UInt8] = { [] }
    ) throws {
        try self.init(
            APIAddress(environment: environment), environment: environment, keyFile: keyFile,
            standardInput: standardInput)
    }
}
