//! Build triggers: what starts builds when something happens to a source.
//!
//! Observed: a new one comes of a browser's login at the service that has the source; it is activated with its settings once, and then never set
//! up again (400 "not sufficient for activation"); `PUT` switches it on and off, and answers with the settings blanked out; why it was switched
//! off stays when it is switched on. A plain Git server cannot be asked what it holds (501). From Quay's source: a trigger is found by its id in
//! any repository, so that only lists are trusted; only the user who made it, or a superuser who may do everything, can activate it, and only
//! that user can ask its service.

use registry_http::{Collection, Endpoint, Listing, Repetition, Seen};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use terraform_framework::Secret;

use super::builds::{BuildJson, RobotJson};
use super::keys::RepositoryKey;
use super::robots::secret;

/// A trigger as Quay shows it. Its settings may hold secrets.
#[derive(Clone, Deserialize)]
pub struct TriggerJson {
    pub id: String,
    /// `custom-git`, `github`, `gitlab` or `bitbucket`.
    pub service: String,
    #[serde(default)]
    pub is_active: bool,
    #[serde(default)]
    pub build_source: Option<String>,
    #[serde(default)]
    pub repository_url: Option<String>,
    #[serde(default)]
    pub config: ConfigJson,
    #[serde(default = "yes")]
    pub enabled: bool,
    /// `user_toggled`, `successive_build_failures` or `successive_build_internal_errors`.
    #[serde(default)]
    pub disabled_reason: Option<String>,
    #[serde(default)]
    pub pull_robot: Option<RobotJson>,
}

fn yes() -> bool {
    true
}

/// The settings of a trigger. What is left out is as the server has it.
#[derive(Clone, Default, PartialEq, Deserialize, Serialize)]
pub struct ConfigJson {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dockerfile_path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag_templates: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_tag_from_ref: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_for_default_branch: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branchtag_regex: Option<String>,
    /// What the server made: a key to be let in at the source, and where the source reports to.
    #[serde(default, skip_serializing)]
    pub credentials: Vec<CredentialJson>,
}

/// Something that the server made at activation.
#[derive(Clone, PartialEq, Deserialize)]
pub struct CredentialJson {
    pub name: String,
    #[serde(deserialize_with = "secret")]
    pub value: Option<Secret>,
}

impl ConfigJson {
    /// What is called so, if the server made it.
    pub fn credential(&self, name: &str) -> Option<&Secret> {
        self.credentials.iter().find(|credential| credential.name == name)?.value.as_ref()
    }

    fn is_set_up_as(&self, wanted: &Self) -> bool {
        Self { credentials: Vec::new(), ..self.clone() } == *wanted
    }
}

/// Names one trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerKey {
    pub repository: RepositoryKey,
    pub id: String,
}

impl TriggerKey {
    pub(super) fn names(&self) -> [&str; 3] {
        let [namespace, name] = self.repository.names();
        [namespace, name, &self.id]
    }

    /// As it stands in sentences.
    pub fn said(&self) -> String {
        format!("build trigger {} of repository {}", self.id, self.repository.full_name())
    }
}

pub(super) const ADMIN: &str = "repo:admin";

/// The triggers of a repository.
pub struct Triggers;

impl Collection for Triggers {
    type Key = TriggerKey;
    type Item = TriggerJson;
    const NAME: &'static str = "build triggers";
    /// One is read by the list, too.
    const SINGLES: u32 = 0;

    fn parent(key: &TriggerKey) -> String {
        key.repository.full_name()
    }

    fn name(key: &TriggerKey) -> String {
        key.id.clone()
    }

    fn name_of(_: &str, trigger: &TriggerJson) -> Option<String> {
        Some(trigger.id.clone())
    }

    fn single(key: &TriggerKey) -> Endpoint<TriggerJson> {
        among(key)
    }

    fn list(key: &TriggerKey) -> Listing<TriggerJson> {
        list(&key.repository)
    }
}

fn all(key: &RepositoryKey) -> Endpoint<Vec<TriggerJson>> {
    Endpoint::get("repository/{namespace}/{+repository}/trigger/", &key.names())
        .within("/triggers")
        .describe(format!("list the build triggers of repository {}", key.full_name()))
        .requires_scope(ADMIN)
        .held_by(&key.namespace)
}

/// The triggers of a repository.
pub fn list(key: &RepositoryKey) -> Listing<TriggerJson> {
    Listing::whole(all(key))
}

/// One of a repository's triggers: found in the list, for otherwise another repository's would be found too.
pub fn among(key: &TriggerKey) -> Endpoint<TriggerJson> {
    let id = key.id.clone();
    all(&key.repository)
        .describe(format!("read {}", key.said()))
        .pick("the repository has no such trigger", move |found| found.into_iter().find(|trigger| trigger.id == id))
}

