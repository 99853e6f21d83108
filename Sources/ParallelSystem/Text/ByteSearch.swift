#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension ArraySlice<UInt8> {
    /// Returns the index of the first `byte`, found by memchr(3), which compares many bytes at a time.
    package func place(of byte: UInt8) -> Int? {
        withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, let found = memchr(base, Int32(byte), bytes.count) else { return nil }
            return startIndex + (UnsafeRawPointer(found) - base)
        }
    }
}
