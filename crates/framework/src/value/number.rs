//! Decimal numbers of any size.
//!
//! HCL's numbers are decimals of several hundred bits: they fit neither an `i64` nor an `f64`. A value must be echoed to
//! Terraform exactly as it came, so it is kept exactly.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, ToPrimitive};

/// Most significant digits that a number may have, and most zeros that its exponent may stand for. Terraform's own
/// numbers have at most 155 digits; without a limit `1e999999999` would be a gigabyte of text.
const MAX_DIGITS: usize = 4096;
/// Longest text that is looked at: a number at both limits, written out in full.
const MAX_TEXT: usize = 2 * MAX_DIGITS + 16;

/// Most zeros that a number is padded with when it is written. With more, a few bytes that were read would become thousands.
const MAX_PADDING: i64 = 100;

/// A decimal number, exactly as HCL had it, or an infinity.
///
/// Equality, order and hash are by value: `1.0` is `1`, `-0` is `0`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number(Repr);

/// Each number has one representation only, so that the derived equality is equality by value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Repr {
    NegativeInfinity,
    /// Every integer that fits.
    Int(i64),
    /// Everything else, without trailing zeros in its digits.
    Decimal(Box<BigDecimal>),
    Infinity,
}

/// Why something is not a number. Says nothing of the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not the text of a decimal number, or a float that is not a number.
    #[error("not a decimal number")]
    NotANumber,
    /// More digits, or a greater exponent, than any number that Terraform can work with.
    #[error("a number of more than {MAX_DIGITS} digits")]
    TooLarge,
}

impl Number {
    /// Greater than every other number.
    pub const INFINITY: Number = Number(Repr::Infinity);
    /// Less than every other number.
    pub const NEGATIVE_INFINITY: Number = Number(Repr::NegativeInfinity);

    /// Reads decimal text: digits with an optional sign, point and exponent.
    ///
    /// # Errors
    /// When it is something else, or beyond the limits on digits and exponent. Takes time in proportion to the text.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        if text.len() > MAX_TEXT {
            return Err(NumberError::TooLarge);
        }
        let (negative, rest) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], parse_exponent(&rest[at + 1..])?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NumberError::NotANumber);
        }
        Self::from_digits(negative, &digits, fraction.len() as i64 - exponent)
    }

    /// The number `digits / 10^scale`.
    fn from_digits(negative: bool, digits: &str, scale: i64) -> Result<Self, NumberError> {
        let digits = digits.trim_start_matches('0');
        let significant = digits.trim_end_matches('0');
        let scale = scale - (digits.len() - significant.len()) as i64;
        if significant.is_empty() {
            return Ok(Self::from(0_i64));
        }
        if significant.len() > MAX_DIGITS || scale.unsigned_abs() > MAX_DIGITS as u64 {
            return Err(NumberError::TooLarge);
        }
        let magnitude = BigInt::parse_bytes(significant.as_bytes(), 10).ok_or(NumberError::NotANumber)?;
        let decimal = BigDecimal::new(if negative { -magnitude } else { magnitude }, scale);
        Ok(Self::from_decimal(decimal))
    }

    /// A decimal within the limits.
    fn from_decimal(decimal: BigDecimal) -> Self {
        let decimal = decimal.normalized();
        // `to_i64` cuts fractions off, and would write out a great exponent in full.
        let small = (-19..=0).contains(&decimal.fractional_digit_count()).then(|| decimal.to_i64()).flatten();
        Self(small.map_or_else(|| Repr::Decimal(Box::new(decimal)), Repr::Int))
    }

    /// The integer, when it is one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Int(int) => Some(int),
            _ => None,
        }
    }

    /// The integer, when it is one and fits.
    pub fn as_u64(&self) -> Option<u64> {
        match &self.0 {
            Repr::Int(int) => u64::try_from(*int).ok(),
            Repr::Decimal(d) if (-20..=0).contains(&d.fractional_digit_count()) => d.to_u64(),
            _ => None,
        }
    }

    /// The nearest float.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::NegativeInfinity => f64::NEG_INFINITY,
            Repr::Int(int) => *int as f64,
            // Through text: the standard library rounds correctly.
            Repr::Decimal(d) => d.to_scientific_notation().parse().unwrap_or(f64::NAN),
            Repr::Infinity => f64::INFINITY,
        }
    }

    /// The float that is exactly this number, when it has a fraction or is infinite. Integers have none here: on the wire
    /// they are integers or text.
    pub(super) fn as_exact_float(&self) -> Option<f64> {
        let decimal = match &self.0 {
            Repr::Int(_) => return None,
            Repr::Decimal(decimal) => decimal,
            Repr::NegativeInfinity | Repr::Infinity => return Some(self.to_f64()),
        };
        // A sum of powers of one half ends in 5 when written in decimal.
        let (digits, scale) = decimal.as_bigint_and_scale();
        if scale <= 0 || digits.as_ref() % 10 != BigInt::from(5) && digits.as_ref() % 10 != BigInt::from(-5) {
            return None;
        }
        let float = self.to_f64();
        let exact = BigDecimal::try_from(float).ok()?;
        (exact == **decimal).then_some(float)
    }

    /// False for the infinities.
    pub fn is_finite(&self) -> bool {
        matches!(self.0, Repr::Int(_) | Repr::Decimal(_))
    }

    /// True when it has no fraction.
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Int(_) => true,
            Repr::Decimal(decimal) => decimal.fractional_digit_count() <= 0,
            Repr::NegativeInfinity | Repr::Infinity => false,
        }
    }
}

