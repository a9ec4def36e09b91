//! Data source `quay_app_tokens`.
//!
//! Endpoint: `superuser/apptokens`; see [`crate::api::app_tokens`].

use async_trait::async_trait;
use registry_service::dates;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use crate::api::app_tokens::{self, AppTokenJson};
use crate::client::Quay;

/// Reads the app tokens of all users of the registry: to see those that were never used, for one. Quay tells neither the passwords nor
/// whose they are.
///
/// Needs Quay 3.16 or newer, with FEATURE_APP_SPECIFIC_TOKENS.
///
/// Scope: `super:user`, of a superuser.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_app_tokens", subcategory = "App tokens")]
pub struct AppTokensData {
    /// The tokens, the oldest first.
    #[computed]
    tokens: Computed<Vec<AppTokenItem>>,
}

/// An app token in a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct AppTokenItem {
    /// When it was made (RFC 3339).
    #[computed]
    created: String,
    /// Names the token.
    #[computed]
    uuid: String,
    /// Title that its user gave it.
    #[computed]
    title: String,
    /// When it was last used (RFC 3339); null before the first use.
    #[computed]
    last_accessed: Option<String>,
    /// When it ends (RFC 3339); null unless the server lets app tokens end.
    #[computed]
    expires_at: Option<String>,
}

impl From<AppTokenJson> for AppTokenItem {
    fn from(json: AppTokenJson) -> Self {
        let date = |text: String| dates::rfc3339(&text).unwrap_or(text);
        Self {
            created: date(json.created.unwrap_or_default()),
            uuid: json.uuid,
            title: json.title,
            last_accessed: json.last_accessed.map(date),
            expires_at: json.expiration.map(date),
        }
    }
}

#[async_trait]
impl DataSource for AppTokensData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, _: Self) -> Result<Self> {
        let found = cx.list(app_tokens::list_all()).await?;
        let mut tokens: Vec<AppTokenItem> = found.into_iter().map(AppTokenItem::from).collect();
        tokens.sort();
        Ok(Self { tokens: Computed::from(tokens) })
    }
}
