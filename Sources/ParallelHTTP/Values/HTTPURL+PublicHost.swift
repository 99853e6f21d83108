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
            "local", "internal", "localdomain", "lan", "home", "corp", "test", "invalid",
        ]
        guard labels.count > 1, let last = labels.last, !localDomains.contains(last) else { return false }
        return !host.ends(with: ".home.arpa")
    }

    private static func isPublic(ipv4 bytes: [UInt8]) -> Bool {
        switch (bytes[0], bytes[1]) {
        case (0, _), (10, _), (127, _), (169, 254), (192, 168): false
        case (100, 64...127), (172, 16...31): false
        case (224..., _): false
        default: true
        }
    }

    private static func isPublic(ipv6 bytes: [UInt8]) -> Bool {
        // An IPv4 address in the form ::ffff:a.b.c.d.
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return isPublic(ipv4: Array(bytes[12...]))
        }
        if bytes.allSatisfy({ $0 == 0 }) { return false }
        let isUniqueLocal = bytes[0] & 0xFE == 0xFC
        let isLinkLocal = bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
        return !isUniqueLocal && !isLinkLocal && bytes[0] != 0xFF
    }
}
