//! The HTTP layer: endpoints as values, the one client that sends them, and coalesced reads.
//!
//! - An [`Endpoint`] is built without I/O and says all that there is to know about one request: route, body, decoder, what counts as
//!   gone, which permission it needs, and what is done when its outcome is not known.
//! - A [`Client`] sends endpoints. Authentication, TLS, limits, retries, cancellation, counting and the wording of errors live there,
//!   once, for all resources.
//! - A [`Collection`] tells how objects of one kind are listed, so that many reads of single objects become one request.
//! - An [`ErrorModel`] tells how one service words its failures.
//!
//! This is the only package that does network I/O. It knows no service and nothing of Terraform.
//!
//! An `api/` file of a service reads like this:
//!
//! ```
//! use registry_http::{Collection, Endpoint, NotFound, Listing, Repetition, Seen};
//! use serde::{Deserialize, Serialize};
//!
//! /// A robot account as Quay shows it.
//! #[derive(Debug, Clone, Deserialize)]
//! pub struct RobotView {
//!     pub name: String,
//!     #[serde(default)]
//!     pub description: String,
//! }
//!
//! /// What a new robot is made of.
//! #[derive(Debug, Clone, Serialize)]
//! pub struct NewRobot {
//!     pub description: String,
//! }
//!
//! /// Names one robot.
//! pub struct RobotKey {
//!     pub organization: String,
//!     pub name: String,
//! }
//!
//! /// The robots of an organization.
//! pub struct Robots;
//!
//! impl Collection for Robots {
//!     type Key = RobotKey;
//!     type Item = RobotView;
//!     const NAME: &'static str = "robots";
//!
//!     fn parent(key: &RobotKey) -> String {
//!         key.organization.clone()
//!     }
//!     fn name(key: &RobotKey) -> String {
//!         format!("{}+{}", key.organization, key.name)
//!     }
//!     fn name_of(organization: &str, robot: &RobotView) -> Option<String> {
//!         // Quay's list matches by pattern, so it may hold robots of other organizations.
//!         let (namespace, _) = robot.name.split_once('+')?;
//!         (namespace == organization).then(|| robot.name.clone())
//!     }
//!     fn single(key: &RobotKey) -> Endpoint<RobotView> {
//!         get(&key.organization, &key.name)
//!     }
//!     fn list(key: &RobotKey) -> Listing<RobotView> {
//!         list(&key.organization)
//!     }
//! }
//!
//! const UNKNOWN: NotFound = NotFound::message(400, "Could not find robot");
//!
//! pub fn get(organization: &str, name: &str) -> Endpoint<RobotView> {
//!     Endpoint::get("organization/{org}/robots/{robot}", &[organization, name])
//!         .describe(format!("read robot {organization}+{name}"))
//!         .not_found_when(UNKNOWN)
//!         .requires_scope("org:admin")
//! }
//!
//! pub fn list(organization: &str) -> Listing<RobotView> {
//!     Listing::whole(
//!         Endpoint::get("organization/{org}/robots", &[organization]).within("/robots").describe(format!("list robots of {organization}")),
//!     )
//! }
//!
//! pub fn create(organization: &str, name: &str, body: &NewRobot) -> Endpoint<RobotView> {
//!     let wanted = body.description.clone();
//!     Endpoint::put("organization/{org}/robots/{robot}", &[organization, name])
//!         .describe(format!("create robot {organization}+{name}"))
//!         .json(body)
//!         .requires_scope("org:admin")
//!         .invalidates::<Robots>(organization)
//!         .repetition(Repetition::confirmed(get(organization, name), move |found| {
//!             if found.description == wanted { Seen::Ours(found) } else { Seen::other("it has another description") }
//!         }))
//! }
//!
//! pub fn delete(organization: &str, name: &str) -> Endpoint<()> {
//!     Endpoint::delete("organization/{org}/robots/{robot}", &[organization, name])
//!         .describe(format!("delete robot {organization}+{name}"))
//!         .not_found_when(UNKNOWN)
//!         .invalidates::<Robots>(organization)
//! }
//! # assert_eq!(get("acme", "ci").path().unwrap(), "organization/acme/robots/ci");
//! ```
//!
//! and a resource like this:
//!
//! ```ignore
//! let robot = client.read::<Robots>(&key).await?;                     // Option: None is gone; coalesced
//! let made = client.send(robots::create("acme", "ci", &body)).await?; // typed
//! client.delete(robots::delete("acme", "ci")).await?;                 // gone is success
//! let quota = client.find(quota::get("acme")).await?;                 // Option
//! ```

mod ability;
mod acknowledgement;
mod answer;
mod auth;
mod client;
mod coalesce;
mod counts;
mod decode;
mod dialect;
mod endpoint;
mod error;
mod exchange;
mod extent;
mod limits;
#[cfg(target_os = "linux")]
mod names;
mod paging;
mod path;
mod repetition;
mod retry;
mod sending;
mod settings;
#[cfg(any(test, feature = "testing"))]
#[allow(clippy::unwrap_used, reason = "tests fail by panics")]
pub mod testing;
mod tls;
mod wire;

pub use ::http::Method;
pub use ability::Ability;
pub use acknowledgement::Acknowledgement;
pub use answer::Answer;
pub use auth::Credentials;
pub use client::Client;
pub use coalesce::{Collection, Found, Origin};
pub use counts::RouteCount;
pub use dialect::{Advice, Classified, ErrorModel, FailureContext, RequestInfo, kind_of_status, route_missing};
pub use endpoint::{Endpoint, NotFound};
pub use error::{Error, Kind};
pub use paging::{Course, Listing, Pages};
pub use repetition::{On500, Repetition, Resend, Seen};
pub use settings::{Pem, Settings, UserAgent};

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;
