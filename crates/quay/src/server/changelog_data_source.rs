//! Data source `quay_changelog`.
//!
//! Endpoint: `superuser/changelog/`; see [`crate::api::server`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use crate::api::server;
use crate::client::Quay;

/// Reads the change log that the server was delivered with, and so which release of Quay it is.
///
/// Scope: `super:user`, of a superuser. The server needs FEATURE_SUPER_USERS; quay.io does not tell.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_changelog", subcategory = "Server")]
pub struct ChangelogData {
    /// Whether `text` is wanted too. False by default: it is large (most of a megabyte in Quay 3.18), and would stand in the state.
    #[attribute(optional)]
    include_text: Option<bool>,
    /// The newest release that the change log names, such as `3.18.0`: that of the server, unless it was built from the source between two
    /// releases. Null if it names none.
    #[computed]
    version: Computed<Option<String>>,
    /// The releases that it names, in its order, which is the newest first.
    #[computed]
    releases: Computed<Vec<ChangelogRelease>>,
    /// The whole change log, in Markdown; null unless `include_text` is true.
    #[computed]
    text: Computed<Option<String>>,
}

/// A release of Quay.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct ChangelogRelease {
    /// Its number, such as `3.18.0`.
    #[computed]
    version: String,
    /// The day it was released, such as `2026-07-15`; null where the change log does not tell.
    #[computed]
    date: Option<String>,
}

#[async_trait]
impl DataSource for ChangelogData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let text = cx.send(server::changelog()).await?.log;
        let releases: Vec<ChangelogRelease> = text.lines().filter_map(release).collect();
        Ok(Self {
            version: Computed::from(newest(&releases)),
            releases: Computed::from(releases),
            text: Computed::from(config.include_text.unwrap_or_default().then_some(text)),
            ..config
        })
    }
}

/// The release that a line is the heading of: `## [v3.18.0] - 2026-07-15`.
fn release(line: &str) -> Option<ChangelogRelease> {
    let (version, rest) = line.strip_prefix("## [v")?.split_once(']')?;
    let date = rest.trim_start().strip_prefix('-').map(|date| date.trim().to_owned());
    Some(ChangelogRelease { version: version.to_owned(), date: date.filter(|date| !date.is_empty()) })
}

/// The release with the highest number, since corrections of older ones stand between others.
fn newest(releases: &[ChangelogRelease]) -> Option<String> {
    let numbers = |version: &str| version.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u32>>();
    releases.iter().map(|release| &release.version).max_by_key(|version| numbers(version)).cloned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_off_headings() {
        let text = "## Red Hat Quay Release Notes\n\n<a name=\"v3.9.10\"></a>\n## [v3.9.10] - 2025-03-06\n### Chore\n- a ([#1](u))\n\n\
                    ## [v3.10.0]\n## [v3.9.9] - \n";
        let releases: Vec<_> = text.lines().filter_map(release).collect();
        let shown: Vec<_> = releases.iter().map(|r| (r.version.as_str(), r.date.as_deref())).collect();
        assert_eq!(shown, [("3.9.10", Some("2025-03-06")), ("3.10.0", None), ("3.9.9", None)]);
        assert_eq!((newest(&releases).as_deref(), newest(&[])), (Some("3.10.0"), None));
    }
}
