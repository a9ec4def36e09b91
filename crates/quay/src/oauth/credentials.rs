//! What resources of credentials have in common: when they are made anew, and how what a run left behind is told.

use std::hash::{BuildHasher, Hasher, RandomState};

use terraform_framework::schema::Modify;

/// Whether a text that only the provider knows (`rotation`) goes from one to another. From null to a text is no change: that is how an
/// imported object gets its first.
pub(super) fn rotates(change: &Modify<'_>) -> bool {
    !change.state.is_null() && !change.plan.is_null() && *change.state != change.plan
}

/// A name that no other run gives: a text and sixteen random digits. It is no secret.
pub(super) fn passing_name(begin: &str) -> String {
    format!("{begin}-{:016x}", RandomState::new().build_hasher().finish())
}

/// A UUID (version 4) that no other run gives. It is no secret.
pub(crate) fn passing_uuid() -> String {
    let half = || RandomState::new().build_hasher().finish();
    let (first, last) = (half(), half());
    let (low, middle, high) = (first >> 32, (first >> 16) & 0xffff, first & 0xfff);
    format!("{low:08x}-{middle:04x}-4{high:03x}-{:04x}-{:012x}", 0x8000 | (last >> 50), last & 0xffff_ffff_ffff)
}

/// Whether a name is like one that [`passing_name`] gave for the same begin.
pub(super) fn is_passing_name(name: &str, begin: &str) -> bool {
    let digits = name.strip_prefix(begin).and_then(|rest| rest.strip_prefix('-'));
    digits.is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}

#[cfg(test)]
mod tests {
    use super::{is_passing_name, passing_name, passing_uuid};

    #[test]
    fn uuids_have_their_form_and_differ() {
        let (one, other) = (passing_uuid(), passing_uuid());
        assert_ne!(one, other);
        let lengths: Vec<_> = one.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{one}");
        assert!(one.as_bytes()[14] == b'4' && matches!(one.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{one}");
    }

    #[test]
    fn own_names_are_told_from_others() {
        let name = passing_name("terraform");
        assert!(is_passing_name(&name, "terraform"), "{name}");
        assert_ne!(name, passing_name("terraform"));
        for other in ["terraform", "terraform-", "terraform-laptop", "terraform-0123456789abcdeg", "x-0123456789abcdef"]
        {
            assert!(!is_passing_name(other, "terraform"), "{other}");
        }
    }
}
