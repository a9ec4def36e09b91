//! What a user may write that would make Quay fail, row by row, with the recorded failures that it would be; and what happens instead. For
//! those that no configuration can cause (a request that the provider never makes so) rows show what comes nearest to it.

use serde_json::{Value as Json, json};

use crate::quay::robots::identity;
use crate::world::merged;
use crate::world::table::quay::builds::{FIRST, begun};

/// Stands in a row for the token of the robot `acme+ci`.
const TOKEN: &str = "${token}";

/// What is asked of the provider.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    Make(&'static str, Json),
    /// Makes it, edits the server behind its back, and changes it without a refresh.
    Change(&'static str, Json, Json, Json),
    /// The same, and destroys it.
    Destroy(&'static str, Json, Json),
    Import(&'static str, &'static str),
    Read(&'static str, Json),
    Invoke(&'static str, Json),
    Open(&'static str, Json),
}

impl Asked {
    /// With the robot's token in the place of [`TOKEN`].
    pub(super) fn with_token(self, token: &str) -> Self {
        match self {
            Self::Open(name, config) => {
                Self::Open(name, serde_json::from_str(&config.to_string().replace(TOKEN, token)).expect("JSON"))
            }
            other => other,
        }
    }
}

/// What comes of it.
#[derive(Debug)]
pub(super) enum Met {
    /// The plan refuses it, at this argument, and nothing is written.
    Planned(&'static str),
    /// It is refused in these words, after a look or without one: the request is not sent, and nothing changes.
    Seen(&'static [&'static str]),
    /// The server fails, and it is explained in these words; nothing changes.
    Explained(&'static [&'static str]),
    /// It is done, and nothing fails.
    Works,
    /// It is done by another request.
    WorksWithout,
    /// The server fails, and what was wanted is so all the same.
    Overcome,
}

/// One of them.
pub(super) struct Row {
    /// Files and lines of recorded failures; none where it was seen without being recorded, or is known from Quay's source.
    pub(super) recorded: &'static [(&'static str, usize)],
    /// The request that Quay fails at.
    pub(super) route: &'static str,
    /// Whose token the provider has.
    pub(super) whose: &'static str,
    /// How the server is otherwise.
    pub(super) server: Json,
    pub(super) asked: Asked,
    pub(super) met: Met,
}

impl Row {
    fn new(recorded: &'static [(&'static str, usize)], route: &'static str, asked: Asked, met: Met) -> Self {
        Self { recorded, route, whose: "admin", server: Json::Null, asked, met }
    }

    fn by(self, whose: &'static str) -> Self {
        Self { whose, ..self }
    }

    fn on(self, server: Json) -> Self {
        Self { server: json!({ "quay": server }), ..self }
    }
}

