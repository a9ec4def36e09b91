//! Action `quay_rename_organization`.
//!
//! Endpoint: `superuser/organizations/{organization}`; see [`crate::api::organizations`].

use async_trait::async_trait;
use terraform_framework::{Action, Context, Error, Model, PlanValue, Progress, Report, Result};

use crate::api::{namespaces, organizations};
use crate::client::Quay;
use crate::{features, names};

/// Gives an organization another name. Its repositories, robots, teams, permissions and quota stay and follow the new name; the old name is
/// free at once.
///
/// Everybody who uses the organization is affected: images are pulled and pushed under the new name only, and robots log in as
/// `new+robot` (their tokens stay the same).
///
/// Terraform knows the organization, and everything in it, by the old name. Changing `name` in `quay_organization` would plan to destroy
/// and re-create all of that. So:
///
/// 1. Invoke the action: `terraform apply -invoke=action.quay_rename_organization.example`. Do not apply anything else in between.
/// 2. Make Terraform forget the old names, without destroying anything: a `removed` block with `lifecycle { destroy = false }` for
///    each resource of the organization (or `terraform state rm`).
/// 3. Change the name in the configuration, and import each of them under its new id: an `import` block, for example with
///    `to = quay_robot.ci` and `id = "new+ci"` (or `terraform import`). A `moved` block does not help: it changes a resource's
///    address, not what it stands for.
/// 4. Plan: it must show imports and nothing that is destroyed. Then apply.
///
/// Scope: `super:user`, of a superuser. The server needs FEATURE_SUPER_USERS.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_rename_organization")]
pub struct RenameOrganization {
    /// Present name of the organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
    /// Its new name. No user, and no other organization, may have it.
    #[attribute(required, check = names::namespace())]
    new_name: String,
}

#[async_trait]
impl Action for RenameOrganization {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let Self { organization: from, new_name: to } = &config;
        let old = cx.find(namespaces::organization(from)).await?.is_some();
        let new = cx.find(namespaces::organization(to)).await?.is_some();
        refuse(from, to, old, new)?;
        if cx.is_user(to).await? {
            return Err(taken(to, "a user"));
        }
        cx.send(organizations::rename(from, to)).await?;
        progress.say(format!("Organization {from} is now {to}.")).await;
        Ok(())
    }

    fn validate(config: &RenameOrganizationView, report: &mut Report) {
        if let (PlanValue::Known(from), PlanValue::Known(to)) = (&config.organization, &config.new_name)
            && from == to
        {
            report.error("new_name", "Invalid value", "`new_name` is the present name: there is nothing to rename.");
        }
    }

    async fn preflight(cx: &mut Context<Quay>, _: RenameOrganizationView, report: &mut Report) {
        cx.expect(&features::SUPERUSERS, report).await;
    }
}

/// The server fails (500) for a name that is taken, and for an organization that is not there.
fn refuse(from: &str, to: &str, old: bool, new: bool) -> Result<()> {
    match (old, new) {
        (true, false) => Ok(()),
        (true, true) => Err(taken(to, "another organization")),
        (false, new) => {
            let detail = match new {
                true => format!("There is an organization {to}: it may have been renamed already."),
                false => "Check its name.".to_owned(),
            };
            Err(Error::new(format!("There is no organization {from}"), detail).at("organization"))
        }
    }
}

fn taken(to: &str, by: &str) -> Error {
    Error::new(format!("The name {to} is taken"), format!("{to} is the name of {by}. Choose another name."))
        .at("new_name")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::refuse;

    #[test]
    fn names_are_looked_at_before_the_server_fails() {
        assert!(refuse("a1", "b1", true, false).is_ok());
        assert_eq!(refuse("a1", "b1", true, true).unwrap_err().summary(), "The name b1 is taken");
        assert!(refuse("a1", "b1", false, true).unwrap_err().detail().contains("renamed already"));
    }
}
