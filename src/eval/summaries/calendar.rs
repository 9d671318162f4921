//! Days and seconds as dates and times, as Go writes them. Pure.

/// Seconds from the start of year 1 to the start of 1970, both in UTC.
pub(super) const UNIX_TO_INTERNAL: i64 = 62_135_596_800;
/// Seconds from the start of year 1 to the start of 1885: what times with a monotonic clock count from.
pub(super) const WALL_TO_INTERNAL: i64 = 59_453_308_800;

const DAY: i64 = 86_400;

/// A moment as RFC 3339 with as many digits of the second as it has; `offset` is that of its zone, in
/// seconds east of UTC. `None` for what no calendar reaches.
///
/// `seconds` count from the start of year 1 in UTC.
pub(super) fn rfc3339(seconds: i64, nanoseconds: u32, offset: i64) -> Option<String> {
    let local = seconds.checked_add(offset)?;
    let (year, month, day) = date(local.div_euclid(DAY))?;
    let of_day = local.rem_euclid(DAY);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let sign = if year < 0 { "-" } else { "" };
    let mut text = format!(
        "{sign}{:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}",
        year.unsigned_abs()
    );
    if nanoseconds > 0 {
        let digits = format!("{nanoseconds:09}");
        text.push('.');
        text.push_str(digits.trim_end_matches('0'));
    }
    if offset == 0 {
        text.push('Z');
    } else {
        let sign = if offset < 0 { '-' } else { '+' };
        let minutes = offset.unsigned_abs() / 60;
        text.push_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
    }
    Some(text)
}

/// Year, month and day of a day counted from 1 January of year 1, in the Gregorian calendar.
///
/// Years begin in March here, so that the leap day is the last one; 400 of them have 146097 days.
pub(super) fn date(day: i64) -> Option<(i64, i64, i64)> {
    // 306 days lie between 1 March of year 0 and 1 January of year 1.
    let shifted = day.checked_add(306)?;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = (shifted_month + 2) % 12 + 1;
    let year = era.checked_mul(400)? + year_of_era + i64::from(month <= 2);
    Some((year, month, day))
}

/// The day of a date, counted from 1 January of year 1.
pub(super) fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let shifted = year - i64::from(month <= 2);
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 306
}

/// A span of nanoseconds as `time.Duration` prints itself.
pub(super) fn duration(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let all = nanoseconds.unsigned_abs();
    if all == 0 {
        return "0s".into();
    }
    let small = match all {
        0..1_000 => Some((1, "ns")),
        1_000..1_000_000 => Some((1_000, "µs")),
        1_000_000..1_000_000_000 => Some((1_000_000, "ms")),
        _ => None,
    };
    if let Some((unit, name)) = small {
        return format!("{sign}{}{name}", decimal(all, unit));
    }
    let (minutes, rest) = (all / 60_000_000_000, all % 60_000_000_000);
    let seconds = decimal(rest, 1_000_000_000);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

/// `number` in units of `unit`, a power of ten, without zeros at the end.
fn decimal(number: u64, unit: u64) -> String {
    let (whole, part) = (number / unit, number % unit);
    if part == 0 {
        return whole.to_string();
    }
    let digits = unit.ilog10() as usize;
    let part = format!("{part:0digits$}");
    format!("{whole}.{}", part.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_go_prints_them() {
        // time.Duration.String of these numbers, Go 1.26.
        let cases = [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (2_200_000, "2.2ms"),
            (1_500_000_000, "1.5s"),
            (60_000_000_000, "1m0s"),
            (3_723_000_000_001, "1h2m3.000000001s"),
            (-90_000_000_000, "-1m30s"),
            (i64::MAX, "2562047h47m16.854775807s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ];
        for (number, want) in cases {
            assert_eq!(duration(number), want);
        }
    }

    #[test]
    fn moments_read_as_rfc_3339() {
        assert_eq!(rfc3339(0, 0, 0).unwrap(), "0001-01-01T00:00:00Z");
        assert_eq!(rfc3339(-1, 5, 0).unwrap(), "0000-12-31T23:59:59.000000005Z");
        let leap = UNIX_TO_INTERNAL + 1_709_164_800;
        assert_eq!(rfc3339(leap, 120_000_000, 0).unwrap(), "2024-02-29T00:00:00.12Z");
        assert_eq!(rfc3339(leap, 0, -34_200).unwrap(), "2024-02-28T14:30:00-09:30");
        for seconds in [i64::MIN, i64::MAX] {
            assert!(rfc3339(seconds, 0, 0).is_some());
            let _ = rfc3339(seconds, 0, seconds);
        }
    }

    #[test]
    fn days_and_dates_agree_over_two_eras() {
        for day in -200_000..400_000 {
            let (year, month, number) = date(day).unwrap();
            assert_eq!(day_of(year, month, number), day);
        }
    }
}
