//! `math/big`: integers and fractions in decimal.

use super::part::Part;
use super::table::Reader;
use super::words::head;
use crate::model::{Role, Runs};

pub(super) const READERS: &[(&str, Reader)] = &[("math/big.Int", integer), ("math/big.Rat", fraction)];

/// Words of a number that is turned into decimal: 2466 digits, less than a millisecond of work.
const WORDS: u64 = 128;
/// Digits shown.
const DIGITS: usize = 100;
/// 10^19, the greatest power of ten of 64 bits.
const CHUNK: u64 = 10_000_000_000_000_000_000;

fn integer(part: &Part<'_>) -> Option<Runs> {
    let mut runs = head(part);
    runs.extend(digits(part)?);
    Some(runs)
}

/// A denominator without words stands for 1.
fn fraction(part: &Part<'_>) -> Option<Runs> {
    let mut runs = head(part);
    runs.extend(digits(&part.field("a")?)?);
    let below = part.field("b")?;
    runs.push("/", Role::Number);
    if below.field("abs")?.slice()?.len == 0 {
        runs.push("1", Role::Number);
    } else {
        runs.extend(digits(&below)?);
    }
    Some(runs)
}

fn digits(part: &Part<'_>) -> Option<Runs> {
    let is_negative = part.field("neg")?.uint()? != 0;
    let abs = part.field("abs")?;
    let span = abs.slice()?;
    if span.len > WORDS {
        let bits = span.len.checked_mul(64)?;
        return Some(Runs::of(format!("of up to {bits} bits"), Role::Number));
    }
    let words: Option<Vec<u64>> = (0..span.len)
        .map(|index| abs.element(span, index)?.uint())
        .collect();
    let text = decimal(words?);
    let sign = if is_negative { "-" } else { "" };
    let shown = text.get(..DIGITS).unwrap_or(&text);
    let mut runs = Runs::of(format!("{sign}{shown}"), Role::Number);
    if text.len() > shown.len() {
        runs.push(format!("…+{} more", text.len() - shown.len()), Role::Dim);
    }
    Some(runs)
}

/// A number of 64-bit words, the lowest first, in decimal.
fn decimal(mut words: Vec<u64>) -> String {
    let mut chunks = Vec::new();
    while words.iter().any(|word| *word != 0) {
        let mut rest = 0_u128;
        for word in words.iter_mut().rev() {
            let value = rest << 64 | u128::from(*word);
            *word = (value / u128::from(CHUNK)) as u64;
            rest = value % u128::from(CHUNK);
        }
        chunks.push(rest);
    }
    let mut text = chunks.pop().unwrap_or(0).to_string();
    for chunk in chunks.iter().rev() {
        text.push_str(&format!("{chunk:019}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_decimal() {
        assert_eq!(decimal(vec![]), "0");
        assert_eq!(decimal(vec![0, 0]), "0");
        assert_eq!(decimal(vec![0, 1]), "18446744073709551616");
        assert_eq!(decimal(vec![CHUNK, 0]), "10000000000000000000");
        assert_eq!(
            decimal(vec![u64::MAX, u64::MAX]),
            "340282366920938463463374607431768211455"
        );
    }
}
