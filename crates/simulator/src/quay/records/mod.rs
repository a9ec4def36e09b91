//! What the simulated Quay holds, one file for each area. Nothing here answers a request.

mod builds;
pub mod images;
mod logs;
mod mirrors;
mod namespaces;
mod notifications;
mod oauth;
mod organizations;
mod permissions;
mod policies;
mod quotas;
mod repositories;
mod robots;
mod server;
mod teams;
mod users;

pub use builds::{Build, DroppedFile, Remote, Trigger};
pub use images::{Content, Images, Label, Manifest, Pulls, Tag};
pub use logs::LogEntry;
pub use mirrors::{Mirror, OrgMirror, SyncStatus};
pub use namespaces::Namespace;
pub use notifications::ExternalNotification;
pub use oauth::{ApiToken, AppToken, Application, AssignedAuthorization, Token};
pub use organizations::{Organization, ProxyCache};
pub use permissions::{Prototype, Role};
pub use policies::{AutoPrune, Immutability, Policies};
pub use quotas::{LimitKind, Quota, QuotaLimit};
pub use repositories::{Repository, RepositoryState};
pub use robots::{Federation, Robot};
pub use server::{Approval, Message, ServiceKey};
pub use teams::{Invite, Team, TeamRole, TeamSync};
pub use users::{Notification, Profile, User};
