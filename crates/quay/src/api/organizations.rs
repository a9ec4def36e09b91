//! Organizations.
//!
//! Observed: creating answers 201 with the text "Created"; a change is partial and answers with the organization's view; the
//! view holds its teams and its quota, so one read serves all three; the name of a deleted organization stays reserved until the
//! server has collected its garbage; a bad token gets the view of an anonymous reader, with status 200.
//!
//! From Quay's source: an organization without an address has a UUID in its place, which releases before 3.18 show. These demand an
//! address of a new organization where FEATURE_MAILING is on, store whatever a change sends, and take each address once only, the empty
//! one too.

use std::collections::BTreeMap;

use registry_http::{Acknowledgement, Answer, Collection, Endpoint, Kind, Listing, Repetition, Seen};
use serde::{Deserialize, Deserializer, Serialize};

use super::namespaces;
use super::namespaces::same_name;
use super::quota_types::{QuotaJson, QuotaReportJson};
use super::scopes::SUPERUSER;
use crate::features;

/// An organization as its members and administrators see it.
#[derive(Debug, Clone, Deserialize)]
pub struct OrganizationJson {
    pub name: String,
    /// Empty without one, and for all but administrators.
    #[serde(default, deserialize_with = "address")]
    pub email: Option<String>,
    #[serde(default)]
    pub is_admin: bool,
    #[serde(default)]
    pub is_member: bool,
    #[serde(default)]
    teams: Option<BTreeMap<String, TeamJson>>,
    /// For administrators, as are the next two.
    #[serde(default)]
    pub invoice_email: Option<bool>,
    #[serde(default)]
    pub invoice_email_address: Option<String>,
    /// Seconds.
    #[serde(default)]
    pub tag_expiration_s: Option<i64>,
    /// None or one; absent where quotas are not managed. The default of the whole registry is not among them.
    #[serde(default)]
    pub quotas: Option<Vec<QuotaJson>>,
    #[serde(default)]
    pub quota_report: Option<QuotaReportJson>,
}

static NO_TEAMS: BTreeMap<String, TeamJson> = BTreeMap::new();

impl OrganizationJson {
    /// Its teams, by name.
    pub fn teams(&self) -> &BTreeMap<String, TeamJson> {
        self.teams.as_ref().unwrap_or(&NO_TEAMS)
    }

    /// Its teams, by name.
    pub fn into_teams(self) -> BTreeMap<String, TeamJson> {
        self.teams.unwrap_or_default()
    }
}

/// An e-mail address; what stands in the place of one is none.
fn address<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(value)?;
    Ok(text.map(|text| if text.contains('@') { text } else { String::new() }))
}

/// A team as its organization shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct TeamJson {
    /// `member`, `creator` or `admin`.
    pub role: String,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub member_count: Option<i64>,
    #[serde(default)]
    pub repo_count: Option<i64>,
    /// Its members follow a group of a directory.
    #[serde(default)]
    pub is_synced: Option<bool>,
}

/// What a new organization is made of. The field `email` works with every release; from 3.18 on it may also be sent as
/// `contact_email`, which is the same, and be left out.
#[derive(Debug, Clone, Serialize)]
pub struct NewOrganization {
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
}

/// A change of settings: what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OrganizationChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_email: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_email_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag_expiration_s: Option<i64>,
}

/// An organization in the list of all, and in the answer to a renaming.
#[derive(Debug, Clone, Deserialize)]
pub struct NamedJson {
    pub name: String,
    /// Empty without one.
    #[serde(default, deserialize_with = "address")]
    pub email: Option<String>,
    /// None or one; absent where quotas are not managed, as is the report.
    #[serde(default)]
    pub quotas: Option<Vec<QuotaJson>>,
    #[serde(default)]
    pub quota_report: Option<QuotaReportJson>,
}

/// A user who is in teams of an organization, or has permissions there without being in one.
#[derive(Debug, Clone, Deserialize)]
pub struct MemberOfOrganizationJson {
    pub name: String,
    /// Absent of collaborators.
    #[serde(default)]
    pub teams: Vec<TeamOfMemberJson>,
    /// Short names of the repositories in which the user has a permission of its own.
    #[serde(default)]
    pub repositories: Vec<String>,
}

/// A team by name.
#[derive(Debug, Clone, Deserialize)]
pub struct TeamOfMemberJson {
    pub name: String,
}

const ADMIN: &str = "org:admin";

/// The view of one organization, shared by all who read it at a time: the organization itself, its teams and its quota. (The
/// list of all organizations is for superusers, and of all this carries the quota only: [`OrganizationQuotas`].)
pub struct Organizations;

impl Collection for Organizations {
    type Key = String;
    type Item = OrganizationJson;
    const NAME: &'static str = "organizations";
    const SINGLES: u32 = 0;

    fn parent(name: &String) -> String {
        name.clone()
    }

    fn name(name: &String) -> String {
        name.clone()
    }