/// The same, if it is active.
pub fn active(key: &TriggerKey) -> Endpoint<TriggerJson> {
    let id = key.id.clone();
    let found = all(&key.repository).describe(format!("read {}", key.said()));
    found.pick("it is not active", move |found| found.into_iter().find(|trigger| trigger.id == id && trigger.is_active))
}

/// One trigger, of whichever repository it is.
pub fn get(key: &TriggerKey) -> Endpoint<TriggerJson> {
    let wanted = key.id.clone();
    Endpoint::<TriggerJson>::get("repository/{namespace}/{+repository}/trigger/{trigger_uuid}", &key.names())
        .describe(format!("read {}", key.said()))
        .requires_scope(ADMIN)
        .identified(move |found| found.id == wanted)
}

/// Sets a trigger up. From Quay's source: that it is set up is noted at the end, after some requests to the source's service, and until then
/// another request would be taken too, and make keys and webhooks once more.
pub fn activate(key: &TriggerKey, config: &ConfigJson, pull_robot: Option<&str>) -> Endpoint<TriggerJson> {
    let (wanted, asked) = (config.clone(), key.id.clone());
    let mut body = Map::from_iter([("config".to_owned(), json!(config))]);
    if let Some(robot) = pull_robot {
        body.insert("pull_robot".to_owned(), json!(robot));
    }
    Endpoint::<TriggerJson>::post("repository/{namespace}/{+repository}/trigger/{trigger_uuid}/activate", &key.names())
        .describe(format!("activate {}", key.said()))
        .json(&body)
        .requires_scope(
            "repo:admin and user:admin of the user who made the trigger, and org:admin for the robot that pulls",
        )
        .invalidates::<Triggers>(key.repository.full_name())
        .identified(move |found| found.id == asked)
        .repetition(
            Repetition::confirmed(active(key), move |found| match found.config.is_set_up_as(&wanted) {
                true => Seen::Ours(found),
                false => Seen::other("it is set up in another way"),
            })
            .sent_once(),
        )
}

/// Switches an active trigger on or off. The answer shows that, and no settings.
pub fn switch(key: &TriggerKey, enabled: bool) -> Endpoint<TriggerJson> {
    let action = if enabled { "switch on" } else { "switch off" };
    let asked = key.id.clone();
    Endpoint::<TriggerJson>::put("repository/{namespace}/{+repository}/trigger/{trigger_uuid}", &key.names())
        .describe(format!("{action} {}", key.said()))
        .json(&json!({ "enabled": enabled }))
        .requires_scope(ADMIN)
        .invalidates::<Triggers>(key.repository.full_name())
        .identified(move |found| found.id == asked)
        .repetition(Repetition::IDEMPOTENT)
}

/// Deletes a trigger. The builds that it started stay, without it.
pub fn delete(key: &TriggerKey) -> Endpoint<()> {
    Endpoint::delete("repository/{namespace}/{+repository}/trigger/{trigger_uuid}", &key.names())
        .describe(format!("delete {}", key.said()))
        .requires_scope(ADMIN)
        .held_by(&key.repository.namespace)
        .invalidates::<Triggers>(key.repository.full_name())
}

/// What a trigger is to build.
#[derive(Debug, Clone)]
pub enum Revision {
    /// Of a plain Git server.
    Commit(String),
    Branch(String),
    Tag(String),
    /// The newest of the default branch.
    Newest,
}

impl Revision {
    fn body(&self) -> Value {
        match self {
            Self::Commit(commit) => json!({ "commit_sha": commit }),
            Self::Branch(name) => json!({ "refs": { "kind": "branch", "name": name } }),
            Self::Tag(name) => json!({ "refs": { "kind": "tag", "name": name } }),
            Self::Newest => json!({}),
        }
    }

    /// Whether a build is of this.
    fn is_of(&self, build: &BuildJson) -> bool {
        let Some(known) = &build.trigger_metadata else { return false };
        let name = |kind: &str| known.reference.as_ref()?.strip_prefix(kind);
        match self {
            Self::Commit(commit) => known.commit.as_ref() == Some(commit),
            Self::Branch(branch) => name("refs/heads/") == Some(branch.as_str()),
            Self::Tag(tag) => name("refs/tags/") == Some(tag.as_str()),
            Self::Newest => {
                name("refs/heads/").is_some_and(|name| known.default_branch.as_ref().is_none_or(|d| d == name))
            }
        }
    }
}

