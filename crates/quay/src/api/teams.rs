//! Teams of an organization, and their members.
//!
//! Observed: a PUT creates or changes, and says 200 to both; a team has no read of its own but stands in its organization's view;
//! an unknown team is a 400 with a flat message when it is deleted. A user from outside is only invited when added, and is listed with
//! `includePending=true` alone; adding again makes a second invitation. Deleting takes one invitation back,
//! if there is any, else the member out; somebody who is neither is a 400 with a flat message (source).

use registry_http::{Answer, Collection, Endpoint, Kind, Listing, NotFound, Repetition, Seen};
use serde::{Deserialize, Serialize};

use super::namespaces::same_name;
use super::organizations::{self, Organizations, TeamJson};
use super::permissions::{OfHolder, OfRepository};
use super::prototypes::Prototypes;
use crate::features;

/// The answer to a PUT of a team.
#[derive(Debug, Clone, Deserialize)]
struct WrittenJson {
    name: String,
    /// Whether it was created, not changed.
    #[serde(default)]
    new_team: Option<bool>,
    #[serde(flatten)]
    team: TeamJson,
}

impl From<WrittenJson> for TeamJson {
    fn from(written: WrittenJson) -> Self {
        written.team
    }
}

/// What a team is to be. An empty description clears it; one that is left out stays.
#[derive(Debug, Clone, Serialize)]
pub struct TeamBody {
    pub role: String,
    pub description: String,
}

/// Names one team.
#[derive(Debug, Clone)]
pub struct TeamKey {
    pub organization: String,
    pub team: String,
}

impl TeamKey {
    fn names(&self) -> [&str; 2] {
        [&self.organization, &self.team]
    }
}

impl std::fmt::Display for TeamKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.organization, self.team)
    }
}

/// The members of a team, those who are only invited too.
#[derive(Debug, Clone, Deserialize)]
pub struct MembersJson {
    /// Of the team.
    pub name: String,
    pub members: Vec<MemberJson>,
    /// Without it, invitations are not shown.
    #[serde(default)]
    pub can_edit: bool,
    /// What teams can follow, for those who may set that up; absent where users are in the server's own database.
    #[serde(default)]
    pub can_sync: Option<ServiceJson>,
    /// What this team follows.
    #[serde(default)]
    pub synced: Option<SyncedJson>,
}

/// A kind of directory.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ServiceJson {
    pub service: String,
}

/// What a team follows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SyncedJson {
    /// `ldap`, `oidc` or `keystone`.
    pub service: String,
    /// What names the group; shown to superusers alone.
    #[serde(default)]
    pub config: Option<serde_json::Map<String, serde_json::Value>>,
}

/// Where a server may take its users from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Directory {
    Ldap,
    Oidc,
    Keystone,
}

impl Directory {
    /// Quay's word for it.
    pub fn service(self) -> &'static str {
        match self {
            Self::Ldap => "ldap",
            Self::Oidc => "oidc",
            Self::Keystone => "keystone",
        }
    }

    /// What names a group in a request.
    pub fn member(self) -> &'static str {
        match self {
            Self::Ldap => "group_dn",
            Self::Oidc => "group_name",
            Self::Keystone => "group_id",
        }
    }

    /// What names a group in a configuration.
    pub fn argument(self) -> &'static str {
        match self {
            Self::Ldap => "ldap_group_dn",
            Self::Oidc => "oidc_group_name",
            Self::Keystone => "keystone_group_id",
        }
    }
}

/// A member, or somebody who was asked to become one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MemberJson {
    /// Absent of an invitation by e-mail.
    #[serde(default)]
    pub name: Option<String>,
    /// Of an invitation by e-mail alone.
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub is_robot: Option<bool>,
    #[serde(default)]
    pub invited: Option<bool>,
}

impl MembersJson {
    /// A member by name.
    pub fn find(&self, name: &str) -> Option<&MemberJson> {
        self.members.iter().find(|member| member.name.as_deref() == Some(name))
    }

