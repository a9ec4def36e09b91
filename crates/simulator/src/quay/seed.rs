//! Who is there when the server starts: a superuser, three ordinary users, and tokens of all kinds.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::random::random_text;
use super::records::{Namespace, Token, User};
use super::state::State;

/// All scopes but `super:user`.
const ORDINARY: &[&str] =
    &["repo:read", "repo:write", "repo:admin", "repo:create", "user:read", "user:admin", "org:admin"];

/// What everybody logs in with who is there from the start.
const PASSWORD: &str = "quaypass123";

/// Tokens with fewer scopes than their user has rights: label, user, scopes.
const NARROW: &[(&str, &str, &[&str])] = &[
    ("admin_nosuper", "admin", ORDINARY),
    ("admin_reporead", "admin", &["repo:read"]),
    ("admin_orgadmin", "admin", &["org:admin"]),
    ("admin_userread", "admin", &["user:read"]),
    ("admin_useradmin", "admin", &["user:admin"]),
    ("admin_repoadmin", "admin", &["repo:admin", "repo:create"]),
    ("admin_super", "admin", &["super:user"]),
];

/// The state at the start. `admin_token` is the superuser's token with all scopes.
pub(super) fn seed(collect_garbage_after: Option<u64>, admin_token: &str) -> State {
    let mut state = State {
        config: default_config(),
        release: super::releases::NEWEST.to_owned(),
        collect_garbage_after,
        requests: 0,
        last_number: 0,
        last_quota: 0,
        last_quota_limit: 0,
        tokens: BTreeMap::new(),
        users: BTreeMap::new(),
        organizations: BTreeMap::new(),
        robots: BTreeMap::new(),
        repositories: BTreeMap::new(),
        app_tokens: Vec::new(),
        assigned_authorizations: Vec::new(),
        unreachable_issuers: Vec::new(),
        directory_groups: None,
        directory_users: Vec::new(),
        logs: Vec::new(),
        clock: None,
        reserved_names: BTreeMap::new(),
        robots_of_deleted_mirrors: BTreeMap::new(),
        registry_size_queued: false,
        messages: Vec::new(),
        service_keys: BTreeMap::new(),
        registry_key: random_text(32),
        shutdowns: 0,
        builder: Vec::new(),
        storage: None,
        files: BTreeMap::new(),
    };
    for name in ["admin", "alice", "bob", "carol"] {
        let number = state.number();
        state.users.insert(name.into(), user(number, name));
    }
    let everything: Vec<&str> = ORDINARY.iter().copied().chain(["super:user"]).collect();
    state.tokens.insert(admin_token.to_owned(), token("admin", "admin", &everything));
    for name in ["alice", "bob", "carol"] {
        state.tokens.insert(random_text(40), token(name, name, ORDINARY));
    }
    state.tokens.insert(random_text(40), token("alice_super", "alice", &everything));
    for (label, name, scopes) in NARROW {
        state.tokens.insert(random_text(40), token(label, name, scopes));
    }
    let expired = Token { expired: true, ..token("admin_expired", "admin", &everything) };
    state.tokens.insert(random_text(40), expired);
    state
}

fn user(number: u64, name: &str) -> User {
    let first = number == 1;
    let prompts = if first { vec!["enter_name".to_owned(), "enter_company".to_owned()] } else { Vec::new() };
    User {
        namespace: Namespace::new(number, Some(format!("{name}@example.com"))),
        enabled: true,
        verified: true,
        profile: Default::default(),
        prompts,
        password: PASSWORD.to_owned(),
        logins: Vec::new(),
        directory_name: None,
        sign_outs: 0,
        recovery_emails: 0,
        notifications: Vec::new(),
    }
}

fn token(label: &str, user: &str, scopes: &[&str]) -> Token {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    Token { label: label.to_owned(), user: user.to_owned(), scopes, expired: false }
}

/// The settings that a new server has. Everything that the recordings' main server had on is on, and filtering by
/// architecture, statistics of pulls and a scanner of vulnerabilities, which it had not.
fn default_config() -> Map<String, Value> {
    const ON: &[&str] = &[
        "FEATURE_AGGREGATED_LOG_COUNT_RETRIEVAL",
        "FEATURE_ANONYMOUS_ACCESS",
        "FEATURE_APP_SPECIFIC_TOKENS",
        "FEATURE_ASSIGN_OAUTH_TOKEN",
        "FEATURE_AUTO_PRUNE",
        "FEATURE_CHANGE_TAG_EXPIRATION",
        "FEATURE_DIRECT_LOGIN",
        "FEATURE_EDIT_QUOTA",
        "FEATURE_IMAGE_PULL_STATS",
        "FEATURE_IMMUTABLE_TAGS",
        "FEATURE_LOG_EXPORT",
        "FEATURE_MAILING",
        "FEATURE_ORG_MIRROR",
        "FEATURE_PROXY_CACHE",
        "FEATURE_QUOTA_MANAGEMENT",
        "FEATURE_QUOTA_NOTIFICATIONS",
        "FEATURE_REPO_MIRROR",
        "FEATURE_REQUIRE_TEAM_INVITE",
        "FEATURE_SECURITY_SCANNER",
        "FEATURE_SPARSE_INDEX",
        "FEATURE_SUPERUSERS_FULL_ACCESS",
        "FEATURE_SUPER_USERS",
        "FEATURE_TEAM_SYNCING",
        "FEATURE_UI_MODELCARD",
        "FEATURE_USER_CREATION",
        "FEATURE_USER_INITIALIZE",
        "FEATURE_USER_METADATA",
        "FEATURE_USER_RENAME",
        "PERMANENTLY_DELETE_TAGS",
    ];
    let mut config: Map<String, Value> = ON.iter().map(|name| ((*name).to_owned(), json!(true))).collect();
    config.extend([
        ("FEATURE_SUPERUSERS_ORG_CREATION_ONLY".to_owned(), json!(false)),
        ("SUPER_USERS".to_owned(), json!(["admin"])),
        ("SETUP_COMPLETE".to_owned(), json!(true)),
        ("ROBOTS_DISALLOW".to_owned(), json!(false)),
        ("AUTHENTICATION_TYPE".to_owned(), json!("Database")),
        ("REGISTRY_STATE".to_owned(), json!("normal")),
        ("SSRF_ALLOWED_HOSTS".to_owned(), json!(["127.0.0.1", "localhost"])),
        ("DEFAULT_SYSTEM_REJECT_QUOTA_BYTES".to_owned(), json!(0)),
        ("TAG_EXPIRATION_OPTIONS".to_owned(), json!(["0s", "1d", "1w", "2w", "4w"])),
        (
            "SIMULATED_UPSTREAMS".to_owned(),
            json!({
                "127.0.0.1:8080": {},
                "registry.example.com": {"puller": "not-a-secret-in-an-example"},
            }),
        ),
    ]);
    config
}
