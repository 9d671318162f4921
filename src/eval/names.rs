//! Numbers by the names that their type gives them: `green (1)`, `read|write (3)`. Pure.

use crate::symbols::NamedConstant;

/// Names joined in one text.
const JOINED: usize = 16;

/// What a number is called among the constants of its type; `None` where it has no name.
///
/// Of several constants of one value the one that was declared first counts: later ones are mostly
/// limits and other names (`last = blue`).
pub(super) fn name_of(constants: &[NamedConstant], number: i128) -> Option<String> {
    let exact = constants.iter().find(|constant| constant.value == number);
    if let Some(constant) = exact.filter(|constant| constant.name != "_") {
        return Some(constant.name.clone());
    }
    flags(constants, number)
}

/// The names of all the bits of `number`, where the constants are flags and every bit has one.
fn flags(constants: &[NamedConstant], number: i128) -> Option<String> {
    if number <= 0 || number.count_ones() as usize > JOINED {
        return None;
    }
    let is_bit = |constant: &&NamedConstant| constant.value > 0 && constant.value.count_ones() == 1;
    let bits: Vec<_> = constants.iter().filter(is_bit).collect();
    if !are_flags(constants, &bits) {
        return None;
    }
    let mut rest = number;
    let mut names = Vec::new();
    for bit in bits {
        if rest & bit.value != 0 && bit.name != "_" {
            rest &= !bit.value;
            names.push(bit.name.as_str());
        }
    }
    (rest == 0).then(|| names.join("|"))
}

/// Three bits or more; and not a plain enumeration, which names every number up to its last one.
fn are_flags(constants: &[NamedConstant], bits: &[&NamedConstant]) -> bool {
    let all = constants.iter().fold(0, |all, constant| all | constant.value);
    let single = bits.iter().fold(0_i128, |all, bit| all | bit.value);
    let last = constants.iter().map(|constant| constant.value).max().unwrap_or(0);
    let has = |value| constants.iter().any(|constant| constant.value == value);
    let is_enumeration = last < 1 << 10 && (1..=last).all(has);
    single.count_ones() >= 3 && all >= 0 && !is_enumeration
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constants(values: &[(&str, i128)]) -> Vec<NamedConstant> {
        let constant = |(name, value): &(&str, i128)| NamedConstant {
            name: (*name).to_owned(),
            value: *value,
        };
        values.iter().map(constant).collect()
    }

    #[test]
    fn a_number_has_the_name_that_was_declared_first() {
        let colors = constants(&[("red", 0), ("green", 1), ("blue", 2), ("last", 2)]);
        assert_eq!(name_of(&colors, 0).unwrap(), "red");
        assert_eq!(name_of(&colors, 2).unwrap(), "blue");
        assert_eq!(name_of(&colors, 3), None);
        assert_eq!(name_of(&colors, -1), None);
    }

    #[test]
    fn bits_are_joined_where_every_one_has_a_name_and_only_of_flags() {
        let flags = constants(&[("none", 0), ("read", 1), ("write", 2), ("exec", 4), ("all", 7)]);
        assert_eq!(name_of(&flags, 5).unwrap(), "read|exec");
        assert_eq!(name_of(&flags, 7).unwrap(), "all");
        assert_eq!(name_of(&flags, 9), None);
        let numbers = constants(&[("a", 1), ("b", 2), ("c", 3), ("d", 4)]);
        assert_eq!(name_of(&numbers, 5), None);
        assert_eq!(name_of(&constants(&[("a", 1), ("b", 2)]), 3), None);
    }
}