    /// How often somebody is listed: a user may have been invited more than once.
    pub fn times(&self, name: &str) -> usize {
        self.members.iter().filter(|member| member.name.as_deref() == Some(name)).count()
    }

    /// Whether an invitation to this address is open.
    pub fn invites(&self, email: &str) -> bool {
        self.invitations(email) > 0
    }

    /// How many invitations to this address are open.
    pub fn invitations(&self, email: &str) -> usize {
        self.members.iter().filter(|member| member.email.as_deref() == Some(email) && member.is_invited()).count()
    }
}

impl MemberJson {
    /// True for an invitation that was not accepted yet.
    pub fn is_invited(&self) -> bool {
        self.invited.unwrap_or_default()
    }
}

const ADMIN: &str = "org:admin";
const UNKNOWN: NotFound = NotFound::message(400, "is not a team in org");
const NO_MEMBER: NotFound = NotFound::message(400, "does not belong to team");

/// A team out of its organization's view.
fn get(key: &TeamKey) -> Endpoint<TeamJson> {
    let (name, wanted) = (key.team.clone(), key.team.clone());
    organizations::get(&key.organization)
        .check(move |found, _| match found.teams().contains_key(&name) {
            true => Ok(()),
            false => Err((Kind::NotFound, "the organization has no such team".to_owned())),
        })
        .map(move |found| found.into_teams().remove(&wanted).unwrap_or_default())
}

/// Creates a team that was looked for before; one that somebody else created meanwhile is refused, though Quay has given it this role and
/// description by then. When no answer comes at all, another look tells whether it was made.
pub fn create(key: &TeamKey, body: &TeamBody) -> Endpoint<TeamJson> {
    let wanted = body.clone();
    let is_new = |written: &WrittenJson, _: &Answer| match written.new_team {
        Some(false) => Err((Kind::Conflict, "the team exists already".to_owned())),
        // Older releases do not tell.
        Some(true) | None => Ok(()),
    };
    write(key, body).check(is_new).map(TeamJson::from).repetition(Repetition::confirmed(get(key), move |found| {
        match found.role == wanted.role && found.description.as_deref().unwrap_or_default() == wanted.description {
            true => Seen::Ours(found),
            false => Seen::other("its role or description is another one"),
        }
    }))
}

/// Changes a team.
pub fn put(key: &TeamKey, body: &TeamBody) -> Endpoint<TeamJson> {
    write(key, body).repetition(Repetition::IDEMPOTENT).map(TeamJson::from)
}

/// Creates a team or changes one.
fn write(key: &TeamKey, body: &TeamBody) -> Endpoint<WrittenJson> {
    written_to(Endpoint::put("organization/{organization}/team/{team}", &key.names()), key)
        .describe(format!("write team {key}"))
        .json(body)
        .requires_scope(ADMIN)
        .invalidates::<Organizations>(&key.organization)
}

/// A write that is answered with the team.
fn written_to(endpoint: Endpoint<WrittenJson>, key: &TeamKey) -> Endpoint<WrittenJson> {
    let wanted = key.team.clone();
    endpoint.identified(move |written| same_name(&written.name, &wanted))
}

/// Deletes a team, with its permissions and its part in default permissions.
pub fn delete(key: &TeamKey) -> Endpoint<()> {
    Endpoint::delete("organization/{organization}/team/{team}", &key.names())
        .describe(format!("delete team {key}"))
        .not_found_when(UNKNOWN)
        .held_by(&key.organization)
        .requires_scope(ADMIN)
        .invalidates::<Organizations>(&key.organization)
        .invalidates::<TeamMembers>(key.to_string())
        .invalidates::<Prototypes>(&key.organization)
        .invalidates_all::<OfRepository>()
        .invalidates_all::<OfHolder>()
        .no_content()
}

/// The members of a team, read once for all who ask at a time.
pub struct TeamMembers;

impl Collection for TeamMembers {
    type Key = TeamKey;
    type Item = MembersJson;
    const NAME: &'static str = "team members";
    const SINGLES: u32 = 0;

