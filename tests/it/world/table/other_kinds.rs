//! What is not a resource, of Quay: data sources, lists, ephemeral resources, actions.

use registry_simulator::NewImage;
use serde_json::{Value as Json, json};

use super::quay::builds::{ACTIVE, BUILD, FIRST, active, builder, building, reporting};
use super::{CLIENT, HOST, organization, repository, robot, team, with};

/// The id of a service key that waits for approval.
const KID: &str = "Kq3vXy0h8J2n4QpRs6TuVwXz1Ab3Cd5Ef7Gh9Jk0Lm2";

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
    /// A merge patch to what the server holds then, for what no resource makes.
    pub(crate) edit: Json,
    /// Images that were pushed after that.
    pub(crate) images: Vec<NewImage>,
    /// `${quay_robot.username}` is an attribute of the first resource of that type before it.
    pub(crate) config: Json,
}

fn other<const N: usize>(sort: Sort, name: &'static str, before: [(&'static str, Json); N], config: Json) -> Other {
    Other { sort, name, before: before.into(), edit: json!({}), images: Vec::new(), config }
}

/// After the first entry of a resource in the table.
fn beside(sort: Sort, name: &'static str, resource: &str, config: Json) -> Other {
    let case = super::cases().into_iter().find(|case| case.resource == resource).expect("an entry of that type");
    let before = case.before.into_iter().chain([(case.resource, case.config)]).collect();
    Other { before, ..other(sort, name, [], config) }
}

/// Of a repository with images.
fn of_images(sort: Sort, name: &'static str, config: Json) -> Other {
    let config = with(json!({ "namespace": "acme", "repository": "app" }), config);
    Other { images: super::images(), ..other(sort, name, [organization("acme"), repository("app")], config) }
}

/// Tags and manifests.
fn tags() -> Vec<Other> {
    use Sort::{Action, Data, List};
    let first = json!({ "manifest_digest": "${image:first}" });
    let moved = {
        let mut images = super::images();
        images.push(NewImage { content: "third".to_owned(), ..images[0].clone() });
        images
    };
    vec![
        of_images(Data, "quay_tags", json!({})),
        of_images(Data, "quay_tags", json!({ "name": "first", "name_contains": "ir", "history": true, "limit": 1 })),
        of_images(Data, "quay_manifest", first.clone()),
        of_images(Data, "quay_manifest", json!({ "tag": "both", "include_model_card": true })),
        of_images(Data, "quay_manifest_labels", first.clone()),
        of_images(Data, "quay_vulnerabilities", first.clone()),
        of_images(Data, "quay_pull_statistics", first.clone()),
        of_images(Data, "quay_pull_statistics", json!({ "tag": "first" })),
        of_images(List, "quay_tag", json!({})),
        Other { config: json!({ "namespace": "acme" }), ..of_images(List, "quay_tag", json!({})) },
        of_images(List, "quay_manifest_label", first),
        of_images(List, "quay_manifest_label", json!({})),
        Other { images: moved.clone(), ..of_images(Action, "quay_restore_tag", json!({ "tag": "first" })) },
        of_images(Action, "quay_restore_tag", json!({ "tag": "first", "manifest_digest": "${image:second}" })),
        of_images(Action, "quay_purge_tag", json!({ "tag": "first" })),
        Other {
            images: moved,
            ..of_images(Action, "quay_purge_tag", json!({ "tag": "first", "manifest_digest": "${was:first}" }))
        },
    ]
}

impl Other {
    fn edited(self, edit: Json) -> Self {
        Self { edit, ..self }
    }
}

/// The code of an invitation to a team.
const INVITATION: &str = "urn:teaminvite:5f0c3a0e-6c2b-4a53-9b0e-3d1f0a7a9c11";

/// The superuser is told of an invitation to a team.
fn told() -> Json {
    json!({ "quay": { "users": { "admin": { "notifications": [ { "id": "n1", "created": "Fri, 20 Nov 2026 14:32:21 -0000",
        "code": INVITATION, "inviter": "alice", "organization": "acme", "team": "devs" } ] } } } })
}

