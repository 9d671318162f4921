//! The rules by which a zone goes on after its last recorded transition: `CET-1CEST,M3.5.0,M10.5.0/3`.
//!
//! POSIX.1 calls this the TZ variable; the files of zones end with one (RFC 8536, 3.3). Pure.

use super::super::calendar::{UNIX_TO_INTERNAL, date, day_of};

const DAY: i64 = 86_400;

/// Seconds east of UTC at `unix` by the rules in `text`; `None` where they are not understood.
pub(super) fn offset_at(text: &str, unix: i64) -> Option<i64> {
    let (standard, rest) = offset(name(text)?)?;
    if rest.is_empty() || rest.starts_with(',') {
        return Some(standard);
    }
    let rest = name(rest)?;
    let (saving, rest) = match rest.chars().next() {
        None | Some(',') => (standard + 3600, rest),
        _ => offset(rest)?,
    };
    let rest = if rest.is_empty() { ",M3.2.0,M11.1.0" } else { rest };
    let (begins, rest) = rule(rest.strip_prefix([',', ';'])?)?;
    let (ends, rest) = rule(rest.strip_prefix(',')?)?;
    if !rest.is_empty() {
        return None;
    }
    let (year, _, _) = date(unix.checked_add(UNIX_TO_INTERNAL)?.div_euclid(DAY))?;
    let begins = begins.of_year(year).checked_sub(standard)?;
    let ends = ends.of_year(year).checked_sub(saving)?;
    // South of the equator it ends before it begins.
    let is_saving = if begins <= ends {
        (begins..ends).contains(&unix)
    } else {
        !(ends..begins).contains(&unix)
    };
    Some(if is_saving { saving } else { standard })
}

/// When the clock is changed, in local time.
struct Rule {
    day: RuleDay,
    /// Seconds from the start of that day on.
    time: i64,
}

enum RuleDay {
    /// 1 to 365, the leap day never counted.
    Julian(i64),
    /// 0 to 365.
    OfYear(i64),
    /// The week 1 to 5 of a month, the fifth meaning the last, and the day of the week from Sunday on.
    OfMonth { month: i64, week: i64, day: i64 },
}

impl Rule {
    /// Seconds since 1970, as if local time were UTC.
    fn of_year(&self, year: i64) -> i64 {
        let first = day_of(year, 1, 1);
        let is_leap = day_of(year, 3, 1) - day_of(year, 2, 28) == 2;
        let day = match self.day {
            RuleDay::Julian(day) => first + day - i64::from(day < 60 || !is_leap),
            RuleDay::OfYear(day) => first + day,
            RuleDay::OfMonth { month, week, day } => {
                let start = day_of(year, month, 1);
                let next = if month == 12 {
                    day_of(year + 1, 1, 1)
                } else {
                    day_of(year, month + 1, 1)
                };
                // 1 January of year 1 was a Monday.
                let weekday = (start + 1).rem_euclid(7);
                let day = start + (day - weekday).rem_euclid(7) + 7 * (week - 1);
                if day < next { day } else { day - 7 }
            }
        };
        day * DAY - UNIX_TO_INTERNAL + self.time
    }
}

/// What follows a zone's name: three letters or more, or anything in `<>`.
fn name(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('<') {
        return rest.split_once('>').map(|(_, rest)| rest);
    }
    let is_end = |character: char| character.is_ascii_digit() || ",-+".contains(character);
    let end = text.find(is_end).unwrap_or(text.len());
    if end < 3 { None } else { text.get(end..) }
}

/// Hours, minutes, seconds, west of UTC there and east of it here.
fn offset(text: &str) -> Option<(i64, &str)> {
    let (seconds, rest) = time(text)?;
    Some((-seconds, rest))
}

/// `[+-]h[:m[:s]]` as seconds.
fn time(text: &str) -> Option<(i64, &str)> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (hours, mut rest) = number(unsigned, 0..=24 * 7)?;
    let mut seconds = hours * 3600;
    for unit in [60, 1] {
        if let Some(more) = rest.strip_prefix(':') {
            let (part, after) = number(more, 0..=59)?;
            seconds += part * unit;
            rest = after;
        } else {
            break;
        }
    }
    Some((if text.starts_with('-') { -seconds } else { seconds }, rest))
}

fn rule(text: &str) -> Option<(Rule, &str)> {
    let (day, rest) = if let Some(text) = text.strip_prefix('J') {
        let (day, rest) = number(text, 1..=365)?;
        (RuleDay::Julian(day), rest)
    } else if let Some(text) = text.strip_prefix('M') {
        let (month, rest) = number(text, 1..=12)?;
        let (week, rest) = number(rest.strip_prefix('.')?, 1..=5)?;
        let (day, rest) = number(rest.strip_prefix('.')?, 0..=6)?;
        (RuleDay::OfMonth { month, week, day }, rest)
    } else {
        let (day, rest) = number(text, 0..=365)?;
        (RuleDay::OfYear(day), rest)
    };
    let (time, rest) = match rest.strip_prefix('/') {
        Some(rest) => time(rest)?,
        None => (2 * 3600, rest),
    };
    Some((Rule { day, time }, rest))
}

fn number(text: &str, range: std::ops::RangeInclusive<i64>) -> Option<(i64, &str)> {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let number = digits.parse().ok().filter(|number| range.contains(number))?;
    Some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_change_when_the_rules_say() {
        // `date -d @N` with the TZ variable set to the rules, GNU coreutils 9.
        let berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
        assert_eq!(offset_at(berlin, 1_774_745_999), Some(3600));
        assert_eq!(offset_at(berlin, 1_774_746_000), Some(7200));
        assert_eq!(offset_at(berlin, 1_792_889_999), Some(7200));
        assert_eq!(offset_at(berlin, 1_792_890_000), Some(3600));
        let sydney = "AEST-10AEDT,M10.1.0,M4.1.0/3";
        assert_eq!(offset_at(sydney, 1_767_225_600), Some(39_600));
        assert_eq!(offset_at(sydney, 1_782_864_000), Some(36_000));
        assert_eq!(offset_at("<-03>3", 0), Some(-10_800));
        assert_eq!(offset_at("IST-5:30", 0), Some(19_800));
        assert_eq!(offset_at("EST5EDT", 1_782_864_000), Some(-14_400));
    }

    #[test]
    fn rules_that_make_no_sense_have_no_offset() {
        for text in [
            "",
            "CE",
            "CET",
            "CET-1CEST,M13.1.0,M1.1.0",
            "CET-1CEST,M3.5.0",
            "CET-1CEST,J1,J2x",
        ] {
            assert_eq!(offset_at(text, 0), None, "{text}");
        }
    }
}
