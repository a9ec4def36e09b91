//! `quay_team_sync`: teams whose users are those of a group in a directory.
//!
//! Endpoints: `organization/{organization}/team/{team}/syncing`; read from the view of the team's members; see [`crate::api::teams`].
//! Only a Quay with users in its database was observed. What one with a directory does was read in its source: a second POST is a 500, the
//! view of the members tells the group to superusers alone, and with OIDC any group is taken.

use async_trait::async_trait;
use registry_http::{Collection, Kind};
use registry_service::exists_already;
use terraform_framework::{Computed, Context, Error, Found, List, Model, Report, Resource, Result, check};

use super::{team, team_member};
use crate::api::organizations;
use crate::api::teams::{self, Directory, SyncedJson, TeamKey, TeamMembers};
use crate::client::Quay;
use crate::{features, names};

/// Lets the users of a team be those of a group in the directory that the server takes its users from: LDAP, OpenID Connect or Keystone.
///
/// From then on only the directory decides which users are in the team: those who are not in the group are removed by Quay, and
/// `quay_team_member` and `quay_team_members` can add robots alone. When it is destroyed, the members stay as they are. A group cannot be
/// changed in place: another one replaces the setting, and the members stay meanwhile. (With OpenID Connect, a user's teams are brought
/// up to date at the user's next login.)
///
/// Scopes: `org:admin` and `super:user`, of a superuser. The server needs FEATURE_TEAM_SYNCING. (Where
/// FEATURE_NONSUPERUSER_TEAM_SYNCING_SETUP is on, the scope `org:admin` is enough to set it up; but Quay shows the group to superusers
/// alone, so that drift of it cannot be seen then, and an import does not know it.)
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_team_sync",
    id = "{organization}/{team}",
    identity(organization, team),
    exactly_one_of(ldap_group_dn, oidc_group_name, keystone_group_id),
    subcategory = "Teams"
)]
pub struct TeamSync {
    /// Organization that the team belongs to.
    #[attribute(required, requires_replace, check = names::namespace())]
    organization: String,
    /// Name of the team.
    #[attribute(required, requires_replace, check = names::team())]
    team: String,
    /// Distinguished name of an LDAP group, relative to the base that the server is configured with: `cn=devs,ou=groups`. Exactly one of
    /// `ldap_group_dn`, `oidc_group_name` and `keystone_group_id` must be set.
    #[attribute(optional, requires_replace, check = check::length(1, usize::MAX))]
    ldap_group_dn: Option<String>,
    /// Name of a group as the OpenID Connect provider gives it in its groups claim. Nobody can tell whether there is such a group.
    #[attribute(optional, requires_replace, check = check::length(1, usize::MAX))]
    oidc_group_name: Option<String>,
    /// Id of a Keystone group.
    #[attribute(optional, requires_replace, check = check::length(1, usize::MAX))]
    keystone_group_id: Option<String>,
    /// Kind of directory: `ldap`, `oidc` or `keystone`.
    #[computed(use_state_for_unknown)]
    service: Computed<String>,
}

#[async_trait]
impl Resource for TeamSync {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let key = plan.key();
        let lock = cx.lock(&format!("synchronization of team {key}"));
        let _alone = lock.lock().await;
        let view = cx.find(TeamMembers::single(&key)).await?.ok_or_else(|| team::no_team(&key).at("team"))?;
        if view.synced.is_some() {
            let what = format!("synchronization of team {key}");
            return Err(exists_already("quay_team_sync", &what, &key.to_string()));
        }
        let (directory, group) = plan.group()?;
        if let Some(other) = view.can_sync.map(|can| can.service).filter(|service| service != directory.service()) {
            return Err(other_directory(directory, &other));
        }
        cx.send(teams::sync(&key, directory, group)).await.map_err(|e| explain(&key, directory, e))?;
        Ok(Self { service: Computed::from(directory.service()), ..plan })
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let key = state.key();
        let found = team_member::find_in(cx, &key, |members| members.synced.clone()).await?;
        if found.is_none() && team_member::team_exists(cx, &key).await? {
            // Without the feature a server tells nothing of groups, and forgets none.
            cx.require(&features::TEAM_SYNC).await?;
        }
        Ok(found.map(|synced| state.with(synced)))
    }

    async fn update(_: &mut Context<Quay>, _: Self, plan: Self) -> Result<Self> {
        Ok(plan)
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        let key = state.key();
        if team_member::team_exists(cx, &key).await? {
            let (directory, _) = state.group()?;
            cx.delete(teams::stop_sync(&key)).await.map_err(|e| explain(&key, directory, e))?;
        }
        Ok(())
    }

    async fn preflight(cx: &mut Context<Quay>, _: TeamSyncView, report: &mut Report) {
        cx.expect(&features::TEAM_SYNC, report).await;
    }
}

