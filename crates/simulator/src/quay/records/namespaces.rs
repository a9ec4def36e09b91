//! What users and organizations have in common.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::notifications::ExternalNotification;
use super::policies::Policies;
use super::quotas::Quota;

/// Seconds after which an untagged image goes, unless a namespace says otherwise.
const TAG_EXPIRATION: u64 = 14 * 24 * 60 * 60;

/// What users and organizations have in common.
#[derive(Clone, Serialize, Deserialize)]
pub struct Namespace {
    /// Tells the order of creation.
    pub number: u64,
    /// E-mail address.
    pub email: Option<String>,
    /// Whether invoices are sent.
    pub invoice_email: bool,
    /// Where invoices are sent instead.
    pub invoice_email_address: Option<String>,
    /// Seconds for which deleted tags are kept.
    pub tag_expiration_s: u64,
    /// Its own quota.
    pub quota: Option<Quota>,
    /// Bytes that its repositories hold.
    pub quota_bytes: u64,
    /// How far the count of those bytes is: waiting, running, complete.
    pub backfill_status: String,
    /// Policies about tags of all its repositories.
    #[serde(default)]
    pub policies: Policies,
    /// Whom to tell of what, by UUID.
    #[serde(default)]
    pub external_notifications: BTreeMap<String, ExternalNotification>,
}

impl Namespace {
    /// A namespace without settings of its own.
    pub fn new(number: u64, email: Option<String>) -> Self {
        Self {
            number,
            email,
            invoice_email: false,
            invoice_email_address: None,
            tag_expiration_s: TAG_EXPIRATION,
            quota: None,
            quota_bytes: 0,
            backfill_status: "waiting".into(),
            policies: Policies::default(),
            external_notifications: BTreeMap::new(),
        }
    }
}
