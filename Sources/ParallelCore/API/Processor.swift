/// The compute tier of a run. Open: a name the API adds later passes through.
package enum Processor {
    package static let standard = ["lite", "base", "core", "core2x", "pro", "ultra", "ultra2x", "ultra4x", "ultra8x"]

    /// Every name known to this version: the standard tiers and their `-fast` variants.
    package static let known = standard + standard.map { "\($0)-fast" }
}