/// The superuser was invited to a team.
fn invited() -> Json {
    let mut invited = told();
    invited["quay"]["organizations"] = json!({ "acme": { "teams": { "devs": { "invites": [
        { "code": INVITATION, "user": "admin", "email": null } ] } } } });
    invited
}

/// The superuser has let an application in.
fn let_in() -> Json {
    let token = json!({ "uuid": "t1", "name": "dashboard", "scope": "repo:read", "token": "token-of-the-dashboard",
        "created_by": "admin", "created": "2026-11-20T14:05:52Z", "expires_at": "2036-11-20T14:05:52Z", "last_accessed": null });
    json!({ "quay": { "organizations": { "acme": { "applications": [ { "client_id": "I", "client_secret": "S", "name": "Dashboard",
        "description": "", "application_uri": "", "redirect_uri": "", "avatar_email": null, "api_tokens": [token] } ] } } } })
}

/// The superuser has a robot.
fn own_robot() -> [(&'static str, Json); 1] {
    [("quay_robot", json!({ "namespace": "admin", "name": "ci" }))]
}

/// The superuser was asked to let an application in.
fn assigned() -> Json {
    json!({ "quay": { "assigned_authorizations": [ { "uuid": "a1", "user": "admin", "client_id": "I", "application": "Dashboard",
        "organization": "acme", "redirect_uri": "https://dashboard.example.com", "scope": "repo:read user:read" } ] } })
}

/// What an issuer would say of a job, without a signature that anybody here could check.
fn identity(issuer: &str, subject: &str) -> String {
    use base64::Engine;
    let part = |json: Json| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json.to_string());
    let claims =
        json!({ "iss": issuer, "sub": subject, "aud": "quay", "iat": 1_700_000_000, "exp": 4_102_444_800_u64 });
    format!("{}.{}.c2lnbmF0dXJl", part(json!({ "alg": "RS256", "kid": "1" })), part(claims))
}

/// The server keeps its users itself.
fn own_users() -> Json {
    json!({ "quay": { "config": { "AUTHENTICATION_TYPE": "Database" } } })
}

/// The server takes its users from a directory, which has one whom it does not know yet.
fn directory() -> Json {
    json!({ "quay": { "config": { "AUTHENTICATION_TYPE": "LDAP" }, "directory_users": ["grace"] } })
}

/// Where an export is to go.
fn sent_to() -> Json {
    json!({ "callback_email": "audit@example.com" })
}

/// A user logs in with another service too.
fn linked() -> Json {
    json!({ "quay": { "users": { "admin": { "logins": ["github"] } } } })
}

/// Quotas with a limit, of an organization and of the superuser, whose ids are 71 and 72, and 171 and 172.
fn numbered() -> Json {
    let quota = |id: u64| json!({ "id": id, "limit_bytes": 1_073_741_824, "limits": [ { "id": id + 1, "type": "Reject", "limit_percent": 90 } ] });
    json!({ "quay": { "organizations": { "acme": { "quota": quota(71) } }, "users": { "admin": { "quota": quota(171) } } } })
}