    fn name_of(name: &str, _: &OrganizationJson) -> Option<String> {
        Some(name.to_owned())
    }

    fn single(name: &String) -> Endpoint<OrganizationJson> {
        get(name)
    }

    fn list(name: &String) -> Listing<OrganizationJson> {
        Listing::whole(get(name).map(|organization| vec![organization]))
    }
}

/// The quotas of all organizations, for superusers: what answers when many of them are read, of organizations whose views nobody reads.
pub struct OrganizationQuotas;

impl Collection for OrganizationQuotas {
    type Key = String;
    type Item = NamedJson;
    const NAME: &'static str = "quotas of organizations";

    fn parent(_: &String) -> String {
        String::new()
    }

    fn name(name: &String) -> String {
        name.clone()
    }

    fn name_of(_: &str, organization: &NamedJson) -> Option<String> {
        Some(organization.name.clone())
    }

    fn single(name: &String) -> Endpoint<NamedJson> {
        get(name).map(|OrganizationJson { name, email, quotas, quota_report, .. }| NamedJson {
            name,
            email,
            quotas,
            quota_report,
        })
    }

    fn list(_: &String) -> Listing<NamedJson> {
        list_all()
    }
}

/// One organization, for its members. What an anonymous reader would be shown is refused: it says nothing of the organization.
pub fn get(name: &str) -> Endpoint<OrganizationJson> {
    let wanted = name.to_owned();
    Endpoint::<OrganizationJson>::get("organization/{organization}", &[name])
        .describe(format!("read organization {name}"))
        .requires_scope(ADMIN)
        .identified(move |found| same_name(&found.name, &wanted))
        .check(refuse_anonymous)
}

fn refuse_anonymous(found: &OrganizationJson, _: &Answer) -> Result<(), (Kind, String)> {
    let is_insider = found.is_member || found.is_admin || found.email.as_deref().is_some_and(|email| !email.is_empty());
    // Without its teams a view would say that there are none.
    if is_insider && found.teams.is_some() {
        return Ok(());
    }
    if is_insider {
        return Err((
            Kind::AnonymousView,
            "the organization was shown without its teams, as to nobody in it".to_owned(),
        ));
    }
    let why = "the organization was shown as to an anonymous reader, who is no member of it (is_admin and is_member are false, there \
               is no e-mail address)";
    Err((Kind::AnonymousView, why.to_owned()))
}

/// Creates an organization; one that exists already is refused.
pub fn create(body: &NewOrganization) -> Endpoint<()> {
    let email = body.email.clone();
    Endpoint::<String>::post("organization/", &[])
        .describe(format!("create organization {}", body.name))
        .json(body)
        .requires_scope("user:admin")
        .invalidates::<Organizations>(&body.name)
        .invalidates::<OrganizationQuotas>("")
        .acknowledged(Acknowledgement::Word(&["Created"]))
        .repetition(Repetition::confirmed(get(&body.name), move |found| {
            let is_new = found.teams().keys().all(|team| team == "owners");
            match is_new && found.is_admin && found.email.as_deref().unwrap_or_default() == email {
                true => Seen::Ours(()),
                false => Seen::other("it has other teams, another e-mail address or other owners"),
            }
        }))
}

/// Changes settings; answers with the organization.
pub fn update(name: &str, change: &OrganizationChange) -> Endpoint<OrganizationJson> {
    let wanted = name.to_owned();
    Endpoint::<OrganizationJson>::put("organization/{organization}", &[name])
        .describe(format!("change organization {name}"))
        .json(change)
        .requires_scope(ADMIN)
        .invalidates::<Organizations>(name)
        .identified(move |found| same_name(&found.name, &wanted))
        .repetition(Repetition::IDEMPOTENT)
}

/// Deletes an organization with all that it holds: repositories, robots, teams.
pub fn delete(name: &str) -> Endpoint<()> {
    deletion(Endpoint::delete("organization/{organization}", &[name]), name).requires_scope(ADMIN)
}

/// The same for superusers, also of those who own nothing in it.
pub fn delete_as_superuser(name: &str) -> Endpoint<()> {
    deletion(Endpoint::delete("superuser/organizations/{organization}", &[name]), name)
        .requires_scope(SUPERUSER)
        .ability(&features::SUPERUSERS)
}

fn deletion(endpoint: Endpoint<()>, name: &str) -> Endpoint<()> {
    endpoint.describe(format!("delete organization {name}")).invalidates_everything().no_content()
}

/// Gives an organization another name; its repositories, robots and teams follow. A name that is taken, and an organization that is
/// not there, make the server fail (500), so both are looked for before.
pub fn rename(from: &str, to: &str) -> Endpoint<()> {
    #[derive(Serialize)]
    struct Body<'a> {
        name: &'a str,
    }
    let wanted = to.to_owned();
    Endpoint::<NamedJson>::put("superuser/organizations/{organization}", &[from])
        .describe(format!("rename organization {from} to {to}"))
        .json(&Body { name: to })
        .requires_scope(SUPERUSER)
        .ability(&features::SUPERUSERS)
        .invalidates_everything()
        .identified(move |renamed| same_name(&renamed.name, &wanted))
        .map(drop)
        .repetition(Repetition::confirmed(namespaces::organization(to), |_| Seen::Ours(())))
}

