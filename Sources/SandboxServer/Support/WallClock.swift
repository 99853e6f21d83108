#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The time of day in the API's format, and the monotonic clock for measuring latencies.
enum WallClock {
    /// Returns the current time as RFC 3339 in UTC with microseconds, such as `2026-04-23T20:21:48.037943Z`.
    static func timestamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var seconds = now.tv_sec
        var date = tm()
        gmtime_r(&seconds, &date)
        let day = [pad(Int(date.tm_year) + 1900, 4), pad(Int(date.tm_mon) + 1, 2), pad(Int(date.tm_mday), 2)]
        let time = [pad(Int(date.tm_hour), 2), pad(Int(date.tm_min), 2), pad(Int(date.tm_sec), 2)]
        let micros = pad(Int(now.tv_nsec) / 1000, 6)
        return day.joined(separator: "-") + "T" + time.joined(separator: ":") + "." + micros + "Z"
    }

    /// Returns the seconds since 1970.
    static func seconds() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int(now.tv_sec)
    }

    /// Returns the milliseconds since 1970.
    static func milliseconds() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int(now.tv_sec) * 1000 + Int(now.tv_nsec) / 1_000_000
    }

    /// Returns the nanoseconds of the system-wide monotonic clock, which are comparable between processes of one
    /// machine.
    static func monotonicNanoseconds() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int(now.tv_sec) * 1_000_000_000 + Int(now.tv_nsec)
    }

    private static func pad(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
