//! Arithmetic and comparison of plain values, as Go does them. Pure: no types, no memory.

use std::cmp::Ordering;

use super::ast::BinaryOp;
use super::operand::Number;

/// A shift that moves everything out; Go's largest constants have 512 bits, ours 127.
const MOST_SHIFT: i128 = 126;

/// How integers of a type wrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Width {
    pub(super) bits: u32,
    pub(super) signed: bool,
}

impl Width {
    /// What remains of `number` in this many bits.
    pub(super) fn wrap(self, number: i128) -> i128 {
        let unused = 128_u32.saturating_sub(self.bits).min(127);
        let shifted = number.wrapping_shl(unused);
        if self.signed {
            shifted >> unused
        } else {
            ((shifted as u128) >> unused) as i128
        }
    }

    pub(super) fn holds(self, number: i128) -> bool {
        self.wrap(number) == number
    }
}

/// The kind into which two untyped constants are taken, the later one of these: integer, character,
/// float, complex.
pub(super) fn level(left: Number, right: Number) -> (Number, Number) {
    let rank = |number: &Number| match number {
        Number::Int(_) => 0,
        Number::Rune(_) => 1,
        Number::Float(_) => 2,
        Number::Complex(..) => 3,
        _ => 4,
    };
    let (low, high) = (rank(&left), rank(&right));
    if low == high || low > 3 || high > 3 {
        return (left, right);
    }
    let lift = |number: Number, rank: u8| match (number, rank) {
        (Number::Int(value), 1) => Number::Rune(value),
        (Number::Int(value) | Number::Rune(value), 2) => Number::Float(value as f64),
        (Number::Int(value) | Number::Rune(value), 3) => Number::Complex(value as f64, 0.0),
        (Number::Float(value), 3) => Number::Complex(value, 0.0),
        (number, _) => number,
    };
    let most = low.max(high);
    (lift(left, most), lift(right, most))
}

/// `left op right` of two values of one kind; the reason where Go has no such operation.
pub(super) fn arithmetic(op: BinaryOp, left: &Number, right: &Number) -> Result<Number, String> {
    match (left, right) {
        (Number::Int(a), Number::Int(b)) => integers(op, *a, *b).map(Number::Int),
        (Number::Rune(a), Number::Rune(b)) => integers(op, *a, *b).map(Number::Rune),
        (Number::Float(a), Number::Float(b)) => floats(op, *a, *b).map(Number::Float),
        (Number::Complex(..), Number::Complex(..)) => complexes(op, left, right),
        (Number::Text(a), Number::Text(b)) if op == BinaryOp::Add => {
            Ok(Number::Text([a.as_slice(), b.as_slice()].concat()))
        }
        _ => Err(format!("`{}` is not defined for {}", op.sign(), noun(left))),
    }
}

fn integers(op: BinaryOp, a: i128, b: i128) -> Result<i128, String> {
    let result = match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Sub => a.checked_sub(b),
        BinaryOp::Mul => a.checked_mul(b),
        BinaryOp::Div | BinaryOp::Rem if b == 0 => return Err("division by zero".into()),
        BinaryOp::Div => a.checked_div(b),
        BinaryOp::Rem => a.checked_rem(b),
        BinaryOp::And => Some(a & b),
        BinaryOp::Or => Some(a | b),
        BinaryOp::Xor => Some(a ^ b),
        BinaryOp::AndNot => Some(a & !b),
        _ => return Err(format!("`{}` is not defined for integers", op.sign())),
    };
    result.ok_or_else(|| "the result is too large".into())
}

/// The product of two integers of a type, before it is cut to the type's width: Go's wrap around.
pub(super) const fn wrapping_product(a: i128, b: i128) -> i128 {
    a.wrapping_mul(b)
}

/// `number op count`, without regard to the type's width.
pub(super) fn shift(op: BinaryOp, number: i128, count: i128) -> Result<i128, String> {
    if count < 0 {
        return Err("a shift by a negative count".into());
    }
    let bits = u32::try_from(count.min(MOST_SHIFT)).unwrap_or(0);
    if op == BinaryOp::ShiftRight {
        return Ok(number >> bits);
    }
    let shifted = number.wrapping_shl(bits);
    if count <= MOST_SHIFT && shifted >> bits == number {
        return Ok(shifted);
    }
    Err("the result is too large".into())
}

fn floats(op: BinaryOp, a: f64, b: f64) -> Result<f64, String> {
    Ok(match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div => a / b,
        _ => return Err(format!("`{}` is not defined for floats", op.sign())),
    })
}

fn complexes(op: BinaryOp, left: &Number, right: &Number) -> Result<Number, String> {
    let (&Number::Complex(a, b), &Number::Complex(c, d)) = (left, right) else {
        return Err("not complex numbers".into());
    };
    Ok(match op {
        BinaryOp::Add => Number::Complex(a + c, b + d),
        BinaryOp::Sub => Number::Complex(a - c, b - d),
        BinaryOp::Mul => Number::Complex(a * c - b * d, a * d + b * c),
        BinaryOp::Div => {
            let norm = c * c + d * d;
            Number::Complex((a * c + b * d) / norm, (b * c - a * d) / norm)
        }
        _ => return Err(format!("`{}` is not defined for complex numbers", op.sign())),
    })
}