pub(super) fn rows() -> Vec<Row> {
    [
        columns(),
        identities(),
        bodies(),
        repositories(),
        notifications(),
        methods_and_events(),
        organizations(),
        quotas(),
        builds(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn long() -> String {
    "x".repeat(256)
}

/// Texts that the database has no room for.
fn columns() -> Vec<Row> {
    const TOKENS: &str = "POST /api/v1/user/apptoken";
    const APPLICATIONS: &str = "POST /api/v1/organization/{orgname}/applications";
    const ROBOT: &str = "PUT /api/v1/organization/{orgname}/robots/{robot_shortname}";
    let application = |name: String| json!({ "organization": "acme", "name": name });
    let name = |length: usize| application("x".repeat(length));
    let robot = |bytes: usize| {
        let empty = json!({ "description": "", "unstructured_metadata": { "a": "" } }).to_string().len();
        let metadata = json!({ "a": "x".repeat(bytes - empty) }).to_string();
        json!({ "namespace": "acme", "name": "big", "unstructured_metadata": metadata })
    };
    const MIB: usize = 1024 * 1024;
    let mail = json!({ "name": "acme2", "email": format!("{}@b.c", "a".repeat(252)) });
    let mirror = merged(mirror(), json!({ "external_reference": format!("a/{}", "b".repeat(254)) }));
    use Asked::{Change, Make, Open};
    vec![
        Row::new(
            &[("app_tokens", 7)],
            TOKENS,
            Make("quay_app_token", json!({ "title": long() })),
            Met::Planned("title"),
        ),
        Row::new(&[], TOKENS, Make("quay_app_token", json!({ "title": "x".repeat(255) })), Met::Works),
        // A random text follows this one.
        Row::new(
            &[],
            TOKENS,
            Open("quay_app_token", json!({ "title": "x".repeat(201), "leftover_after": "24h" })),
            Met::Planned("title"),
        ),
        Row::new(
            &[("oauth_applications", 9)],
            APPLICATIONS,
            Make("quay_oauth_application", name(256)),
            Met::Planned("name"),
        ),
        Row::new(&[], APPLICATIONS, Make("quay_oauth_application", name(255)), Met::Works),
        Row::new(
            &[],
            "PUT /api/v1/organization/{orgname}/applications/{client_id}",
            Change("quay_oauth_application", name(1), Json::Null, name(256)),
            Met::Planned("name"),
        ),
        // Seen of a body of more than 1 MiB.
        Row::new(&[], ROBOT, Make("quay_robot", robot(MIB + 1)), Met::Planned("unstructured_metadata")),
        Row::new(&[], ROBOT, Make("quay_robot", robot(MIB)), Met::Works),
        // From the source: columns of 255 characters.
        Row::new(&[], "POST /api/v1/organization/", Make("quay_organization", mail), Met::Planned("email")),
        Row::new(&[], MIRROR, Make("quay_repository_mirror", mirror), Met::Planned("external_reference")),
    ]
}

/// Identity tokens that are none, or cannot be checked.
fn identities() -> Vec<Row> {
    const EXCHANGE: &str = "GET /oauth2/federation/robot/token";
    let of = |identity: &str| {
        Asked::Open("quay_federated_robot_token", json!({ "username": "acme+ci", "identity_token": identity }))
    };
    const NONE: Met = Met::Seen(&["What was given is no identity token", "JSON web token", "Nothing was sent"]);
    let away = json!({ "unreachable_issuers": ["https://away.example.com"] });
    let unreachable = Met::Explained(&[
        "Cannot exchange an identity token for one of robot acme+ci",
        "https://away.example.com/.well-known/openid-configuration within 5 seconds",
    ]);
    vec![
        Row::new(&[("federation_exchange", 11)], EXCHANGE, of("not-a-jwt"), NONE),
        Row::new(&[("nonsuper", 153)], EXCHANGE, of(TOKEN), NONE),
        // Seen of an issuer that Quay itself could not ask.
        Row::new(&[], EXCHANGE, of(&identity("https://away.example.com", "job")), unreachable).on(away),
    ]
}

const MIRROR: &str = "POST /api/v1/repository/{repository}/mirror";

fn mirror() -> Json {
    json!({ "namespace": "acme", "repository": "app", "external_reference": "registry.example.com/team/app", "tags": ["latest"],
        "robot_username": "acme+ci", "sync_interval": 3600, "sync_start_date": "2026-12-01T00:00:00Z" })
}

/// Bodies that lack something, or have too much. What a body has is the provider's own: arguments that are always sent are required (see the
/// test of that), and with all arguments set nothing is sent that Quay does not know.
fn bodies() -> Vec<Row> {
    const MESSAGES: &str = "POST /api/v1/messages";
    const ROBOTS: &str = "GET /api/v1/organization/{orgname}/robots";
    let all = json!({ "is_enabled": false, "external_registry_username": "u", "external_registry_password": "Pass-word-1",
        "verify_tls": false, "unsigned_images": true, "http_proxy": "http://proxy.example.com:3128",
        "https_proxy": "http://proxy.example.com:3128", "no_proxy": "a.b", "skopeo_timeout_interval": 600 });
    let nobody = merged(mirror(), json!({ "robot_username": "" }));
    use Asked::{Make, Read};
    vec![
        Row::new(&[("messages", 10)], MESSAGES, Make("quay_global_message", json!({ "content": "" })), Met::Works),
        Row::new(&[("mirror", 9)], MIRROR, Make("quay_repository_mirror", nobody), Met::Planned("robot_username")),
        Row::new(&[("mirror", 26)], MIRROR, Make("quay_repository_mirror", merged(mirror(), all)), Met::Works),
        // Seen of a list with `limit=-1`: the provider never asks for a part of the robots.
        Row::new(&[], ROBOTS, Read("quay_robots", json!({ "namespace": "acme" })), Met::Works),
        // Accounts are made by the superusers' request, also where people may not make their own.
        Row::new(
            &[("variant_features_off", 40)],
            "POST /api/v1/user/",
            Make("quay_user", json!({ "username": "uc3", "email": "uc3@example.com" })),
            Met::WorksWithout,
        )
        .on(json!({ "config": { "FEATURE_USER_CREATION": false } })),
    ]
}

/// Repositories that are not there, or whose namespace is not.
fn repositories() -> Vec<Row> {
    const USER: &str = "PUT /api/v1/repository/{repository}/permissions/user/{username}";
    const TEAM: &str = "PUT /api/v1/repository/{repository}/permissions/team/{teamname}";
    const LOST: Met = Met::Explained(&["There is no repository acme/nosuch", "Create it first"]);
    const ALICES: Met = Met::Explained(&["There is no repository aliceorg/nosuch", "Create it first"]);
    const DELETE: &str = "DELETE /api/v1/repository/{repository}";
    let place = |namespace: &str, more: Json| merged(json!({ "namespace": namespace, "repository": "nosuch" }), more);
    let grant = |namespace: &str, holder: Json| {
        let config = place(namespace, merged(json!({ "role": "read" }), holder));
        Asked::Make("quay_repository_permission", config)
    };
    let bob = || json!({ "user": "bob" });
    let hook = |namespace: &str| {
        let webhook = json!({ "event": "repo_push", "webhook": { "url": "https://example.com/hook" } });
        Asked::Make("quay_repository_notification", place(namespace, webhook))
    };
    let all = place("acme", json!({ "users": { "bob": "read" } }));
    let gone = || json!({ "quay": { "organizations": { "beta": null }, "repositories": { "beta/app": null } } });
    let app = |force: bool| json!({ "namespace": "beta", "name": "app", "force_destroy": force });
    let nowhere = json!({ "namespace": "nosuch", "name": "x1" });
    use Asked::{Destroy, Make};
    vec![
        Row::new(&[("permissions", 54)], USER, grant("acme", bob()), LOST),
        Row::new(&[("nonsuper", 30)], USER, grant("aliceorg", bob()), ALICES).by("alice"),
        Row::new(&[], USER, grant("acme", json!({ "robot": "acme+ci" })), LOST),
        Row::new(&[], TEAM, grant("acme", json!({ "team": "devs" })), LOST),
        Row::new(&[("permissions", 54)], USER, Make("quay_repository_permissions", all), LOST),
        Row::new(&[("notifications", 54)], NOTIFICATION, hook("acme"), LOST),
        Row::new(&[("nonsuper", 34)], NOTIFICATION, hook("aliceorg"), ALICES).by("alice"),
        Row::new(
            &[("repository", 28)],
            "POST /api/v1/repository",
            Make("quay_repository", nowhere),
            Met::Explained(&["There is no organization or user nosuch", "quay_organization"]),
        ),
        Row::new(&[("repository", 98)], DELETE, Destroy("quay_repository", app(true), gone()), Met::Overcome),
        Row::new(&[("repository", 98)], DELETE, Destroy("quay_repository", app(false), gone()), Met::WorksWithout),
    ]
}

const NOTIFICATION: &str = "POST /api/v1/repository/{repository}/notification/";

fn notification(more: Json) -> Asked {
    let app = json!({ "namespace": "acme", "repository": "app", "event": "repo_push" });
    Asked::Make("quay_repository_notification", merged(app, more))
}

fn hook() -> Json {
    json!({ "url": "https://example.com/hook" })
}

/// Notifications that go nowhere.
fn notifications() -> Vec<Row> {
    let to = |url: &str| notification(json!({ "webhook": { "url": url } }));
    let secretly = json!({ "webhook": { "url_wo": "https:///x", "url_wo_version": 1 } });
    let other = json!({ "quay_notification": { "kind": "org", "name": "aliceorg" } });
    let of_namespace = json!({ "organization": "acme", "event": "quota_warning", "title": long(), "webhook": hook() });
    const OF_NAMESPACE: &str = "POST /api/v1/organization/{orgname}/notifications";
    vec![
        Row::new(&[("notifications", 13)], NOTIFICATION, to("https:///x"), Met::Planned("webhook")),
        Row::new(&[("notifications", 13)], NOTIFICATION, notification(secretly), Met::Planned("webhook")),
        // The same failure by the source: a user, a port or half an address, and no host.
        Row::new(&[], NOTIFICATION, to("https://user@/x"), Met::Planned("webhook")),
        Row::new(&[], NOTIFICATION, to("https://:443/x"), Met::Planned("webhook")),
        Row::new(&[], NOTIFICATION, to("https://[::1/x"), Met::Planned("webhook")),
        Row::new(&[], NOTIFICATION, to("https://user@example.com:443/x"), Met::Works),
        Row::new(&[("notifications", 25)], NOTIFICATION, notification(other), Met::Planned("quay_notification")),
        // From the source: a column of 255 characters.
        Row::new(&[], NOTIFICATION, notification(json!({ "title": long(), "webhook": hook() })), Met::Planned("title")),
        Row::new(&[], OF_NAMESPACE, Asked::Make("quay_org_notification", of_namespace), Met::Planned("title")),
    ]
}

/// A method is an argument of its own, so that no other can be named; events are told by a list. Quay knows all of both.
fn methods_and_events() -> Vec<Row> {
    let methods = [
        json!({ "webhook": hook() }),
        json!({ "slack": hook() }),
        json!({ "flowdock": { "flow_api_token": "Flow-token-1" } }),
        json!({ "hipchat": { "room_id": "1", "notification_token": "Room-token-1" } }),
        json!({ "quay_notification": { "kind": "org", "name": "acme" } }),
        json!({ "quay_notification": { "kind": "user", "name": "bob" } }),
        json!({ "quay_notification": { "kind": "team", "name": "devs" } }),
    ];
    let methods =
        methods.map(|method| Row::new(&[("notifications", 33)], NOTIFICATION, notification(method), Met::Works));
    const EVENTS: [&str; 12] = [
        "repo_push",
        "build_queued",
        "build_start",
        "build_success",
        "build_failure",
        "build_cancelled",
        "vulnerability_found",
        "repo_mirror_sync_started",
        "repo_mirror_sync_success",
        "repo_mirror_sync_failed",
        "quota_warning",
        "quota_error",
    ];
    let told = |more: Json, met| {
        let asked = notification(merged(json!({ "webhook": hook() }), more));
        Row::new(&[("notifications", 44)], NOTIFICATION, asked, met)
    };
    // Its owner has confirmed that it is to be told.
    let address = "operations@example.com";
    let confirmed = json!({ "repositories": { "acme/app": { "authorized_emails": { address: true } } } });
    let by_email = Row::new(
        &[("notifications", 33)],
        NOTIFICATION,
        notification(json!({ "email": { "address": address } })),
        Met::Works,
    );
    let events = EVENTS.map(|event| told(json!({ "event": event }), Met::Works));
    let mut rows: Vec<Row> = methods.into_iter().chain(events).collect();
    rows.push(by_email.on(confirmed));
    rows.push(told(json!({ "event": "repo_image_expiry", "expiry_days": 3 }), Met::Works));
    rows.push(told(json!({ "event": "nosuch_event" }), Met::Planned("event")));
    rows.push(Row::new(&[("notifications", 33)], NOTIFICATION, notification(json!({})), Met::Planned("")));
    rows
}

/// Names that are taken, or nobody's.
fn organizations() -> Vec<Row> {
    const RENAME: &str = "PUT /api/v1/superuser/organizations/{name}";
    let rename = |from: &str, to: &str| {
        Asked::Invoke("quay_rename_organization", json!({ "organization": from, "new_name": to }))
    };
    vec![
        Row::new(
            &[("organization", 92)],
            RENAME,
            rename("acme", "beta"),
            Met::Seen(&["The name beta is taken", "another organization"]),
        ),
        Row::new(
            &[("organization", 92)],
            RENAME,
            rename("acme", "bob"),
            Met::Seen(&["The name bob is taken", "a user"]),
        ),
        Row::new(
            &[("organization", 95)],
            RENAME,
            rename("nosuch", "x1"),
            Met::Seen(&["There is no organization nosuch", "Check its name"]),
        ),
    ]
}

/// Ids that are no numbers, and holders that are not there. The ids that are sent are the server's own; that of the default, which is none,
/// is never sent.
fn quotas() -> Vec<Row> {
    const OF_ORGANIZATION: &str = "POST /api/v1/superuser/organization/{namespace}/quota";
    const OF_USER: &str = "POST /api/v1/superuser/users/{namespace}/quota";
    const GET: &str = "GET /api/v1/organization/{orgname}/quota/{quota_id}";
    const PUT: &str = "PUT /api/v1/organization/{orgname}/quota/{quota_id}";
    const DELETE: &str = "DELETE /api/v1/organization/{orgname}/quota/{quota_id}";
    const LIMITS: &str = "GET /api/v1/organization/{orgname}/quota/{quota_id}/limit";
    let default = || json!({ "config": { "DEFAULT_SYSTEM_REJECT_QUOTA_BYTES": 1_000_000 } });
    let quota = |organization: &str, bytes: i64| json!({ "organization": organization, "limit_bytes": bytes });
    let lost = || json!({ "quay": { "organizations": { "acme": { "quota": null } } } });
    let nobody = json!({ "user": "nosuch", "limit_bytes": 1000 });
    let nowhere = || Asked::Make("quay_org_quota", quota("nosuch", 1000));
    const NOWHERE: Met = Met::Seen(&["There is no organization nosuch", "Create it first"]);
    use Asked::{Change, Destroy, Import, Make, Read};
    vec![
        Row::new(&[("quota", 52)], GET, Import("quay_org_quota", "acme/abc"), Met::Seen(&["acme/abc"])),
        Row::new(&[("quota", 99)], DELETE, Destroy("quay_org_quota", quota("acme", 1000), Json::Null), Met::Works),
        Row::new(
            &[("variant_restrictions", 3)],
            GET,
            Import("quay_org_quota", "acme"),
            Met::Seen(&["Cannot import non-existent remote object"]),
        )
        .on(default()),
        Row::new(
            &[("variant_restrictions", 4)],
            PUT,
            Change("quay_org_quota", quota("acme", 1000), lost(), quota("acme", 5)),
            Met::Seen(&["The quota of organization acme is gone"]),
        )
        .on(default()),
        Row::new(&[], DELETE, Destroy("quay_org_quota", quota("acme", 1000), lost()), Met::WorksWithout).on(default()),
        Row::new(
            &[("variant_restrictions", 5)],
            LIMITS,
            Read("quay_org_quota", json!({ "organization": "acme" })),
            Met::WorksWithout,
        )
        .on(default()),
        Row::new(&[("quota", 112)], OF_ORGANIZATION, nowhere(), NOWHERE),
        Row::new(&[("quota", 112)], OF_ORGANIZATION, nowhere(), NOWHERE)
            .on(json!({ "config": { "FEATURE_SUPERUSERS_FULL_ACCESS": false } })),
        Row::new(
            &[("quota", 128)],
            OF_USER,
            Make("quay_user_quota", nobody),
            Met::Seen(&["There is no user nosuch", "Check its name"]),
        ),
    ]
}

/// Services that cannot be asked, and addresses that are none.
fn builds() -> Vec<Row> {
    const REFS: &str = "POST /api/v1/repository/{repository}/trigger/{trigger_uuid}/fields/{field_name}";
    let of_app = json!({ "namespace": "acme", "repository": "app" });
    let source = json!({ "trigger_id": FIRST, "build_source": "git@example.com:a/b.git" });
    let archive = json!({ "archive_url": "https://sources.example.com/\u{e4}pp.tar.gz" });
    let refused = Met::Seen(&["cannot be asked", "a plain Git server"]);
    use Asked::{Invoke, Read};
    vec![
        Row::new(
            &[("repo_tokens_triggers_builds", 35)],
            REFS,
            Read("quay_build_sources", merged(of_app.clone(), source)),
            refused,
        )
        .on(begun()["quay"].clone()),
        // From the source: the name of a build is made of the address, which must be ASCII.
        Row::new(
            &[],
            "POST /api/v1/repository/{repository}/build/",
            Invoke("quay_start_build", merged(of_app, archive)),
            Met::Planned("archive_url"),
        ),
    ]
}
