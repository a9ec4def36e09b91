//! Which names Quay accepts.

use std::sync::LazyLock;

use regex::Regex;

#[expect(clippy::unwrap_used, reason = "constant patterns, used in tests")]
static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^([a-z0-9]+(?:[._-][a-z0-9]+)*)$").unwrap());

#[expect(clippy::unwrap_used, reason = "constant patterns, used in tests")]
static REPOSITORY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[a-z0-9][.a-z0-9_-]*(/[a-z0-9][.a-z0-9_-]*)*$").unwrap());

/// What is wrong with the name of an organization, a user, a robot (its short name) or a team. `what` is the word for
/// it.
pub(super) fn objection(name: &str, what: &str) -> Option<String> {
    if !NAME.is_match(name) {
        return Some(format!("Namespace must match expression {}", NAME.as_str()));
    }
    let length = name.chars().count();
    (!(2..=255).contains(&length)).then(|| format!("{what} must be between 2 and 255 characters in length"))
}

/// Whether a repository may have this name, nested names included.
pub(super) fn is_repository(name: &str) -> bool {
    name.len() <= 255 && REPOSITORY.is_match(name)
}

/// Whether a text looks like an e-mail address.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let dotted = domain.split_once('.').is_some_and(|(host, rest)| !host.is_empty() && !rest.is_empty());
    !local.is_empty() && dotted && !domain.contains('@')
}

/// SQL's `ILIKE pattern`: `_` stands for one character, `%` for any number, and case does not matter.
pub(super) struct Like(Option<Regex>);

impl Like {
    /// Reads a pattern.
    pub(super) fn new(pattern: &str) -> Self {
        let regex: String = pattern
            .chars()
            .map(|character| match character {
                '_' => ".".to_owned(),
                '%' => ".*".to_owned(),
                other => regex::escape(&other.to_string()),
            })
            .collect();
        Self(Regex::new(&format!("(?is)^{regex}$")).ok())
    }

    /// Whether a text is like the pattern.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_underscore_in_a_pattern_is_any_character() {
        let like = Like::new("q_r+%");
        assert!(like.matches("q-r+ci"));
        assert!(like.matches("Q.R+ci"));
        assert!(!like.matches("qr+ci"));
        assert!(!Like::new("q-r+%").matches("q.r+ci"));
    }

    #[test]
    fn addresses_need_a_dotted_domain() {
        assert!(is_email("a@b.c"));
        assert!(!is_email("a@b"));
        assert!(!is_email("nope"));
        assert!(!is_email("@b.c"));
    }
}