/// Whether a comparison of two values of one kind holds.
pub(super) fn compare(op: BinaryOp, left: &Number, right: &Number) -> Result<bool, String> {
    let order = match (left, right) {
        (Number::Int(a) | Number::Rune(a), Number::Int(b) | Number::Rune(b)) => Some(a.cmp(b)),
        (Number::Float(a), Number::Float(b)) => a.partial_cmp(b),
        (Number::Text(a), Number::Text(b)) => Some(a.cmp(b)),
        (Number::Bool(_), Number::Bool(_)) | (Number::Complex(..), Number::Complex(..)) => {
            return match op {
                BinaryOp::Equal => Ok(left == right),
                BinaryOp::NotEqual => Ok(left != right),
                _ => Err(format!("`{}` is not defined for {}", op.sign(), noun(left))),
            };
        }
        _ => return Err(format!("{} and {} cannot be compared", noun(left), noun(right))),
    };
    // NaN is unequal to everything and in no order.
    Ok(match (op, order) {
        (BinaryOp::NotEqual, order) => order != Some(Ordering::Equal),
        (_, None) => false,
        (BinaryOp::Equal, Some(order)) => order.is_eq(),
        (BinaryOp::Less, Some(order)) => order.is_lt(),
        (BinaryOp::LessEqual, Some(order)) => order.is_le(),
        (BinaryOp::Greater, Some(order)) => order.is_gt(),
        (_, Some(order)) => order.is_ge(),
    })
}

pub(super) const fn noun(number: &Number) -> &'static str {
    match number {
        Number::Bool(_) => "booleans",
        Number::Int(_) | Number::Rune(_) => "integers",
        Number::Float(_) => "floats",
        Number::Complex(..) => "complex numbers",
        Number::Text(_) => "strings",
        Number::Nil => "nil",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const I8: Width = Width {
        bits: 8,
        signed: true,
    };
    const U8: Width = Width {
        bits: 8,
        signed: false,
    };

    #[test]
    fn integers_wrap_at_their_width() {
        assert_eq!(I8.wrap(130), -126);
        assert_eq!(U8.wrap(-1), 255);
        assert!(U8.holds(255) && !U8.holds(256) && !U8.holds(-1));
        let u64 = Width {
            bits: 64,
            signed: false,
        };
        assert_eq!(u64.wrap(-1), i128::from(u64::MAX));
    }

    #[test]
    fn what_go_does_not_define_is_an_error_and_never_a_panic() {
        let int = Number::Int;
        assert!(arithmetic(BinaryOp::Div, &int(1), &int(0)).is_err());
        assert!(arithmetic(BinaryOp::Mul, &int(i128::MAX), &int(2)).is_err());
        assert!(arithmetic(BinaryOp::Div, &int(i128::MIN), &int(-1)).is_err());
        assert!(arithmetic(BinaryOp::Rem, &Number::Float(1.0), &Number::Float(1.0)).is_err());
        assert!(shift(BinaryOp::ShiftLeft, 1, 1000).is_err());
        assert_eq!(shift(BinaryOp::ShiftRight, -8, 1000), Ok(-1));
        assert_eq!(arithmetic(BinaryOp::Div, &int(-7), &int(2)), Ok(int(-3)));
        assert_eq!(arithmetic(BinaryOp::Rem, &int(-7), &int(2)), Ok(int(-1)));
    }

    #[test]
    fn nan_is_unequal_to_itself() {
        let nan = Number::Float(f64::NAN);
        assert_eq!(compare(BinaryOp::Equal, &nan, &nan), Ok(false));
        assert_eq!(compare(BinaryOp::NotEqual, &nan, &nan), Ok(true));
        assert_eq!(compare(BinaryOp::LessEqual, &nan, &nan), Ok(false));
    }

    #[test]
    fn products_of_the_largest_integers_wrap_as_in_go() {
        let u64 = Width {
            bits: 64,
            signed: false,
        };
        let most = i128::from(u64::MAX);
        assert_eq!(u64.wrap(wrapping_product(most, most)), 1);
    }

    proptest::proptest! {
        #[test]
        fn typed_arithmetic_is_that_of_the_machine(a: i32, b: i32) {
            let wide = |op| arithmetic(op, &Number::Int(a.into()), &Number::Int(b.into()));
            let i32 = Width { bits: 32, signed: true };
            let wrapped = |op| match wide(op) { Ok(Number::Int(n)) => Some(i32.wrap(n)), _ => None };
            proptest::prop_assert_eq!(wrapped(BinaryOp::Add), Some(a.wrapping_add(b).into()));
            proptest::prop_assert_eq!(wrapped(BinaryOp::Mul), Some(a.wrapping_mul(b).into()));
            proptest::prop_assert_eq!(wrapped(BinaryOp::AndNot), Some((a & !b).into()));
            if b != 0 {
                proptest::prop_assert_eq!(wrapped(BinaryOp::Div), Some(a.wrapping_div(b).into()));
            }
        }
    }
}
