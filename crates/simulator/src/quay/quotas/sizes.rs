//! Sizes as texts, in quotas.

/// Units of a limit given as text, with their powers of 1024 or 1000.
const UNITS: [(&str, i128); 33] = [
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("PiB", 1 << 50),
    ("EiB", 1 << 60),
    ("ZiB", 1 << 70),
    ("YiB", 1 << 80),
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("Pi", 1 << 50),
    ("Ei", 1 << 60),
    ("Zi", 1 << 70),
    ("Yi", 1 << 80),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("PB", 1_000_000_000_000_000),
    ("EB", 1_000_000_000_000_000_000),
    ("ZB", 1_000_000_000_000_000_000_000),
    ("YB", 1_000_000_000_000_000_000_000_000),
    ("K", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
    ("P", 1_000_000_000_000_000),
    ("E", 1_000_000_000_000_000_000),
    ("Z", 1_000_000_000_000_000_000_000),
    ("Y", 1_000_000_000_000_000_000_000_000),
];

/// The regular expression that such a text must match.
pub(super) fn pattern() -> String {
    format!(r"^(\d+\s?({})?)$", UNITS.map(|(unit, _)| unit).join("|"))
}

/// Bytes of a text such as `10 GiB`.
pub(super) fn parse(text: &str) -> Option<i128> {
    let digits = text.trim_end_matches(|character: char| !character.is_ascii_digit());
    let number: i128 = digits.parse().ok()?;
    let factor = match text[digits.len()..].trim() {
        "" => 1,
        unit => UNITS.iter().find(|(name, _)| *name == unit)?.1,
    };
    number.checked_mul(factor)
}

/// Bytes as the server writes them: in the largest unit of 1024 that leaves at least 1, with one decimal.
pub(super) fn readable(bytes: u64) -> String {
    const NAMES: [&str; 7] = ["Byte", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let power = (bytes.max(1).ilog2() / 10) as usize;
    format!("{:.1} {}", bytes as f64 / (1u64 << (10 * power)) as f64, NAMES[power])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_in_all_units() {
        assert_eq!(parse("10"), Some(10));
        assert_eq!(parse("10GiB"), Some(10 << 30));
        assert_eq!(parse("1 TB"), Some(1_000_000_000_000));
        assert_eq!(parse("10 XB"), None);
    }

    #[test]
    fn limits_are_written_with_one_decimal() {
        assert_eq!(readable(10), "10.0 Byte");
        assert_eq!(readable(1000), "1000.0 Byte");
        assert_eq!(readable(1_000_000_000), "953.7 MiB");
        assert_eq!(readable(1 << 60), "1.0 EiB");
    }
}
