//! What images are called, checked before Quay is asked; and which image a tag stands for.

use registry_service::dates;
use terraform_framework::schema::Check;
use terraform_framework::{Context, Error, Result, check};

use crate::api::keys::RepositoryKey;
use crate::api::manifests::ManifestKey;
use crate::api::tags::{self, TagJson, TagKey};
use crate::client::Quay;

/// The name of a tag.
pub(super) fn tag() -> Check {
    tag_up_to(128)
}

/// The name of a tag of a build: Quay cuts what is longer.
pub(crate) fn built_tag() -> Check {
    tag_up_to(127)
}

fn tag_up_to(longest: usize) -> Check {
    let what = format!("1 to {longest} letters, digits, `_`, `.` and `-`, of which the first is no `.` or `-`");
    check::text(what.clone(), move |name| {
        let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let good = name.starts_with(letter) && name.chars().all(|c| letter(c) || matches!(c, '.' | '-'));
        match good && name.len() <= longest {
            true => Ok(()),
            false => Err(format!("{name:?} cannot be the name of a tag: it must be {}.", what.replace('`', "\""))),
        }
    })
}

/// The digest of a manifest.
pub(super) fn digest() -> Check {
    check::text("a digest: `sha256:` and 64 hexadecimal digits in lower case", |text| {
        let hex = |c: char| c.is_ascii_digit() || matches!(c, 'a'..='f');
        match text.split_once(':') {
            Some((algorithm, digits)) if digits.chars().all(hex) => match (algorithm, digits.len()) {
                ("sha256", 64) | ("sha512", 128) => Ok(()),
                _ => Err(no_digest(text)),
            },
            _ => Err(no_digest(text)),
        }
    })
}

fn no_digest(text: &str) -> String {
    format!(
        "{text:?} is no digest, such as \"sha256:8b77962c412fe1fada0addaa820f6e233e1c3be0245d4bb42f5be28160a53253\". (A tag is not one.)"
    )
}

/// Where labels' keys may not begin: Quay keeps these to itself.
const RESERVED: [&str; 12] = [
    "com.docker.",
    "io.docker.",
    "org.dockerproject.",
    "org.opencontainers.",
    "io.cncf.",
    "io.kubernetes.",
    "io.k8s.",
    "io.quay",
    "com.coreos",
    "com.tectonic",
    "internal",
    "quay",
];

/// The key of a label that is added to an image.
pub(super) fn label_key() -> Check {
    let what = "up to 255 lower-case letters and digits, with single `.` or `-` between them, not beginning as Quay's own do (`quay`, `internal`, \
                `org.opencontainers.` ...)";
    check::text(what, |key| {
        let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if key.is_empty()
            || key.len() > 255
            || !key.split(['.', '-']).all(|part| !part.is_empty() && part.chars().all(letter))
        {
            return Err(format!(
                "{key:?} cannot be the key of a label: it must be up to 255 lower-case letters and digits, with single \".\" or \"-\" between them."
            ));
        }
        match RESERVED.iter().find(|reserved| key.starts_with(**reserved)) {
            Some(reserved) => Err(format!(
                "{key:?} begins with {reserved:?}, which Quay takes from images alone. Set it when the image is built, or choose another key."
            )),
            None => Ok(()),
        }
    })
}

/// Stands for no end.
pub(super) const NEVER: &str = "never";

/// A moment, or none at all.
pub(super) fn moment_or_never() -> Check {
    let what = "a date in RFC 3339, such as `2030-01-01T00:00:00Z`, or `never`";
    check::text(what, |text| match text == NEVER || text.parse::<jiff::Timestamp>().is_ok() {
        true => Ok(()),
        false => {
            Err(format!("{text:?} is neither a date in RFC 3339, such as \"2030-01-01T00:00:00Z\", nor \"never\"."))
        }
    })
}

/// The seconds since 1970 of a moment; `None` for never.
pub(super) fn seconds(moment: &str) -> Option<i64> {
    dates::seconds(moment)
}

/// Seconds since 1970 in RFC 3339.
pub(super) fn rfc3339(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map(|moment| moment.to_string()).unwrap_or_default()
}

/// A manifest that is not there.
pub(super) fn no_manifest(key: &ManifestKey) -> Error {
    let detail = format!(
        "No tag of repository {} points to an image with this digest. It may never have been pushed there. Or its last tag was deleted or \
         moved: then the action `quay_restore_tag`, or a `quay_tag`, brings it back, for as long as the namespace keeps deleted tags. Digests \
         are shown by the data source `quay_tags`, and by whatever pushes images.",
        key.repository.full_name()
    );
    Error::new(format!("There is no manifest {}", key.full_name()), detail).at("manifest_digest")
}

