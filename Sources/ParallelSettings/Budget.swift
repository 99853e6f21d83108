package import ParallelSystem

/// What may be spent in a day, a week or a month of local time.
package struct Budget: Sendable {
    package enum Period: String, Sendable, CaseIterable { case day, week, month }

    /// In millionths of a USD.
    package let limit: Int
    package let period: Period
    /// The profile whose spending counts; nil for that of all.
    package let profile: String?

    package init(limit: Int, period: Period, profile: String?) {
        (self.limit, self.period, self.profile) = (limit, period, profile)
    }

    /// What `entries` have taken of it.
    ///
    /// - Parameters:
    ///   - now: in seconds since 1970.
    ///   - offset: how far local time is ahead of UTC at a time.
    package func spent(_ entries: [ActivityEntry], now: Int, offset: (Int) -> Int) -> Int {
        let first = firstDay(of: LocalDay.number(of: now, offset))
        return entries.reduce(0) { sum, entry in
            guard profile == nil || entry.profile == profile, LocalDay.number(of: entry.time, offset) >= first else {
                return sum
            }
            return sum + (entry.cost ?? 0)
        }
    }

    /// Returns the first day of the period that a day is in; weeks begin on Monday.
    private func firstDay(of day: Int) -> Int {
        switch period {
        case .day: day
        // 1 January 1970 was a Thursday.
        case .week: day - (day + 3) % 7
        case .month: day - LocalDay.dayOfMonth(day) + 1
        }
    }
}

/// Days of local time, counted from 1 January 1970.
package enum LocalDay {
    /// Returns the number of the day that a time is on.
    package static func number(of seconds: Int, _ offset: (Int) -> Int) -> Int {
        max(0, seconds + offset(seconds)) / 86_400
    }

    /// Returns the number of a day; nil for one that no calendar has, or that is before 1970.
    package static func number(year: Int, month: Int, day: Int) -> Int? {
        guard (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
        // Years begin in March, so that a leap day is the last one (Howard Hinnant's `days_from_civil`).
        let years = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let number = years * 365 + years / 4 - years / 100 + years / 400 + dayOfYear - 719_468
        return dayOfMonth(number) == day ? number : nil
    }

    /// Returns the day of the month, from 1, by Howard Hinnant's `civil_from_days` for days since 1970.
    static func dayOfMonth(_ day: Int) -> Int {
        let dayOfEra = (day + 719_468) % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        return dayOfYear - (153 * ((5 * dayOfYear + 2) / 153) + 2) / 5 + 1
    }
}

/// Why a call is refused that a budget would have to pay for.
package struct BudgetError: Error, Sendable {
    package enum Reason: Sendable {
        /// It costs more than is left; in millionths of a USD.
        case exceeded(spent: Int, cost: Int)
        /// Nobody can say what it costs.
        case unpriced
        /// The log is off, in which it would be counted.
        case noLog
        /// The log can't be used.
        case unusable(FileError)
    }

    package let budget: Budget
    package let reason: Reason
}
