//! Days of tests: one fixed day, and others that lie before and after it.

/// The day on which tests of rules take place.
pub(crate) const TEST_DAY: &str = "2026-06-15";

/// The day that lies so many days after the day of tests.
pub(crate) fn day_after(days: i32) -> String {
    // Days are counted from 1 March of the year 0, so that a leap day is a year's last.
    let number = 740_087 + days;
    let era = number.div_euclid(146_097);
    let of_era = number.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_of_year = (5 * of_year + 2) / 153;

    let day = of_year - (153 * month_of_year + 2) / 5 + 1;
    let month = if month_of_year < 10 {
        month_of_year + 3
    } else {
        month_of_year - 9
    };
    let year = year_of_era + era * 400 + i32::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::{TEST_DAY, day_after};

    #[test]
    fn days_are_counted_through_months_and_leap_years() {
        assert_eq!(day_after(0), TEST_DAY);
        assert_eq!(day_after(-1), "2026-06-14");
        assert_eq!(day_after(16), "2026-07-01");
        assert_eq!(day_after(-838), "2024-02-28");
        assert_eq!(day_after(-837), "2024-02-29");
        assert_eq!(day_after(-836), "2024-03-01");
    }
}