/// An exponent, cut off far beyond the limits rather than overflowing.
fn parse_exponent(text: &str) -> Result<i64, NumberError> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NumberError::NotANumber);
    }
    let magnitude = digits.bytes().fold(0_i64, |sum, digit| (sum * 10 + i64::from(digit - b'0')).min(1_000_000));
    Ok(if negative { -magnitude } else { magnitude })
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Int(a), Repr::Int(b)) => a.cmp(b),
            (Repr::Decimal(a), Repr::Decimal(b)) => a.cmp(b),
            (Repr::Int(a), Repr::Decimal(b)) => BigDecimal::from(*a).cmp(b),
            (Repr::Decimal(a), Repr::Int(b)) => (**a).cmp(&BigDecimal::from(*b)),
            (Repr::NegativeInfinity, Repr::NegativeInfinity) | (Repr::Infinity, Repr::Infinity) => Ordering::Equal,
            (Repr::NegativeInfinity, _) | (_, Repr::Infinity) => Ordering::Less,
            (Repr::Infinity, _) | (_, Repr::NegativeInfinity) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<i64> for Number {
    fn from(int: i64) -> Self {
        Self(Repr::Int(int))
    }
}

impl From<i32> for Number {
    fn from(int: i32) -> Self {
        Self::from(i64::from(int))
    }
}

impl From<u32> for Number {
    fn from(int: u32) -> Self {
        Self::from(i64::from(int))
    }
}

impl From<u64> for Number {
    fn from(int: u64) -> Self {
        i64::try_from(int).map_or_else(|_| Self::from_decimal(BigDecimal::from(int)), Self::from)
    }
}

impl TryFrom<f64> for Number {
    type Error = NumberError;

    /// An integer exactly; anything else as the shortest decimal text that names this float, so that `0.1` is 0.1.
    fn try_from(float: f64) -> Result<Self, NumberError> {
        if float.is_nan() {
            return Err(NumberError::NotANumber);
        }
        if float.is_infinite() {
            return Ok(if float > 0.0 { Self::INFINITY } else { Self::NEGATIVE_INFINITY });
        }
        if float.fract() == 0.0 {
            return BigDecimal::try_from(float).map(Self::from_decimal).map_err(|_| NumberError::NotANumber);
        }
        Self::parse(&format!("{float:e}"))
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        Self::parse(text)
    }
}

