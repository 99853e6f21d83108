import ParallelSystem

/// Finds rows whose inputs are equal, by a hash of 128 bits of each. Two that differ have the same hash by chance about
/// once in 10^26 inputs of a million rows.
struct EqualRows: Sendable {
    struct Hash: Sendable, Equatable {
        fileprivate var x: UInt64 = 0x9e37_79b9_7f4a_7c15
        fileprivate var y: UInt64 = 0xc2b2_ae3d_27d4_eb4f
    }

    private var hashes: [Hash] = []
    /// For each hash the first row that has it.
    private var rows: [Int32] = []
    /// The places in `hashes` by hash, counted from 1, with 0 for a free slot; at most half of the slots are taken.
    private var slots: [Int32] = Array(repeating: 0, count: 1 << 10)

    /// Returns the first row whose input has this hash; nil if `row` is the first.
    mutating func first(_ hash: Hash, row: Int) -> Int? {
        let slot = slot(of: hash)
        if slots[slot] != 0 { return Int(rows[Int(slots[slot]) - 1]) }
        hashes.append(hash)
        rows.append(Int32(truncatingIfNeeded: row))
        slots[slot] = Int32(hashes.count)
        if 2 * hashes.count > slots.count {
            slots = Array(repeating: 0, count: 4 * slots.count)
            for (place, hash) in hashes.enumerated() { slots[self.slot(of: hash)] = Int32(place + 1) }
        }
        return nil
    }

    /// Returns the slot that has this hash, or the free one where it belongs.
    private func slot(of hash: Hash) -> Int {
        var slot = Int(truncatingIfNeeded: hash.x) & (slots.count - 1)
        while slots[slot] != 0, hashes[Int(slots[slot]) - 1] != hash { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    /// Returns the hash of the parts of an input, one of which `part` gives for each index.
    static func hash(count: Int, _ part: (Int) -> UnsafeBufferPointer<UInt8>) -> Hash {
        var hash = Hash()
        func mix(_ word: UInt64) {
            // Each half takes in all bits of a product, and a part of the other half.
            let (high, low) = (hash.x ^ word).multipliedFullWidth(by: 0xff51_afd7_ed55_8ccd)
            let (otherHigh, otherLow) = (hash.y ^ word).multipliedFullWidth(by: 0xc4ce_b9fe_1a85_ec53)
            hash = Hash(x: high ^ low &+ hash.y, y: otherHigh ^ otherLow &+ hash.x)
        }
        for index in 0..<count { UnsafeRawBufferPointer(part(index)).forEachWord(mix) }
        return hash
    }
}

/// The rows that share the run of an earlier row with an equal input.
struct SharedRuns: Sendable {
    /// For each row the one that has the run; empty if each row has its own.
    private var owners: [Int32] = []

    /// Adds the next row, which shares the run of `first`, unless that is nil.
    mutating func add(_ row: Int, equalTo first: Int?) { owners.append(Int32(truncatingIfNeeded: first ?? row)) }

    /// Returns the row whose run belongs to `row`.
    func owner(of row: Int) -> Int { owners.isEmpty ? row : Int(owners[row]) }

    /// The rows that have no run of their own.
    var repetitions: [Int] { owners.indices.filter { owner(of: $0) != $0 } }
}
