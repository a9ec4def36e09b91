//! What is not a resource, of Quay: data sources, lists, ephemeral resources, actions.

use serde_json::{Value as Json, json};

use super::{organization, repository, robot, team};

/// Which kind of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    Data,
    List,
    Ephemeral,
    Action,
}

/// Something that is not a resource, as a user has it.
#[derive(Clone)]
pub(crate) struct Other {
    pub(crate) sort: Sort,
    pub(crate) name: &'static str,
    /// What must be there first: types and configurations.
    pub(crate) before: Vec<(&'static str, Json)>,
    /// `${quay_robot.username}` is an attribute of the first resource of that type before it.
    pub(crate) config: Json,
}

fn other<const N: usize>(sort: Sort, name: &'static str, before: [(&'static str, Json); N], config: Json) -> Other {
    Other { sort, name, before: before.into(), config }
}

/// All entries: one per thing, or per way of using it.
pub(crate) fn others() -> Vec<Other> {
    use Sort::{Action, Data, Ephemeral, List};
    let acme = organization("acme");
    let app = || [organization("acme"), repository("app"), robot("ci"), team("devs")];
    let grant = json!({ "namespace": "acme", "repository": "app", "robot": "acme+ci", "role": "read" });
    let of_acme = json!({ "namespace": "acme" });
    vec![
        other(Data, "quay_current_user", [], json!({})),
        other(
            Data,
            "quay_effective_permission",
            app(),
            json!({ "namespace": "acme", "repository": "app", "user": "admin" }),
        ),
        other(Data, "quay_organization", [acme.clone()], json!({ "name": "acme" })),
        other(Data, "quay_repositories", app(), of_acme.clone()),
        other(Data, "quay_repository", app(), json!({ "namespace": "acme", "name": "app" })),
        other(Data, "quay_robot", app(), json!({ "namespace": "acme", "name": "ci" })),
        other(Data, "quay_robots", app(), of_acme.clone()),
        other(Data, "quay_robots", [], json!({ "namespace": "admin" })),
        other(Data, "quay_team", app(), json!({ "organization": "acme", "name": "devs" })),
        other(List, "quay_organization", [acme.clone()], json!({})),
        other(List, "quay_repository", app(), of_acme.clone()),
        other(List, "quay_robot", app(), of_acme.clone()),
        other(List, "quay_team", app(), json!({ "organization": "acme" })),
        Other {
            before: app().into_iter().chain([("quay_repository_permission", grant)]).collect(),
            ..other(List, "quay_repository_permission", [], json!({ "namespace": "acme", "repository": "app" }))
        },
        other(Ephemeral, "quay_robot_token", app(), json!({ "username": "${quay_robot.username}" })),
        other(Action, "quay_regenerate_robot_token", app(), json!({ "username": "${quay_robot.username}" })),
        other(
            Action,
            "quay_authorize_notification_email",
            app(),
            json!({ "namespace": "acme", "repository": "app", "email": "ops@example.com" }),
        ),
        other(Action, "quay_send_recovery_email", [], json!({ "username": "alice" })),
        other(Action, "quay_rename_organization", [acme], json!({ "organization": "acme", "new_name": "acme2" })),
    ]
}