    fn parent(key: &TeamKey) -> String {
        key.to_string()
    }

    fn name(key: &TeamKey) -> String {
        key.to_string()
    }

    fn name_of(parent: &str, _: &MembersJson) -> Option<String> {
        Some(parent.to_owned())
    }

    fn single(key: &TeamKey) -> Endpoint<MembersJson> {
        members(key).check(refuse_partial)
    }

    fn list(key: &TeamKey) -> Listing<MembersJson> {
        Listing::whole(members(key).check(refuse_partial).map(|members| vec![members]))
    }
}

/// Without the right to edit, those who are only invited would seem to be gone.
fn refuse_partial(found: &MembersJson, _: &Answer) -> Result<(), (Kind, String)> {
    match found.can_edit {
        true => Ok(()),
        false => {
            Err((Kind::Forbidden, "invitations are not shown, because the token may not change the team".to_owned()))
        }
    }
}

/// The members of a team as far as the token may see them.
pub fn members(key: &TeamKey) -> Endpoint<MembersJson> {
    let wanted = key.team.clone();
    Endpoint::<MembersJson>::get("organization/{organization}/team/{team}/members", &key.names())
        .describe(format!("read the members of team {key}"))
        .identified(move |found| same_name(&found.name, &wanted))
        .query("includePending", true)
        .requires_scope(ADMIN)
        .held_by(&key.organization)
}

/// Adds a user or a robot; a user from outside the organization is invited. Whoever adds has to look first: a second request makes a
/// second invitation.
pub fn add_member(key: &TeamKey, name: &str) -> Endpoint<MemberJson> {
    #[derive(Serialize)]
    struct Empty {}
    let wanted = name.to_owned();
    let is_there = move |found: &MembersJson, _: &Answer| match found.find(&wanted) {
        Some(_) => Ok(()),
        None => Err((Kind::NotFound, "it is not a member".to_owned())),
    };
    let wanted = name.to_owned();
    let asked = name.to_owned();
    Endpoint::<MemberJson>::put("organization/{organization}/team/{team}/members/{member}", &member_names(key, name))
        .describe(format!("add {name} to team {key}"))
        .json(&Empty {})
        .identified(move |added| added.name.as_ref().is_some_and(|name| same_name(name, &asked)))
        .requires_scope(ADMIN)
        .invalidates::<TeamMembers>(key.to_string())
        .invalidates::<Organizations>(&key.organization)
        .repetition(Repetition::confirmed(members(key).check(is_there), move |found| match found.find(&wanted) {
            Some(member) => Seen::Ours(member.clone()),
            None => Seen::other("it is not a member"),
        }))
}

/// Takes a member out; of whoever was invited, one invitation back.
pub fn remove_member(key: &TeamKey, name: &str) -> Endpoint<()> {
    Endpoint::delete("organization/{organization}/team/{team}/members/{member}", &member_names(key, name))
        .describe(format!("remove {name} from team {key}"))
        .not_found_when(NO_MEMBER)
        .held_by(&key.organization)
        .requires_scope(ADMIN)
        .invalidates::<TeamMembers>(key.to_string())
        .invalidates::<Organizations>(&key.organization)
        .no_content()
}

/// Invites an address. Whoever invites has to look first: a second request sends a second invitation.
pub fn invite(key: &TeamKey, email: &str) -> Endpoint<()> {
    let wanted = email.to_owned();
    let is_there = move |found: &MembersJson, _: &Answer| match found.invites(&wanted) {
        true => Ok(()),
        false => Err((Kind::NotFound, "there is no such invitation".to_owned())),
    };
    let asked = email.to_owned();
    let endpoint: Endpoint<MemberJson> =
        Endpoint::put("organization/{organization}/team/{team}/invite/{email}", &member_names(key, email));
    endpoint
        .describe(format!("invite {email} to team {key}"))
        .ability(&features::MAILING)
        .requires_scope(ADMIN)
        .invalidates::<TeamMembers>(key.to_string())
        .identified(move |invited| invited.email.as_ref().is_some_and(|email| same_name(email, &asked)))
        .map(drop)
        .repetition(Repetition::confirmed(members(key).check(is_there), |_| Seen::Ours(())))
}