/// Has a trigger start a build. After a lost answer the build is looked for among its newest: of the same revision, and by `user`, where
/// known.
pub fn start(key: &TriggerKey, revision: &Revision, user: Option<&str>) -> Endpoint<BuildJson> {
    let (wanted, user) = (revision.clone(), user.map(str::to_owned));
    Endpoint::post("repository/{namespace}/{+repository}/trigger/{trigger_uuid}/start", &key.names())
        .describe(format!("start a build by {}", key.said()))
        .json(&revision.body())
        .requires_scope(ADMIN)
        .repetition(
            Repetition::compared(
                format!("builds of {}", key.repository.full_name()),
                Listing::whole(builds(key, 100)),
                |build: &BuildJson| build.id.clone(),
                // What the source has started has nobody.
                move |found| {
                    let by = found.manual_user.as_ref();
                    let ours = by.is_some_and(|by| user.as_ref().is_none_or(|user| user == by)) && wanted.is_of(&found);
                    ours.then_some(found)
                },
                |made| made.id.clone(),
            )
            .sent_once(),
        )
}

/// The newest builds that a trigger started, at most so many.
pub fn builds(key: &TriggerKey, limit: usize) -> Endpoint<Vec<BuildJson>> {
    Endpoint::get("repository/{namespace}/{+repository}/trigger/{trigger_uuid}/builds", &key.names())
        .within("/builds")
        .query("limit", limit)
        .describe(format!("list the builds of {}", key.said()))
        .requires_scope(ADMIN)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use registry_http::testing::{Reply, Server};

    fn build(id: &str, user: &str, reference: &str) -> Value {
        json!({ "id": id, "phase": "waiting", "repository": { "namespace": "acme", "name": "app" }, "manual_user": user,
            "trigger_metadata": { "commit": "8f1c2d3e", "ref": reference, "default_branch": "main" } })
    }

    fn listed(builds: &[Value]) -> Reply {
        Reply::json(200, json!({ "builds": builds }))
    }

    /// Others start builds by the same trigger.
    #[tokio::test(start_paused = true)]
    async fn after_a_lost_answer_another_build_of_the_trigger_is_not_taken() {
        let repository = RepositoryKey { namespace: "acme".to_owned(), name: "app".to_owned() };
        let key = TriggerKey { repository, id: "t".to_owned() };
        let (main, ours) = ("refs/heads/main", build("ours", "mo", "refs/heads/main"));
        let ours_of = |revision: &Revision| match revision {
            Revision::Tag(name) => build("ours", "mo", &format!("refs/tags/{name}")),
            Revision::Branch(name) => build("ours", "mo", &format!("refs/heads/{name}")),
            Revision::Commit(commit) => {
                let mut build = ours.clone();
                build["trigger_metadata"]["commit"] = json!(commit);
                build
            }
            Revision::Newest => ours.clone(),
        };
        let tag = Revision::Tag("v1".to_owned());
        let branch = Revision::Branch("web".to_owned());
        let commit = Revision::Commit("abcdef0".to_owned());
        let cases = [
            (&tag, build("other", "mo", main)),
            (&branch, build("other", "mo", main)),
            (&commit, build("other", "mo", main)),
            (&Revision::Newest, build("other", "mo", "refs/heads/web")),
            (&Revision::Newest, build("other", "somebody", main)),
        ];
        for (revision, other) in cases {
            let found = || listed(std::slice::from_ref(&other));
            let script = vec![listed(&[]), Reply::cut(), found(), listed(&[other.clone(), ours_of(revision)])];
            let started = Server::script(script).client().send(start(&key, revision, Some("mo"))).await.unwrap();
            assert_eq!(started.id, "ours", "{revision:?}, beside {other}");
            let asked = std::sync::atomic::AtomicBool::new(false);
            let nothing = Server::new(move |request| match request.line.starts_with("POST") {
                true => Reply::cut(),
                false if asked.swap(true, std::sync::atomic::Ordering::Relaxed) => listed(std::slice::from_ref(&other)),
                false => listed(&[]),
            });
            let lost = nothing.client().send(start(&key, revision, Some("mo"))).await.err().unwrap();
            assert!(nothing.count("POST") == 1 && lost.detail().contains("was not sent again"), "{lost}");
        }
        for (revision, user) in [
            (Revision::Newest, Some("mo")),
            (Revision::Branch("main".to_owned()), None),
            (Revision::Commit("8f1c2d3e".to_owned()), Some("mo")),
        ] {
            let found = listed(std::slice::from_ref(&ours));
            let server = Server::script(vec![listed(&[]), Reply::cut(), found]);
            assert_eq!(server.client().send(start(&key, &revision, user)).await.unwrap().id, "ours", "{revision:?}");
        }
    }
}