/// Users in teams of the organization, in no order; robots are left out.
pub fn members(name: &str) -> Endpoint<Vec<MemberOfOrganizationJson>> {
    Endpoint::get("organization/{organization}/members", &[name])
        .within("/members")
        .describe(format!("list the members of organization {name}"))
        .requires_scope(ADMIN)
}

/// A member by name; a robot of the organization is one too. Whoever is in no team is not there.
pub fn member(organization: &str, name: &str) -> Endpoint<MemberOfOrganizationJson> {
    let wanted = name.to_owned();
    Endpoint::<MemberOfOrganizationJson>::get(MEMBER, &[organization, name])
        .describe(format!("read member {name} of organization {organization}"))
        .requires_scope(ADMIN)
        .identified(move |found| same_name(&found.name, &wanted))
}

/// Takes a user out of all teams, and away from all repositories; one who is no member is a success too.
pub fn remove_member(organization: &str, name: &str) -> Endpoint<()> {
    Endpoint::delete(MEMBER, &[organization, name])
        .describe(format!("remove {name} from organization {organization}"))
        .requires_scope(ADMIN)
        .invalidates_everything()
        .no_content()
}

const MEMBER: &str = "organization/{organization}/members/{member}";

/// Users who have permissions in repositories of the organization without being in one of its teams, in no order.
pub fn collaborators(name: &str) -> Endpoint<Vec<MemberOfOrganizationJson>> {
    Endpoint::get("organization/{organization}/collaborators", &[name])
        .within("/collaborators")
        .describe(format!("list the collaborators of organization {name}"))
        .requires_scope(ADMIN)
}

/// Makes the token's user an owner. On a user's name it makes an organization of that user, so whoever asks has to look first.
pub fn take_ownership(name: &str) -> Endpoint<()> {
    let wanted = name.to_owned();
    Endpoint::<String>::post("superuser/takeownership/{namespace}", &[name])
        .within("/namespace")
        .describe(format!("take ownership of organization {name}"))
        .requires_scope(SUPERUSER)
        .ability(&features::SUPERUSERS)
        .invalidates_everything()
        .repetition(Repetition::IDEMPOTENT)
        .identified(move |taken: &String| same_name(taken, &wanted))
        .map(drop)
}

/// All organizations; for superusers.
pub fn list_all() -> Listing<NamedJson> {
    let endpoint = Endpoint::get("superuser/organizations/", &[]).within("/organizations");
    Listing::whole(endpoint.describe("list all organizations").requires_scope(SUPERUSER).ability(&features::SUPERUSERS))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn decode(body: &str) -> Result<OrganizationJson, String> {
        get("acme").decode(&Answer::new(200, "application/json", body.to_owned()))
    }

    #[test]
    fn what_anybody_may_see_says_nothing() {
        let refused = decode(r#"{"name":"acme","email":"","is_admin":false,"is_member":false}"#).unwrap_err();
        assert!(refused.contains("anonymous"), "{refused}");
    }

    #[test]
    fn a_view_without_teams_does_not_say_that_there_are_none() {
        for insider in [r#""is_member":true"#, r#""is_admin":true"#, r#""email":"a@example.com""#] {
            let refused = decode(&format!(r#"{{"name":"acme",{insider}}}"#)).unwrap_err();
            assert!(refused.contains("without its teams"), "{refused}");
        }
    }

    #[test]
    fn what_stands_in_the_place_of_an_address_is_none() {
        let email = |email: &str| {
            decode(&format!(r#"{{"name":"acme","email":{email},"is_admin":true,"teams":{{}}}}"#)).unwrap().email
        };
        assert_eq!(email(r#""d9b2d63d-a233-4123-847a-76838bf2413a""#).as_deref(), Some(""));
        assert_eq!(email(r#""a@example.com""#).as_deref(), Some("a@example.com"));
        assert_eq!(email("null"), None);
    }

    #[test]
    fn a_member_sees_teams_and_quota() {
        let body = r#"{"name":"acme","email":"","is_admin":false,"is_member":true,"quotas":[],
            "teams":{"devs":{"name":"devs","role":"member","description":"d"}}}"#;
        let seen = decode(body).unwrap();
        assert_eq!(seen.teams()["devs"].role, "member");
        assert!(seen.quotas.unwrap().is_empty());
    }

    #[test]
    fn only_what_changes_is_sent() {
        let change = OrganizationChange { invoice_email: Some(true), ..OrganizationChange::default() };
        assert_eq!(update("acme", &change).body().unwrap(), serde_json::json!({"invoice_email": true}));
        let new = NewOrganization { name: "acme".to_owned(), email: String::new() };
        assert_eq!(create(&new).body().unwrap(), serde_json::json!({"name": "acme"}));
    }
}