/// Takes an invitation of an address back; one call takes back one of several.
pub fn withdraw(key: &TeamKey, email: &str) -> Endpoint<()> {
    Endpoint::delete("organization/{organization}/team/{team}/invite/{email}", &member_names(key, email))
        .describe(format!("take back the invitation of {email} to team {key}"))
        .held_by(&key.organization)
        .ability(&features::MAILING)
        .requires_scope(ADMIN)
        .invalidates::<TeamMembers>(key.to_string())
        .no_content()
}

/// Lets a team follow a group of a directory. Whoever does has to look first: where a team follows one already, Quay fails.
pub fn sync(key: &TeamKey, directory: Directory, group: &str) -> Endpoint<()> {
    let is_there = |found: &MembersJson, _: &Answer| match found.synced {
        Some(_) => Ok(()),
        None => Err((Kind::NotFound, "the team follows no group".to_owned())),
    };
    let (service, member, wanted) = (directory.service(), directory.member(), group.to_owned());
    written_to(Endpoint::post(SYNCING, &key.names()), key)
        .describe(format!("let team {key} follow the {service} group {group:?}"))
        .json(&serde_json::json!({ member: group }))
        .ability(&features::TEAM_SYNC)
        .requires_scope(SYNC)
        .invalidates::<TeamMembers>(key.to_string())
        .invalidates::<Organizations>(&key.organization)
        .map(drop)
        .repetition(Repetition::confirmed(members(key).check(is_there), move |found| {
            let same = |synced: &SyncedJson| {
                synced.config.as_ref().is_none_or(|group| group.get(member).and_then(|g| g.as_str()) == Some(&wanted))
            };
            match found.synced.is_some_and(|synced| synced.service == service && same(&synced)) {
                true => Seen::Ours(()),
                false => Seen::other("the team follows another group"),
            }
        }))
}

/// Lets a team follow no group any more; its members stay.
pub fn stop_sync(key: &TeamKey) -> Endpoint<()> {
    written_to(Endpoint::delete(SYNCING, &key.names()).returning(), key)
        .held_by(&key.organization)
        .describe(format!("stop the synchronization of team {key}"))
        .ability(&features::TEAM_SYNC)
        .requires_scope(SYNC)
        .invalidates::<TeamMembers>(key.to_string())
        .invalidates::<Organizations>(&key.organization)
        .map(drop)
}

const SYNCING: &str = "organization/{organization}/team/{team}/syncing";
const SYNC: &str = "org:admin and super:user (of a superuser)";

fn member_names<'a>(key: &'a TeamKey, name: &'a str) -> [&'a str; 3] {
    [&key.organization, &key.team, name]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn key() -> TeamKey {
        TeamKey { organization: "acme".to_owned(), team: "devs".to_owned() }
    }

    #[test]
    fn invitations_by_mail_have_no_name() {
        let body = r#"{"name":"devs","can_edit":true,"members":[
            {"email":"x@example.com","kind":"invite","invited":true},
            {"name":"bob","kind":"user","is_robot":false,"invited":true}]}"#;
        let found = members(&key()).decode(&Answer::new(200, "application/json", body)).unwrap();
        assert!(found.find("bob").unwrap().is_invited());
        assert_eq!(found.find("x@example.com"), None);
    }

    #[test]
    fn a_list_without_invitations_is_refused() {
        let body = r#"{"name":"devs","can_edit":false,"members":[]}"#;
        assert!(TeamMembers::single(&key()).decode(&Answer::new(200, "application/json", body)).is_err());
    }

    #[test]
    fn a_robot_is_one_segment() {
        assert_eq!(add_member(&key(), "acme+ci").path().unwrap(), "organization/acme/team/devs/members/acme%2Bci");
    }
}
