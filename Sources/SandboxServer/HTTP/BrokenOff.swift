/// Ends a stream without the bytes that would end it properly.
struct BrokenOff: Error {}
