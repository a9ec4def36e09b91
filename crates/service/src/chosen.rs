//! Secrets that a user may choose, or leave to the server: whether one has to be sent.
//!
//! A state holds nothing of a write-only secret but its version. That a version appears tells two stories: the resource was made without
//! a secret of the user's choice, and gets one now; or it was imported, and has it already. So a resource notes in its private data that
//! it was applied without one. An import has no such note.

use terraform_framework::{Context, Private, Result, Secret, SecretArgument, Session};

/// In private data: the last apply had no secret of the user's choice.
const NONE: &str = "no_secret_chosen";

/// Notes whether the resource was applied with a secret. For the end of every creation and update.
///
/// # Errors
/// Never: the key is none of the framework's.
pub fn note(private: &mut Private, secret: &SecretArgument) -> Result<()> {
    if secret.is_set() {
        private.remove(NONE);
        return Ok(());
    }
    private.set(NONE, true)
}

/// True when the resource is known to have been applied without one.
pub fn had_none(private: &Private) -> bool {
    private.get(NONE).is_some()
}

/// The secret, if the server has to be told: it is another one, or the first one.
pub fn to_send<'a>(private: &Private, secret: &'a SecretArgument, earlier: &SecretArgument) -> Option<&'a Secret> {
    let is_first = had_none(private) && !earlier.is_set();
    secret.given().filter(|_| is_first || secret.changed_since(earlier))
}

/// Tells that a write-only secret, whose first version was applied, was not sent.
pub fn warn_of_unsent<C: Session>(cx: &mut Context<C>, name: &str) {
    let detail = format!(
        "The resource was imported, so its `{name}` may be the one that the server has: it was not sent, and `{name}_wo_version` was only noted. \
         To send it, raise `{name}_wo_version`."
    );
    cx.warn_at(format!("{name}_wo_version").as_str(), format!("`{name}_wo` was not sent"), detail);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_first_secret_is_sent_unless_the_resource_may_have_it_already() {
        let (none, first) = (SecretArgument::default(), SecretArgument::write_only("hunter22", 1));
        let imported = Private::default();
        assert_eq!(to_send(&imported, &first, &none), None);
        assert!(to_send(&imported, &SecretArgument::write_only("hunter22", 2), &first).is_some());
        let mut made = Private::default();
        note(&mut made, &none).unwrap();
        assert!(had_none(&made) && to_send(&made, &first, &none).is_some());
        note(&mut made, &first).unwrap();
        assert!(!had_none(&made));
        assert_eq!(to_send(&made, &first, &SecretArgument::write_only("", 1)), None);
    }
}
