//! What Harbor accepts as names and secrets, checked before it is asked.

use terraform_framework::check;
use terraform_framework::schema::Check;

/// True for the name of a project or robot: Harbor's own expression is `^[a-z0-9]+(?:[._-][a-z0-9]+)*$`.
pub(super) fn is_plain(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    !name.is_empty() && name.split(['.', '_', '-']).all(|part| !part.is_empty() && part.chars().all(letter))
}

fn plain(kind: &'static str, hint: &'static str) -> Check {
    let what = "1 to 255 lower-case letters and digits, with single `.`, `_` or `-` between them";
    check::text(what, move |name| {
        if is_plain(name) && name.len() <= 255 {
            Ok(())
        } else {
            Err(format!("{name:?} cannot be the name of {kind}: it must be {}.{hint}", what.replace('`', "")))
        }
    })
}

/// The name of a project.
pub(super) fn project() -> Check {
    plain("a project", "")
}

/// The short name of a robot.
pub(super) fn robot() -> Check {
    plain("a robot", " Leave out the prefix (robot$) and the project: Harbor adds them.")
}

/// How long a robot lives, in days.
pub(super) fn days() -> Check {
    check::number("-1 (for ever), or 1 to 2147483646", |n| match n.as_i64() {
        Some(-1 | 1..=2_147_483_646) => Ok(()),
        _ => Err("It must be -1 (for ever), or a number of days from 1 to 2147483646.".to_owned()),
    })
}

/// -1 for no limit, or a positive number that fits 32 bits.
pub(super) fn limit() -> Check {
    check::number("-1 (no limit), or 1 to 2147483647", |n| match n.as_i64() {
        Some(-1 | 1..=2_147_483_647) => Ok(()),
        _ => Err("It must be -1 (no limit), or a number from 1 to 2147483647.".to_owned()),
    })
}

/// A secret that Harbor takes. The messages say nothing of it.
pub(super) fn secret() -> Check {
    let what = "8 to 128 characters with a lower-case letter, an upper-case letter and a digit";
    check::text(what, move |secret| {
        let has = |kind: fn(&u8) -> bool| secret.as_bytes().iter().any(kind);
        let kinds = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit);
        if (8..=128).contains(&secret.len()) && kinds { Ok(()) } else { Err(format!("It must have {what}.")) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_are_those_of_harbors_expression() {
        for good in ["a", "acme", "a-b", "a.b_c", "123"] {
            assert!(is_plain(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "Acme", "a b", "robot$ci", "a+b"] {
            assert!(!is_plain(bad), "{bad}");
        }
    }

    #[test]
    fn secrets_need_every_kind_of_character() {
        let check = secret();
        let is_good = |text: &str| (check.test)(&text.into()).is_ok();
        assert!(is_good("Harbor12"));
        for bad in ["Harbor1", "harbor12", "HARBOR12", "Harborrr"] {
            assert!(!is_good(bad), "{bad}");
        }
        assert!(is_good(&format!("aA1{}", "x".repeat(125))) && !is_good(&format!("aA1{}", "x".repeat(126))));
    }
}