/// All entries: one per thing, or per way of using it.
pub(crate) fn others() -> Vec<Other> {
    use Sort::{Action, Data, Ephemeral, List};
    let acme = organization("acme");
    let app = || [organization("acme"), repository("app"), robot("ci"), team("devs")];
    let grant = json!({ "namespace": "acme", "repository": "app", "robot": "acme+ci", "role": "read" });
    let (of_acme, in_acme) = (json!({ "namespace": "acme" }), json!({ "organization": "acme" }));
    let of_devs = json!({ "organization": "acme", "team": "devs" });
    let of_app = json!({ "namespace": "acme", "repository": "app" });
    let of_app_notification =
        json!({ "namespace": "acme", "repository": "app", "uuid": "${quay_repository_notification.uuid}" });
    let of_trigger = with(of_app.clone(), json!({ "trigger_id": ACTIVE }));
    let of_build = with(of_app.clone(), json!({ "build_id": BUILD }));
    let whole = json!({ "include_logs": true, "include_addresses": true });
    let of_source = with(of_trigger.clone(), json!({ "source_namespace": "team", "build_source": "team/app" }));
    let all = vec![
        other(Data, "quay_builds", app(), of_app.clone()).edited(building(false)),
        other(Data, "quay_builds", app(), of_trigger.clone()).edited(active()),
        other(Data, "quay_build", app(), with(of_build.clone(), whole.clone())).edited(building(false)),
        other(Data, "quay_build", app(), json!({ "build_id": BUILD, "include_logs": true })).edited(building(false)),
        other(Data, "quay_build", app(), json!({ "build_id": BUILD, "include_logs": true })).edited(building(true)),
        other(Data, "quay_build_triggers", app(), of_app.clone()).edited(active()),
        other(Data, "quay_build_triggers", app(), of_trigger.clone()).edited(active()),
        other(Data, "quay_build_sources", app(), of_source).edited(active()),
        other(List, "quay_build_trigger", app(), of_app.clone()).edited(active()),
        other(
            Action,
            "quay_start_build",
            app(),
            with(of_app.clone(), json!({ "archive_url": "https://sources.example.com/app.tar.gz" })),
        )
        .edited(builder()),
        // Any file will do.
        other(Action, "quay_start_build", app(), with(of_app.clone(), json!({ "archive_file": "Cargo.toml" })))
            .edited(builder()),
        other(Action, "quay_start_build_trigger", app(), with(of_trigger, json!({ "branch": "main" })))
            .edited(active()),
        other(Action, "quay_cancel_build", app(), of_build).edited(building(false)),
        beside(Data, "quay_app_tokens", "quay_app_token", json!({})),
        other(Data, "quay_assigned_authorizations", [], json!({})).edited(assigned()),
        beside(Data, "quay_oauth_application", "quay_oauth_application", json!({ "client_id": CLIENT })),
        other(Data, "quay_user_authorizations", [], json!({})),
        beside(Data, "quay_mirror_health", "quay_repository_mirror", of_acme.clone()),
        beside(Data, "quay_mirror_health", "quay_repository_mirror", json!({})),
        beside(Data, "quay_org_mirror_repositories", "quay_org_mirror", in_acme.clone()),
        other(Data, "quay_error_type", [], json!({ "error_type": "invalid_request" })),
        beside(Data, "quay_org_quota", "quay_org_quota", in_acme.clone()),
        other(Data, "quay_org_quota", [acme.clone()], with(in_acme.clone(), json!({ "quota_id": 71 })))
            .edited(numbered()),
        other(Data, "quay_quota_limits", [acme.clone()], with(in_acme.clone(), json!({ "quota_id": 71 })))
            .edited(numbered()),
        other(
            Data,
            "quay_quota_limits",
            [acme.clone()],
            with(in_acme.clone(), json!({ "quota_id": 71, "limit_id": 72 })),
        )
        .edited(numbered()),
        other(Data, "quay_quota_limits", [acme.clone()], json!({ "quota_id": 171 })).edited(numbered()),
        other(Data, "quay_quota_limits", [acme.clone()], json!({ "quota_id": 171, "limit_id": 172 }))
            .edited(numbered()),
        other(Data, "quay_user_quota", [acme.clone()], json!({ "quota_id": 171 })).edited(numbered()),
        other(Data, "quay_organization_collaborators", app(), in_acme.clone()),
        other(Data, "quay_organization_members", app(), in_acme.clone()),
        other(Data, "quay_organizations", [acme.clone()], json!({})),
        beside(Data, "quay_quota_usage", "quay_org_quota", in_acme.clone()),
        beside(Data, "quay_quota_usage", "quay_org_quota", json!({})),
        other(Data, "quay_registry_size", [], json!({})),
        beside(Data, "quay_robot_permissions", "quay_repository_permission", json!({ "username": "acme+ci" })),
        other(Data, "quay_robot_permissions", own_robot(), json!({ "username": "admin+ci" })),
        other(Data, "quay_changelog", [], json!({})),
        other(Data, "quay_registry_status", [], json!({})),
        other(Data, "quay_usage_logs", app(), of_acme.clone()),
        other(Data, "quay_usage_logs", app(), of_app.clone()),
        other(Data, "quay_usage_logs", [], json!({})),
        other(Data, "quay_usage_logs", [], json!({ "whole_registry": true })),
        other(Data, "quay_usage_log_counts", app(), of_acme.clone()),
        other(Data, "quay_usage_log_counts", app(), of_app.clone()),
        other(Data, "quay_usage_log_counts", [], json!({})),
        other(Data, "quay_usage_log_counts", [], json!({ "whole_registry": true })),
        other(Data, "quay_capabilities", [], json!({})),
        other(Data, "quay_user", [], json!({ "username": "bob" })),
        other(Data, "quay_entities", app(), json!({ "prefix": "c", "namespace": "acme", "include_teams": true })),
        other(Data, "quay_search", app(), json!({ "query": "app" })),
        other(Data, "quay_repository_search", app(), json!({ "query": "app", "include_usage": true })),
        other(Data, "quay_user_notices", [], json!({})).edited(told()),
        other(Data, "quay_user_notices", [], json!({ "uuid": "n1" })).edited(told()),
        beside(Data, "quay_service_keys", "quay_service_key", json!({})),
        other(Data, "quay_team_permissions", app(), json!({ "organization": "acme", "team": "devs" })),
        other(Data, "quay_user_quota", [("quay_user_quota", json!({ "user": "admin", "limit": "1 GiB" }))], json!({})),
        other(Data, "quay_users", [], json!({})),
        beside(List, "quay_app_token", "quay_app_token", json!({})),
        beside(List, "quay_default_permission", "quay_default_permission", in_acme.clone()),
        beside(List, "quay_global_message", "quay_global_message", json!({})),
        beside(List, "quay_oauth_application", "quay_oauth_application", in_acme.clone()),
        beside(List, "quay_oauth_application_token", "quay_oauth_application_token", in_acme.clone()),
        beside(List, "quay_org_auto_prune_policy", "quay_org_auto_prune_policy", in_acme.clone()),
        beside(List, "quay_org_immutability_policy", "quay_org_immutability_policy", in_acme.clone()),
        beside(List, "quay_org_mirror", "quay_org_mirror", in_acme.clone()),
        beside(List, "quay_org_mirror", "quay_org_mirror", json!({})),
        beside(List, "quay_org_proxy_cache", "quay_org_proxy_cache", in_acme.clone()),
        beside(List, "quay_org_proxy_cache", "quay_org_proxy_cache", json!({})),
        beside(List, "quay_repository_permissions", "quay_repository_permissions", of_acme.clone()),
        beside(List, "quay_robot_federation", "quay_robot_federation", of_acme.clone()),
        Other {
            before: vec![
                ("quay_robot", json!({ "namespace": "admin", "name": "ci" })),
                (
                    "quay_robot_federation",
                    json!({ "robot": "admin+ci", "identities": [
                        { "issuer": "https://issuer.example.com", "subject": "repo:admin/app:ref:main" } ] }),
                ),
            ],
            ..other(List, "quay_robot_federation", [], json!({ "namespace": "admin" }))
        },
        beside(List, "quay_starred_repository", "quay_starred_repository", json!({})),
        beside(List, "quay_team_invitation", "quay_team_invitation", in_acme.clone()),
        beside(List, "quay_team_member", "quay_team_member", in_acme.clone()),
        beside(List, "quay_team_members", "quay_team_members", json!({ "organization": "acme", "team": "devs" })),
        beside(List, "quay_team_sync", "quay_team_sync", in_acme.clone()),
        beside(List, "quay_org_notification", "quay_org_notification", in_acme.clone()),
        beside(List, "quay_org_quota", "quay_org_quota", json!({})),
        beside(List, "quay_repository_auto_prune_policy", "quay_repository_auto_prune_policy", of_app.clone()),
        beside(List, "quay_repository_immutability_policy", "quay_repository_immutability_policy", of_app.clone()),
        beside(List, "quay_repository_mirror", "quay_repository_mirror", of_acme.clone()),
        beside(
            List,
            "quay_repository_mirror",
            "quay_repository_mirror",
            with(of_acme.clone(), json!({ "all_states": true })),
        ),
        beside(List, "quay_repository_notification", "quay_repository_notification", of_app.clone()),
        beside(List, "quay_service_key", "quay_service_key", json!({})),
        beside(List, "quay_user", "quay_user", json!({})),
        beside(List, "quay_user_auto_prune_policy", "quay_user_auto_prune_policy", json!({ "user": "admin" })),
        beside(List, "quay_user_notification", "quay_user_notification", json!({})),
        beside(List, "quay_user_quota", "quay_user_quota", json!({})),
        other(Ephemeral, "quay_app_token", [], json!({ "title": "terraform" })),
        other(Ephemeral, "quay_encrypted_password", [], json!({ "password": "quaypass123" })),
        beside(
            Ephemeral,
            "quay_federated_robot_token",
            "quay_robot_federation",
            json!({ "username": "acme+ci", "identity_token": identity("https://issuer.example.com", "repo:acme/app:ref:main") }),
        ),
        beside(
            Ephemeral,
            "quay_oauth_application_token",
            "quay_oauth_application",
            json!({ "organization": "acme", "client_id": CLIENT, "scopes": ["repo:read"] }),
        ),
        beside(
            Ephemeral,
            "quay_oauth_client_secret",
            "quay_oauth_application",
            json!({ "organization": "acme", "client_id": CLIENT }),
        ),
        other(Ephemeral, "quay_build_trigger_webhook", app(), with(of_app.clone(), json!({ "trigger_id": FIRST })))
            .edited(reporting()),
        other(Action, "quay_accept_team_invitation", [acme.clone(), team("devs")], of_devs.clone()).edited(invited()),
        other(Action, "quay_accept_team_invitation", [acme.clone(), team("devs")], json!({ "code": INVITATION }))
            .edited(invited()),
        other(Action, "quay_decline_team_invitation", [acme.clone(), team("devs")], of_devs).edited(invited()),
        other(Action, "quay_export_logs", app(), with(of_acme.clone(), sent_to())),
        other(Action, "quay_export_logs", app(), with(of_app.clone(), sent_to())),
        other(Action, "quay_export_logs", [], sent_to()),
        other(Action, "quay_link_directory_user", [], json!({ "username": "grace" })).edited(directory()),
        other(Action, "quay_dismiss_user_notice", [], json!({ "uuid": "n1" })).edited(told()),
        other(Action, "quay_decline_assigned_authorization", [], json!({ "uuid": "a1" })).edited(assigned()),
        other(
            Action,
            "quay_remove_organization_member",
            [acme.clone(), team("devs")],
            with(in_acme.clone(), json!({ "username": "bob" })),
        )
        .edited(json!({ "quay": { "organizations": { "acme": { "teams": { "devs": { "members": ["bob"] } } } } } })),
        other(Action, "quay_revoke_user_authorization", [acme.clone()], json!({ "uuid": "t1" })).edited(let_in()),
        other(Action, "quay_approve_service_key", [], json!({ "kid": KID })).edited(
            json!({ "quay": { "service_keys": {
            KID: { "number": 1000, "name": "scanner", "service": "scanner", "modulus": "AQAB", "metadata": {},
                "created": 1_795_183_552, "expiration": null, "approval": null } } } }),
        ),
        other(Action, "quay_calculate_registry_size", [], json!({})),
        beside(Action, "quay_sync_org_mirror", "quay_org_mirror", in_acme.clone()),
        beside(Action, "quay_cancel_org_mirror_sync", "quay_org_mirror", in_acme.clone()),
        beside(Action, "quay_verify_org_mirror", "quay_org_mirror", in_acme.clone()),
        beside(Action, "quay_sync_repository_mirror", "quay_repository_mirror", of_app.clone()),
        beside(Action, "quay_cancel_repository_mirror_sync", "quay_repository_mirror", of_app.clone())
            .edited(json!({ "quay": { "repositories": { "acme/app": { "mirror": { "status": "SYNC_NOW" } } } } })),
        beside(Action, "quay_test_notification", "quay_repository_notification", of_app_notification.clone()),
        beside(
            Action,
            "quay_test_notification",
            "quay_org_notification",
            json!({ "organization": "acme", "uuid": "${quay_org_notification.uuid}" }),
        ),
        beside(
            Action,
            "quay_test_notification",
            "quay_user_notification",
            json!({ "uuid": "${quay_user_notification.uuid}" }),
        ),
        beside(Action, "quay_reset_notification_failures", "quay_repository_notification", of_app_notification.clone()),
        beside(
            Action,
            "quay_reset_notification_failures",
            "quay_org_notification",
            json!({ "organization": "acme", "uuid": "${quay_org_notification.uuid}" }),
        ),
        beside(
            Action,
            "quay_reset_notification_failures",
            "quay_user_notification",
            json!({ "uuid": "${quay_user_notification.uuid}" }),
        ),
        beside(
            Action,
            "quay_reset_oauth_client_secret",
            "quay_oauth_application",
            json!({ "organization": "acme", "client_id": CLIENT }),
        ),
        other(Action, "quay_take_ownership", [acme.clone()], in_acme.clone()).edited(
            json!({ "quay": { "organizations": { "acme": { "teams": { "owners": { "members": ["alice"] } } } } } }),
        ),
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
        other(Data, "quay_robot", own_robot(), json!({ "namespace": "admin", "name": "ci" })),
        other(Data, "quay_robot", app(), json!({ "namespace": "acme", "name": "ci" })),
        other(Data, "quay_robots", app(), of_acme.clone()),
        other(Data, "quay_robots", [], json!({ "namespace": "admin" })),
        other(Data, "quay_team", app(), json!({ "organization": "acme", "name": "devs" })),
        other(List, "quay_organization", [acme.clone()], json!({})),
        other(List, "quay_repository", app(), of_acme.clone()),
        other(List, "quay_robot", app(), of_acme.clone()),
        other(List, "quay_robot", own_robot(), json!({ "namespace": "admin" })),
        other(List, "quay_team", app(), json!({ "organization": "acme" })),
        Other {
            before: app().into_iter().chain([("quay_repository_permission", grant)]).collect(),
            ..other(List, "quay_repository_permission", [], json!({ "namespace": "acme", "repository": "app" }))
        },
        other(Ephemeral, "quay_robot_token", app(), json!({ "username": "${quay_robot.username}" })),
        other(Ephemeral, "quay_robot_token", own_robot(), json!({ "username": "${quay_robot.username}" })),
        other(Action, "quay_regenerate_robot_token", app(), json!({ "username": "${quay_robot.username}" })),
        other(Action, "quay_regenerate_robot_token", own_robot(), json!({ "username": "${quay_robot.username}" })),
        other(
            Action,
            "quay_authorize_notification_email",
            app(),
            json!({ "namespace": "acme", "repository": "app", "email": "ops@example.com" }),
        ),
        other(Action, "quay_send_recovery_email", [], json!({ "username": "alice" })),
        other(Action, "quay_send_recovery_email", [], json!({ "email": "alice@example.com" })),
        other(
            Action,
            "quay_sign_up_user",
            [],
            json!({ "username": "erin", "password": "Chosen-for-erin-1", "email": "erin@example.com" }),
        )
        .edited(own_users()),
        other(Action, "quay_delete_current_user", [], json!({ "username": "admin" })).edited(own_users()),
        other(
            Action,
            "quay_convert_user_to_organization",
            [],
            json!({ "username": "admin", "owner": "alice", "owner_password": "quaypass123" }),
        )
        .edited(own_users()),
        other(Action, "quay_end_user_sessions", [], json!({})),
        other(Action, "quay_detach_external_login", [], json!({ "service": "github" })).edited(linked()),
        other(Action, "quay_shut_down_server", [], json!({ "host": HOST })),
        other(Action, "quay_rename_organization", [acme], json!({ "organization": "acme", "new_name": "acme2" })),
    ];
    all.into_iter().chain(tags()).collect()
}
