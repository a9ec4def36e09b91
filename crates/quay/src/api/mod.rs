//! Quay's API: wire types and endpoints, one file per area. Built without I/O.
//!
//! Routes are those of Quay's own description (`/api/v1/discovery`); what they really answer was observed on a server, and each
//! trap is named where an endpoint deals with it.

pub(super) mod account;
pub(super) mod app_tokens;
pub(super) mod application_tokens;
pub(super) mod applications;
pub(super) mod authorizations;
pub(super) mod builds;
pub(super) mod description;
pub(super) mod federation;
pub(super) mod keys;
pub(super) mod labels;
pub(super) mod logs;
pub(super) mod manifests;
pub(super) mod messages;
pub(super) mod mirror_health;
pub(super) mod mirrors;
pub(super) mod namespaces;
pub(super) mod notices;
pub(super) mod notifications;
pub(super) mod org_mirrors;
pub(super) mod organizations;
pub(super) mod permissions;
pub(super) mod policies;
pub(super) mod prototypes;
pub(super) mod proxy_caches;
pub(super) mod quota_ids;
pub(super) mod quota_types;
pub(super) mod quotas;
pub(super) mod registry;
pub(super) mod repositories;
pub(super) mod robots;
pub(super) mod scopes;
pub(super) mod search;
pub(super) mod server;
pub(super) mod service_keys;
pub(super) mod stars;
pub(super) mod tags;
pub(super) mod teams;
pub(super) mod trigger_sources;
pub(super) mod triggers;
pub(super) mod user;
pub(super) mod users;
pub(super) mod web;