/// A manifest that is not even kept for a restoration.
fn no_manifest_at_all(key: &ManifestKey) -> Error {
    let detail = format!(
        "Repository {} has no image with this digest, nor does it keep one that no tag points to any more. It may never have been pushed \
         there, or have been deleted for good since. Digests are shown by the data source `quay_tags`, and by whatever pushes images.",
        key.repository.full_name()
    );
    Error::new(format!("There is no manifest {}", key.full_name()), detail).at("manifest_digest")
}

/// A tag that is not there.
pub(super) fn no_tag(key: &TagKey) -> Error {
    let detail = format!(
        "Repository {} has no tag {:?} now. What it had is shown by the data source `quay_tags` with `history = true`.",
        key.repository.full_name(),
        key.tag
    );
    Error::new(format!("There is no tag {}", key.full_name()), detail).at("tag")
}

impl Quay {
    /// What the absence of a manifest means: of it, or of its whole repository.
    pub(super) async fn missing_manifest(&self, key: &ManifestKey) -> Error {
        match self.ensure_repository(&key.repository).await {
            Ok(()) => no_manifest(key),
            Err(error) => error,
        }
    }

    /// What it means that a manifest cannot be restored: that it is gone, or its whole repository.
    pub(super) async fn lost_manifest(&self, key: &ManifestKey) -> Error {
        match self.ensure_repository(&key.repository).await {
            Ok(()) => no_manifest_at_all(key),
            Err(error) => error,
        }
    }

    /// What the absence of a tag means: of it, or of its whole repository.
    pub(super) async fn missing_tag(&self, key: &TagKey) -> Error {
        match self.ensure_repository(&key.repository).await {
            Ok(()) => no_tag(key),
            Err(error) => error,
        }
    }
}

/// A tag that must be there, as it is now.
pub(super) async fn tag_now(cx: &Context<Quay>, key: &TagKey) -> Result<TagJson> {
    match cx.find(tags::get(key)).await? {
        Some(tag) => Ok(tag),
        None => Err(cx.missing_tag(key).await),
    }
}

/// The manifest that is named by its digest, or by a tag that points to it. One of both is given.
pub(super) async fn manifest_of(
    cx: &Context<Quay>,
    repository: RepositoryKey,
    digest: Option<&String>,
    tag: Option<&String>,
) -> Result<ManifestKey> {
    let digest = match (digest, tag) {
        (Some(digest), _) => digest.clone(),
        (None, tag) => {
            let key = TagKey { repository: repository.clone(), tag: tag.cloned().unwrap_or_default() };
            tag_now(cx, &key).await?.manifest_digest
        }
    };
    Ok(ManifestKey { repository, digest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use terraform_framework::Value;

    fn takes(check: &Check, text: &str) -> bool {
        (check.test)(&Value::from(text)).is_ok()
    }

    #[test]
    fn tags_are_named_as_quay_has_it() {
        for good in ["v1", "latest", "Up.Per_1-x", "_x", "1", &"a".repeat(128)] {
            assert!(takes(&tag(), good), "{good}");
        }
        for bad in ["", "-bad", ".x", "a b", "a/b", "a:b", "ä", &"a".repeat(129)] {
            assert!(!takes(&tag(), bad), "{bad}");
        }
    }

    #[test]
    fn digests_are_whole() {
        assert!(takes(&digest(), &format!("sha256:{}", "0a".repeat(32))));
        assert!(takes(&digest(), &format!("sha512:{}", "0a".repeat(64))));
        for bad in ["latest", "sha256:", "sha256:abc", "", &format!("sha256:{}", "0A".repeat(32)), &"0a".repeat(32)] {
            assert!(!takes(&digest(), bad), "{bad}");
        }
    }

    #[test]
    fn keys_of_labels_are_quays_and_not_its_own() {
        for good in ["team", "a.b-c", "com.redhat.x", "0"] {
            assert!(takes(&label_key(), good), "{good}");
        }
        assert!(takes(&label_key(), &"a".repeat(255)) && !takes(&label_key(), &"a".repeat(256)));
        for bad in ["", "Bad Key", "a..b", "a-", ".a", "a_b", "com.docker.x", "quay.expires-after", "internalize"] {
            assert!(!takes(&label_key(), bad), "{bad}");
        }
    }

    #[test]
    fn moments_may_be_never() {
        assert!(takes(&moment_or_never(), "never") && takes(&moment_or_never(), "2030-01-01T01:00:00+01:00"));
        assert!(!takes(&moment_or_never(), "2030-01-01") && !takes(&moment_or_never(), ""));
        assert_eq!((seconds(NEVER), rfc3339(60).as_str()), (None, "1970-01-01T00:01:00Z"));
    }
}
