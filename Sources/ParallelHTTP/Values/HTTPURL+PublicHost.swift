import ParallelSystem

extension HTTPURL {
    /// Whether the host can be on the public Internet: neither an address of a private or local network (RFC 6890) nor
    /// a name that only such a network knows (RFC 6762, RFC 8375, or one without a dot).
    package var hasPublicHost: Bool {
        if isLoopback { return false }
        if let bytes = Self.ipv6Bytes(host) { return Self.isPublic(ipv6: bytes) }
        if Self.looksLikeIPv4(host) {
            let bytes = host.parts(between: ".").compactMap { UInt8($0) }
            return bytes.count == 4 && Self.isPublic(ipv4: bytes)
        }
        let labels = host.parts(between: ".").filter { !$0.isEmpty }
        let localDomains: Set<Substring> = [
            "local", "localhost", "internal", "localdomain", "lan", "home", "corp", "test", "invalid",
        ]
        guard labels.count > 1, let last = labels.last, !localDomains.contains(last) else { return false }
        return labels.suffix(2) != ["home", "arpa"]
    }

    /// Blocks of IPv4 that lead to no public host: their first bytes, and the length of the prefix in bits
    /// (IANA's registry of special-purpose addresses, RFC 6890).
    private static let localIPv4: [([UInt8], Int)] = [
        ([0], 8), ([10], 8), ([100, 64], 10), ([127], 8), ([169, 254], 16), ([172, 16], 12), ([192, 0, 0], 24),
        ([192, 0, 2], 24), ([192, 168], 16), ([198, 18], 15), ([198, 51, 100], 24), ([203, 0, 113], 24), ([224], 3),
    ]

    /// The same for IPv6: unspecified and loopback with the IPv4-compatible addresses, NAT64 for local use (RFC 8215),
    /// discarded and dummy (RFC 9780), protocol assignments, documentation (also RFC 9637), segment routing (RFC 9602),
    /// unique local, link-local, site-local, multicast.
    private static let localIPv6: [([UInt8], Int)] = [
        ([], 96), ([0, 0x64, 0xFF, 0x9B, 0, 1], 48), ([1], 63), ([0x20, 1, 0], 23), ([0x20, 1, 0xD, 0xB8], 32),
        ([0x3F, 0xFF], 20), ([0x5F, 0], 16), ([0xFC], 7), ([0xFE, 0x80], 10), ([0xFE, 0xC0], 10), ([0xFF], 8),
    ]

    /// Blocks of IPv6 that stand for an IPv4 address, with the place of its first byte: mapped (RFC 4291), NAT64
    /// (RFC 6052), 6to4 (RFC 3056).
    private static let translatedIPv6: [([UInt8], Int, Int)] = [
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], 96, 12), ([0, 0x64, 0xFF, 0x9B], 96, 12), ([0x20, 2], 16, 2),
    ]

    private static func isPublic(ipv4 bytes: [UInt8]) -> Bool {
        !localIPv4.contains { isInside(bytes, $0.0, $0.1) }
    }

    private static func isPublic(ipv6 bytes: [UInt8]) -> Bool {
        if let (_, _, place) = translatedIPv6.first(where: { isInside(bytes, $0.0, $0.1) }) {
            return isPublic(ipv4: Array(bytes[place..<place + 4]))
        }
        return !localIPv6.contains { isInside(bytes, $0.0, $0.1) }
    }

    /// Whether an address begins with a prefix of so many bits; bytes that the prefix leaves out are 0.
    private static func isInside(_ address: [UInt8], _ prefix: [UInt8], _ bits: Int) -> Bool {
        (0..<(bits + 7) / 8).allSatisfy { index in
            let unused = max(0, (index + 1) * 8 - bits)
            return (address[index] ^ (index < prefix.count ? prefix[index] : 0)) >> unused == 0
        }
    }
}
