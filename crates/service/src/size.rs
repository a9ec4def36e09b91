//! Amounts of data as people write them: `10 GiB`.

use terraform_framework::schema::{Attribute, Shape};
use terraform_framework::{Attr, Mismatch, Nullable, Type, Value, check};

/// An amount of data: a whole number and a unit, `10 GiB`, `500MB`, `1024`. Units are as Quay reads them: `KB`, `MB`, `GB`, `TB`
/// count in thousands (as do `K`, `M`, `G`, `T`), `KiB`, `MiB`, `GiB`, `TiB` in 1024s; without a unit it is bytes. Equal amounts are
/// the same, however they are spelled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(String);

const UNITS: [(&str, u64); 19] = [
    ("", 1),
    ("b", 1),
    ("bytes", 1),
    ("k", 1_000),
    ("kb", 1_000),
    ("kib", 1 << 10),
    ("m", 1_000_000),
    ("mb", 1_000_000),
    ("mib", 1 << 20),
    ("g", 1_000_000_000),
    ("gb", 1_000_000_000),
    ("gib", 1 << 30),
    ("t", 1_000_000_000_000),
    ("tb", 1_000_000_000_000),
    ("tib", 1 << 40),
    ("p", 1_000_000_000_000_000),
    ("pb", 1_000_000_000_000_000),
    ("pib", 1 << 50),
    ("eib", 1 << 60),
];

/// Bytes of a text.
///
/// # Errors
/// What is wrong, and what would be right.
pub fn parse(text: &str) -> Result<i64, String> {
    let help = || {
        format!("{text:?} is not an amount of data; write a whole number and a unit, such as \"10 GiB\" or \"500 MB\".")
    };
    let trimmed = text.trim();
    let digits = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
    let number: u64 = trimmed[..digits].parse().map_err(|_| help())?;
    let unit = trimmed[digits..].trim_start().to_lowercase();
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(help)?;
    let bytes = number.checked_mul(*factor).and_then(|b| i64::try_from(b).ok());
    bytes.ok_or_else(|| format!("{text:?} is too large: at most 2^63-1 bytes."))
}

/// Bytes with the largest unit of 1024s that fits without a rest.
pub fn format(bytes: i64) -> String {
    let binary = [
        ("EiB", 1_i64 << 60),
        ("PiB", 1 << 50),
        ("TiB", 1 << 40),
        ("GiB", 1 << 30),
        ("MiB", 1 << 20),
        ("KiB", 1 << 10),
    ];
    match binary.iter().find(|(_, factor)| bytes != 0 && bytes % factor == 0) {
        Some((unit, factor)) => format!("{} {unit}", bytes / factor),
        None => format!("{bytes} B"),
    }
}

impl Size {
    /// How many bytes.
    ///
    /// # Errors
    /// When the text is not an amount, which validation has refused before.
    pub fn bytes(&self) -> Result<i64, String> {
        parse(&self.0)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An amount in bytes.
    pub fn of_bytes(bytes: i64) -> Self {
        Self(format(bytes))
    }
}

impl From<String> for Size {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Attr for Size {
    type View = Size;

    fn shape() -> Shape {
        Shape::Plain(Type::String)
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        String::from_value(value).map(Size)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }

    fn view(value: &Value) -> Size {
        Size(String::view(value))
    }

    fn adjust(attribute: &mut Attribute) {
        attribute.same = Some(same);
        attribute.checks.insert(0, check::text("an amount of data such as `10 GiB`", |t| parse(t).map(|_| ())));
    }
}

impl Nullable for Size {}

fn same(earlier: &Value, later: &Value) -> bool {
    let bytes = |v: &Value| v.as_str().and_then(|t| parse(t).ok());
    matches!((bytes(earlier), bytes(later)), (Some(a), Some(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_count_in_thousands_or_in_1024s() {
        for (text, bytes) in
            [("10 GiB", 10 << 30), ("1GB", 1_000_000_000), ("7", 7), ("3 k", 3_000), ("2 MiB", 2 << 20)]
        {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
        for text in ["", "GiB", "1.5 GiB", "-1 GB", "1 XB", "9999999999 EiB"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn formatting_loses_nothing() {
        for bytes in [0, 1, 1023, 1024, 1 << 30, (1 << 30) + 1, i64::MAX] {
            assert_eq!(parse(&format(bytes)), Ok(bytes));
        }
    }
}
