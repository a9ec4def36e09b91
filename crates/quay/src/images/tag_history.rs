//! The history of a tag: what it pointed to, and what of that is deleted for good.

use terraform_framework::{Context, Result};

use crate::api::repositories;
use crate::api::tags::{self, TagJson, TagKey, Wanted};
use crate::client::Quay;

/// What a tag is and was, the newest first.
pub(super) struct History {
    entries: Vec<TagJson>,
    /// Seconds since 1970.
    now: i64,
    /// For how many seconds the namespace keeps what has ended. Where Quay does not show it, what is gone by now is not told from what is not.
    kept: Option<i64>,
}

impl History {
    pub(super) async fn read(cx: &Context<Quay>, key: &TagKey) -> Result<Self> {
        let wanted = Wanted { name: Some(key.tag.clone()), ..Wanted::default() };
        let entries = match cx.list(tags::list(&key.repository, &wanted)).await {
            Err(error) if error.is_not_found() => return Err(cx.missing_tag(key).await),
            entries => entries?,
        };
        let kept = cx.find(repositories::get(&key.repository)).await?.and_then(|found| found.tag_expiration_s);
        Ok(Self { entries, now: jiff::Timestamp::now().as_second(), kept })
    }

    /// The newest image that is not the present one.
    pub(super) fn last_but(&self, present: Option<&String>) -> Option<String> {
        let there = self.entries.iter().filter(|tag| !self.is_purged(tag));
        there.map(|tag| &tag.manifest_digest).find(|digest| Some(*digest) != present).cloned()
    }

    /// Whether it pointed to this image, and all of that is deleted for good, or kept no more.
    pub(super) fn is_rid_of(&self, digest: &str) -> bool {
        let has_ended = |tag: &&TagJson| tag.manifest_digest == digest && tag.end_ts.is_some_and(|end| end <= self.now);
        let mut past = self.entries.iter().filter(has_ended).peekable();
        past.peek().is_some() && past.all(|tag| self.is_purged(tag))
    }

    /// Quay deletes for good by an end that lies further back than it keeps tags: before its start, where the tag is not that old.
    fn is_purged(&self, tag: &TagJson) -> bool {
        let Some(end) = tag.end_ts else { return false };
        tag.start_ts.is_some_and(|start| end < start)
            || self.kept.is_some_and(|kept| end <= self.now.saturating_sub(kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(digest: &str) -> TagJson {
        TagJson { name: "v1".to_owned(), manifest_digest: digest.to_owned(), ..TagJson::default() }
    }

    fn history<const N: usize>(entries: [TagJson; N], kept: Option<i64>) -> History {
        History { entries: entries.into(), now: 1000, kept }
    }

    #[test]
    fn the_last_other_image_is_found() {
        let all = history([past("c"), past("b"), past("a")], None);
        assert_eq!(all.last_but(Some(&"c".to_owned())).as_deref(), Some("b"));
        assert_eq!(all.last_but(None).as_deref(), Some("c"));
        assert_eq!(history([past("c")], None).last_but(Some(&"c".to_owned())), None);
    }

    #[test]
    fn what_was_deleted_for_good_is_told_apart() {
        let ended = |digest, start, end| TagJson { start_ts: Some(start), end_ts: Some(end), ..past(digest) };
        let all = |kept| history([ended("c", 500, 400), ended("b", 100, 150), ended("a", 50, 200)], kept);
        assert_eq!(all(None).last_but(None).as_deref(), Some("b"));
        assert_eq!(all(Some(850)).last_but(None).as_deref(), Some("a"));
        assert_eq!(all(Some(800)).last_but(None), None);
        assert_eq!(["a", "b", "c", "d"].map(|digest| all(Some(850)).is_rid_of(digest)), [false, true, true, false]);
        // The tag may point to it now, or until later, and have done so before.
        let again = history([past("c"), ended("c", 500, 2000), ended("c", 500, 400)], Some(850));
        assert!(again.is_rid_of("c") && !history([past("c"), ended("c", 500, 2000)], Some(850)).is_rid_of("c"));
    }
}