impl fmt::Display for Number {
    /// Decimal text, with an exponent only where it would be padded with many zeros; `inf` and `-inf`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::NegativeInfinity => f.write_str("-inf"),
            Repr::Int(int) => write!(f, "{int}"),
            Repr::Decimal(decimal) => {
                let scale = decimal.fractional_digit_count();
                let padding = if scale < 0 { -scale } else { scale - decimal.digits() as i64 };
                let plain = padding <= MAX_PADDING;
                f.write_str(&if plain { decimal.to_plain_string() } else { decimal.to_scientific_notation() })
            }
            Repr::Infinity => f.write_str("inf"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn equality_is_by_value() {
        for (a, b) in [
            ("1.0", "1"),
            ("-0", "0"),
            ("-0.00e7", "0"),
            ("1e3", "1000"),
            ("100e-2", "1"),
            ("+.5", "0.50"),
            ("1.", "1"),
        ] {
            assert_eq!(number(a), number(b), "{a} and {b}");
            assert_eq!(number(a).cmp(&number(b)), Ordering::Equal);
        }
        assert_eq!(Number::try_from(0.1).unwrap(), number("0.1"));
        assert_eq!(Number::try_from(-0.0).unwrap(), Number::from(0_i64));
        assert_eq!(Number::try_from(1e30).unwrap(), number("1000000000000000019884624838656"));
        assert_ne!(number("0.1"), number("0.1000000000000000055511151231257827"));
        assert_ne!(number("9007199254740993"), number("9007199254740992"));
    }

    #[test]
    fn text_is_plain_decimal() {
        for text in ["0", "-3", "0.1", "18446744073709551615", "0.00000000000000000001", "-0.1234567890123456789012"] {
            assert_eq!(number(text).to_string(), text);
        }
        assert_eq!(number("1e30").to_string(), format!("1{}", "0".repeat(30)));
        assert_eq!(number("1.50").to_string(), "1.5");
        assert_eq!(number("12e100").to_string(), format!("12{}", "0".repeat(100)));
        assert_eq!(number("12e101").to_string(), "1.2e102");
        assert_eq!(number("-12e-102").to_string(), format!("-0.{}12", "0".repeat(100)));
        assert_eq!(number("-12e-103").to_string(), "-1.2e-102");
    }

    #[test]
    fn order_is_by_value() {
        let texts =
            ["-1e4000", "-2", "-1.5", "0", "1e-4000", "0.1", "1", "1.5", "9223372036854775807", "9223372036854775808"];
        let mut all = vec![Number::NEGATIVE_INFINITY];
        all.extend(texts.map(number));
        all.push(Number::INFINITY);
        for (i, a) in all.iter().enumerate() {
            for (j, b) in all.iter().enumerate() {
                assert_eq!(a.cmp(b), i.cmp(&j), "{a} and {b}");
            }
        }
    }

    #[test]
    fn integers_that_fit() {
        assert_eq!(number("-9223372036854775808").as_i64(), Some(i64::MIN));
        assert_eq!(number("9223372036854775808").as_i64(), None);
        assert_eq!(number("18446744073709551615").as_u64(), Some(u64::MAX));
        assert_eq!(Number::from(u64::MAX), number("18446744073709551615"));
        assert_eq!(number("18446744073709551616").as_u64(), None);
        assert_eq!(number("-1").as_u64(), None);
        assert_eq!(number("2.5").as_i64(), None);
        assert_eq!(number("2.5").as_u64(), None);
        assert_eq!(number("1e3").as_i64(), Some(1000));
        assert_eq!(number("1e4000").as_u64(), None);
    }

    #[test]
    fn attacks_are_refused() {
        for text in ["1e999999999", "1e-999999999", "1e99999999999999999999999999", "1e4097", "0.1e-4096"] {
            assert_eq!(Number::parse(text), Err(NumberError::TooLarge), "{text}");
        }
        assert_eq!(Number::parse(&"9".repeat(5000)), Err(NumberError::TooLarge));
        assert_eq!(Number::parse(&"0".repeat(1 << 20)), Err(NumberError::TooLarge));
        assert_eq!(number("0e999999999"), Number::from(0_i64));
    }

    #[test]
    fn what_is_no_number() {
        for text in ["", "-", ".", "e5", "1e", "1e+", "0x10", "1_000", " 1", "1 ", "NaN", "inf", "--1", "1.2.3", "١"] {
            assert_eq!(Number::parse(text), Err(NumberError::NotANumber), "{text:?}");
        }
        assert_eq!(Number::try_from(f64::NAN), Err(NumberError::NotANumber));
    }

    #[test]
    fn exact_floats() {
        assert_eq!(number("0.5").as_exact_float(), Some(0.5));
        assert_eq!(number("-0.375").as_exact_float(), Some(-0.375));
        assert_eq!(number("0.1").as_exact_float(), None);
        assert_eq!(number("0.25e-400").as_exact_float(), None);
        assert_eq!(number("2").as_exact_float(), None);
        assert_eq!(number("1e30").as_exact_float(), None);
        assert_eq!(Number::INFINITY.as_exact_float(), Some(f64::INFINITY));
    }
}
