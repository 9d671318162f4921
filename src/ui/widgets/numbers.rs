//! Numbers as people read them. Pure; for screens only, scripts get plain digits.

/// `1234567` as `1,234,567`.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size with three digits and its unit: `512 B`, `1.50 KiB`, `318 MiB`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn bytes(count: u64) -> String {
    if count < 1024 {
        return format!("{count} B");
    }
    let mut value = count as f64;
    let mut unit = "B";
    for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
        if value < 1023.5 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    let decimals = if value < 9.995 {
        2
    } else if value < 99.95 {
        1
    } else {
        0
    };
    format!("{value:.decimals$} {unit}")
}

/// A speed: `412 MiB/s`.
#[must_use]
pub fn rate(bytes_per_second: u64) -> String {
    format!("{}/s", bytes(bytes_per_second))
}

/// A duration in nanoseconds, in its two largest units: `850ns`, `1.2ms`, `3.2s`, `4m05s`, `2h13m`, `3d04h`.
#[must_use]
pub fn duration(ns: u64) -> String {
    let seconds = ns / 1_000_000_000;
    match ns {
        0..1_000 => format!("{ns}ns"),
        1_000..1_000_000 => tenths(ns / 100, "µs"),
        1_000_000..1_000_000_000 => tenths(ns / 100_000, "ms"),
        _ if seconds < 60 => tenths(ns / 100_000_000, "s"),
        _ if seconds < 3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ if seconds < 86_400 => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

fn tenths(value: u64, unit: &str) -> String {
    match (value / 10, value % 10) {
        (whole, 0) => format!("{whole}{unit}"),
        (whole, _) if whole >= 100 => format!("{whole}{unit}"),
        (whole, tenth) => format!("{whole}.{tenth}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(
            [0, 999, 1000, 100_004, u64::MAX].map(thousands),
            ["0", "999", "1,000", "100,004", "18,446,744,073,709,551,615"]
        );
    }

    #[test]
    fn sizes_show_three_digits() {
        assert_eq!(
            [
                0,
                1023,
                1024,
                1536,
                10 << 10,
                333_447_168,
                1_048_575,
                1 << 40,
                u64::MAX
            ]
            .map(bytes),
            [
                "0 B", "1023 B", "1.00 KiB", "1.50 KiB", "10.0 KiB", "318 MiB", "1.00 MiB", "1.00 TiB",
                "16.0 EiB"
            ]
        );
    }

    #[test]
    fn durations_show_two_units() {
        let minute = 60_000_000_000;
        assert_eq!(
            [0, 999, 1500, 850_000, 1_200_000, 3_200_000_000, 59_990_000_000].map(duration),
            ["0ns", "999ns", "1.5µs", "850µs", "1.2ms", "3.2s", "59.9s"]
        );
        assert_eq!(
            [
                minute,
                4 * minute + 5_000_000_000,
                133 * minute,
                4560 * minute,
                u64::MAX
            ]
            .map(duration),
            ["1m00s", "4m05s", "2h13m", "3d04h", "213503d23h"]
        );
    }
}
