/// The names of the compute tiers that this version knows; any other is left to the API.
package enum Processor {
    package static let standard = ["lite", "base", "core", "core2x", "pro", "ultra", "ultra2x", "ultra4x", "ultra8x"]

    /// Every name known to this version: the standard tiers and their `-fast` variants.
    package static let known = standard + standard.map { "\($0)-fast" }
}