impl TeamSync {
    fn key(&self) -> TeamKey {
        TeamKey { organization: self.organization.clone(), team: self.team.clone() }
    }

    /// The directory, and the group there.
    fn group(&self) -> Result<(Directory, &str)> {
        let given = [
            (Directory::Ldap, &self.ldap_group_dn),
            (Directory::Oidc, &self.oidc_group_name),
            (Directory::Keystone, &self.keystone_group_id),
        ];
        let mut set = given.into_iter().filter_map(|(directory, group)| Some((directory, group.as_deref()?)));
        set.next().ok_or_else(|| Error::bug("a team that follows no group"))
    }

    /// What the server tells. Without a superuser's token it does not tell the group: then what was set up counts.
    fn with(mut self, synced: SyncedJson) -> Self {
        if let Some(group) = &synced.config {
            let named = |directory: Directory| {
                let text = group.get(directory.member())?.as_str()?.to_owned();
                (synced.service == directory.service()).then_some(text)
            };
            self.ldap_group_dn = named(Directory::Ldap);
            self.oidc_group_name = named(Directory::Oidc);
            self.keystone_group_id = named(Directory::Keystone);
        }
        self.service = Computed::from(synced.service);
        self
    }
}

fn other_directory(asked: Directory, there: &str) -> Error {
    let argument = match there {
        "ldap" => "ldap_group_dn",
        "oidc" => "oidc_group_name",
        "keystone" => "keystone_group_id",
        _ => "none of these arguments",
    };
    let detail =
        format!("This server takes its users from {there}: name the group with {argument}. Nothing was changed.");
    Error::new(format!("There are no {} groups on this server", asked.service()), detail).at(asked.argument())
}

/// Says what a refusal means.
fn explain(key: &TeamKey, directory: Directory, error: registry_http::Error) -> Error {
    let says = |text: &str| error.message().is_some_and(|message| message.contains(text));
    let hint = if says("Not supported") {
        "This server keeps its users in its own database (AUTHENTICATION_TYPE: Database), so there is no directory whose groups teams could \
         follow. Manage the members with quay_team_members instead."
            .to_owned()
    } else if says("does not exist or is empty") {
        format!(
            "Check the group: {} must name one with at least one member, below the server's base.",
            directory.argument()
        )
    } else if error.kind() == Kind::Forbidden {
        format!(
            "Whether team {key} follows a group is up to superusers (FEATURE_SUPER_USERS), with a token that has the scopes org:admin and \
             super:user; with FEATURE_NONSUPERUSER_TEAM_SYNCING_SETUP on the server it is up to the organization's owners."
        )
    } else {
        return error.into();
    };
    Error::from(error).with_hint(hint)
}

#[async_trait]
impl List for TeamSync {
    type Query = TeamSyncQuery;

    async fn list(cx: &mut Context<Quay>, query: TeamSyncQuery, found: &mut Found<Self>) -> Result<()> {
        let view = cx.find(organizations::get(&query.organization)).await?;
        let view = view.ok_or_else(|| team::no_organization(&query.organization))?;
        // A release or a reader to whom it is not told whether a team follows a group: then its members tell.
        let may_follow = view.into_teams().into_iter().filter(|(_, team)| team.is_synced != Some(false));
        let mut any = false;
        for (team, _) in may_follow {
            let sync = TeamSync {
                organization: query.organization.clone(),
                team,
                ldap_group_dn: None,
                oidc_group_name: None,
                keystone_group_id: None,
                service: Computed::UNSET,
            };
            let members = cx.find(TeamMembers::single(&sync.key())).await?;
            let Some(synced) = members.and_then(|members| members.synced) else { continue };
            any = true;
            if !found.push(&sync.with(synced)).await {
                break;
            }
        }
        if !any {
            // A server that synchronizes no teams shows none, and is not to be taken for one that has none.
            cx.require(&features::TEAM_SYNC).await?;
        }
        Ok(())
    }
}

/// Finds the teams of an organization that follow a group of a directory.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_team_sync")]
pub struct TeamSyncQuery {
    /// The organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
}
