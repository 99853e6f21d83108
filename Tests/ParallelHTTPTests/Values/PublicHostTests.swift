import ParallelHTTP
import Testing

@Suite struct PublicHostTests {
    @Test(arguments: [
        "8.8.8.8", "100.63.0.1", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1", "192.169.0.1", "198.17.0.1",
        "198.20.0.1", "223.0.0.1", "[2600::1]", "[2001:4860:4860::8888]", "[::ffff:8.8.8.8]", "[64:ff9b::8.8.8.8]",
        "[2002:808:808::1]", "[fbff::1]", "[100:0:0:2::1]", "[3ffe::1]", "[3fff:1000::1]", "[5f01::1]", "crm.example.",
        "crm.example", "xn--bcher-kva.example",
    ])
    func `a host of the Internet is public`(host: String) throws {
        #expect(try HTTPURL("https://\(host)/").hasPublicHost)
    }

    @Test(arguments: [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "169.254.169.254", "172.16.0.1",
        "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
        "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "[::]", "[::1]", "[::7f00:1]", "[100::1]", "[2001::1]", "[2001:1ff::1]", "[2001:db8::1]", "[fc00::1]",
        "[fdff::1]", "[fe80::1]", "[febf::1]", "[fec0::1]", "[ff02::1]", "[64:ff9b:1::8.8.8.8]",
        // An IPv4 address in another form.
        "[::ffff:10.0.0.1]", "[::ffff:a9fe:a9fe]", "[64:ff9b::169.254.169.254]", "[64:ff9b::7f00:1]",
        "[2002:a00:1::1]", "[2002:c0a8:101::]",
        "localhost", "a.localhost", "router", "nas.local", "db.internal", "x.home.arpa", "home.arpa",
        // The dot of a whole name.
        "localhost.", "a.localhost.", "router.", "nas.local.", "x.home.arpa.",
        "[100:0:0:1::1]", "[3fff::1]", "[3fff:fff::1]", "[5f00::1]",
    ])
    func `a host of a private or local network is not`(host: String) throws {
        #expect(try !HTTPURL("https://\(host)/").hasPublicHost)
    }
}
