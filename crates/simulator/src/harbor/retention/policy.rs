//! Retention policies: `/retentions`. They can be kept and read; runs of them are not simulated.

use crate::harbor::call::Call;
use crate::harbor::clock::Time;
use crate::harbor::cron::Cron;
use crate::harbor::failure::Failure;
use crate::harbor::gojson::Shape;
use crate::harbor::project_ref::ProjectRef;
use crate::harbor::records::Retention;
use crate::harbor::router::{Route, route};
use crate::harbor::state::State;
use crate::harbor::wire::{Reply, sparse};
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(super) const ROUTES: &[Route] = &[
    route("POST", "/retentions", create),
    route("GET", "/retentions/metadatas", choices),
    route("GET", "/retentions/{id}", show),
    route("PUT", "/retentions/{id}", update),
    route("DELETE", "/retentions/{id}", delete),
];

/// After how many days without a pull a proxy project forgets an artifact.
const DAYS: i64 = 7;
/// The most rules that a policy may have.
const MOST_RULES: usize = 15;
/// How long the process is down after it has ended, until its keeper starts it again, in milliseconds.
const DOWN_MILLIS: i64 = 5000;
/// The key of a project's metadata that names its policy.
const KEY: &str = "retention_id";

const SELECTOR: Shape = Shape::Struct(
    "RetentionSelector",
    &[("kind", Shape::Text), ("decoration", Shape::Text), ("pattern", Shape::Text), ("extras", Shape::Text)],
);
const POLICY: Shape = Shape::Struct(
    "RetentionPolicy",
    &[
        ("id", Shape::Whole),
        ("algorithm", Shape::Text),
        (
            "rules",
            Shape::List(&Shape::Struct(
                "RetentionRule",
                &[
                    ("id", Shape::Whole),
                    ("priority", Shape::Whole),
                    ("disabled", Shape::Flag),
                    ("action", Shape::Text),
                    ("template", Shape::Text),
                    ("tag_selectors", Shape::List(&SELECTOR)),
                    ("scope_selectors", Shape::Map("map[string][]models.RetentionSelector", &Shape::List(&SELECTOR))),
                ],
            )),
        ),
        ("trigger", Shape::Struct("RetentionRuleTrigger", &[("kind", Shape::Text)])),
        ("scope", Shape::Struct("RetentionPolicyScope", &[("level", Shape::Text), ("ref", Shape::Whole)])),
    ],
);

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct NewPolicy {
    algorithm: String,
    rules: Option<Vec<Value>>,
    trigger: Option<Trigger>,
    scope: Option<Scope>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Trigger {
    kind: String,
    settings: Option<Map<String, Value>>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Scope {
    level: String,
    #[serde(rename = "ref")]
    project: i64,
}

impl Trigger {
    /// The trigger of a policy that is kept.
    fn of(policy: &Value) -> Self {
        serde_json::from_value(policy["trigger"].clone()).unwrap_or_default()
    }

    fn is_scheduled(&self) -> bool {
        self.kind == "Schedule"
    }

    /// The cron, which may be empty. Without one the server panics wherever it wants to know it.
    fn cron(&self) -> Option<&str> {
        self.settings.as_ref()?.get("cron")?.as_str()
    }
}

/// Makes the policy of a new proxy project.
pub(crate) fn add_for_proxy(state: &mut State, project_id: i64) {
    let every = |decoration: &str| json!([{"kind": "doublestar", "decoration": decoration, "pattern": "**"}]);
    let policy = json!({
        "algorithm": "or",
        "rules": [{
            "priority": 1,
            "action": "retain",
            "template": "nDaysSinceLastPull",
            "params": {"nDaysSinceLastPull": DAYS},
            "tag_selectors": every("matches"),
            "scope_selectors": {"repository": every("repoMatches")},
        }],
        "trigger": {"kind": "Schedule", "settings": {"cron": "0 0 0 * * *"}},
        "scope": {"level": "project", "ref": project_id},
    });
    insert(state, project_id, policy);
}

fn insert(state: &mut State, project_id: i64, policy: Value) -> i64 {
    let id = state.retentions.insert(Retention { project_id, policy });
    if let Some(project) = state.projects.get_mut(project_id) {
        project.metadata.insert(KEY.into(), id.to_string());
    }
    id
}

/// Removes the policy of a deleted project. If it is scheduled without a cron, the process ends, as a server was seen to:
/// a panic where nothing catches it. The policy stays then.
pub(crate) fn project_deleted(state: &mut State, project_id: i64) {
    let found = state.retentions.iter().find(|(_, retention)| retention.project_id == project_id);
    let Some((id, retention)) = found else { return };
    let trigger = Trigger::of(&retention.policy);
    if trigger.is_scheduled() && trigger.cron().is_none() {
        state.down_until = Some(state.now().plus_millis(DOWN_MILLIS));
        return;
    }
    state.retentions.rows.remove(&id);
}

/// A policy as answers show it.
fn shown(id: i64, policy: &Value, now: Time) -> Value {
    let mut shown = policy.clone();
    shown["id"] = json!(id);
    let next = Trigger::of(policy).cron().and_then(|cron| Cron::parse(cron).ok()).and_then(|cron| cron.next(now));
    if let Some(next) = next {
        shown["trigger"]["settings"]["next_scheduled_time"] = json!(next);
    }
    shown
}

/// A rule as it is kept: what is zero is left out, and of the selectors by scope also an empty map.
fn rule(given: &Value) -> Value {
    let selectors = |list: &Value| match list {
        Value::Array(items) => Value::Array(items.iter().map(|item| sparse(item.clone(), &[])).collect()),
        _ => Value::Null,
    };
    let filled = |value: &Value| value.as_object().filter(|fields| !fields.is_empty()).cloned();
    let scopes = filled(&given["scope_selectors"]);
    let scopes = scopes.map(|scopes| scopes.iter().map(|(name, list)| (name.clone(), selectors(list))).collect());
    let mut rule = sparse(
        json!({
            "id": given["id"],
            "priority": given["priority"],
            "disabled": given["disabled"],
            "action": given["action"],
            "template": given["template"],
            "params": filled(&given["params"]),
            "scope_selectors": scopes.map(Value::Object),
        }),
        &[],
    );
    rule["tag_selectors"] = selectors(&given["tag_selectors"]);
    rule
}

impl NewPolicy {
    /// Checks what stands in a policy.
    ///
    /// # Errors
    /// 500 without scope or trigger, 400 for too many rules or a bad cron, 409 for a rule that is there twice.
    fn check(&self) -> Result<(&Trigger, &Scope), Failure> {
        let (Some(trigger), Some(scope)) = (&self.trigger, &self.scope) else { return Err(Failure::crash()) };
        let rules = self.rules.as_deref().unwrap_or_default();
        if rules.len() > MOST_RULES {
            return Err(Failure::bad_request_because(format!("only {MOST_RULES} rules are allowed at most")));
        }
        let is_same = |one: &Value, other: &Value| {
            let keys = ["disabled", "action", "template", "params", "tag_selectors", "scope_selectors", "priority"];
            let without_zeros = |rule: &Value| sparse(rule.clone(), &[]);
            let (one, other) = (without_zeros(one), without_zeros(other));
            keys.iter().all(|key| one.get(*key) == other.get(*key))
        };
        for (at, one) in rules.iter().enumerate() {
            if let Some(before) = rules.iter().take(at).position(|other| is_same(one, other)) {
                let problem = format!("resource conflict: rule {at} is conflict with rule {before}");
                return Err(Failure::conflict(problem));
            }
        }
        if let Some(cron) = trigger.cron().filter(|cron| trigger.is_scheduled() && !cron.is_empty()) {
            Cron::parse(cron).map_err(|problem| {
                Failure::bad_request(format!(
                    "invalid cron string for scheduled tag retention: {cron}, error: {problem}"
                ))
            })?;
        }
        Ok((trigger, scope))
    }

    /// The policy as it is kept.
    fn kept(&self, trigger: &Trigger, scope: &Scope) -> Value {
        let mut settings = trigger.settings.clone();
        if let Some(settings) = &mut settings {
            settings.retain(|name, _| name == "cron");
        }
        let mut kept = sparse(
            json!({
                "algorithm": self.algorithm,
                "scope": {"level": scope.level, "ref": scope.project},
                "trigger": sparse(json!({"kind": trigger.kind, "settings": settings}), &[]),
            }),
            &[],
        );
        kept["rules"] = self.rules.as_ref().map_or(Value::Null, |rules| rules.iter().map(rule).collect());
        kept
    }
}

/// `POST /retentions`: one for each project.
fn create(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let new: NewPolicy = call.request.body("policy", &POLICY)?;
    let (trigger, scope) = new.check()?;
    if scope.level != "project" {
        return Err(Failure::bad_request_because(format!("scope {} is not support", scope.level)));
    }
    let project_id = scope.project;
    call.require_project(&ProjectRef::Id(project_id), "tag-retention", "create")?;
    let Ok((_, project)) = call.state.find_project(&ProjectRef::Id(project_id)) else {
        return Err(Failure::bad_request_because(format!("invalid Project id {project_id}")));
    };
    if let Some(id) = project.metadata.get(KEY) {
        let problem = format!("project {project_id} already has retention policy {id}");
        return Err(Failure::bad_request_because(problem));
    }
    let kept = new.kept(trigger, scope);
    let id = insert(call.state, project_id, kept);
    Ok(Reply::created(call.location(id), None))
}

/// The policy of the path, for a caller who may do this to it.
fn policy_of_path(
    call: &Call<'_>,
    action: &str,
    unknown: impl Fn(i64) -> Failure,
) -> Result<(i64, Retention), Failure> {
    let id = call.id("id")?;
    call.require_known()?;
    let retention = call.state.retentions.get(id).cloned().ok_or_else(|| unknown(id))?;
    call.require_project(&ProjectRef::Id(retention.project_id), "tag-retention", action)?;
    Ok((id, retention))
}

/// `GET /retentions/{id}`: an unknown id is a 500, because the server's own error has no type.
fn show(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, retention) = policy_of_path(call, "read", |_| Failure::internal())?;
    Ok(Reply::json(shown(id, &retention.policy, call.state.now())))
}

/// `PUT /retentions/{id}`: replaces all of it. Where the cron changes, one that is missing makes the server panic.
fn update(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let id = call.id("id")?;
    let new: NewPolicy = call.request.body("policy", &POLICY)?;
    let (trigger, scope) = new.check()?;
    call.require_project(&ProjectRef::Id(scope.project), "tag-retention", "update")?;
    let own = call.state.projects.get(scope.project).and_then(|project| project.metadata.get(KEY));
    let retention = call.state.retentions.get(id).filter(|_| own == Some(&id.to_string()));
    let problem = || format!("resource not found: the retention policy id {id} does not match");
    let before = Trigger::of(&retention.ok_or_else(|| Failure::not_found(problem()))?.policy);
    let is_same = before.is_scheduled() == trigger.is_scheduled() && before.cron() == trigger.cron();
    let lacks_cron = |trigger: &Trigger| trigger.is_scheduled() && trigger.cron().is_none();
    if !is_same && (lacks_cron(&before) || lacks_cron(trigger)) {
        return Err(Failure::crash());
    }
    let kept = new.kept(trigger, scope);
    if let Some(row) = call.state.retentions.get_mut(id) {
        row.policy = kept;
    }
    Ok(Reply::empty())
}

/// `DELETE /retentions/{id}`. Without a cron the server panics.
fn delete(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let unknown = |id| Failure::bad_request_because(format!("no such Retention policy with id {id}"));
    let (id, retention) = policy_of_path(call, "delete", unknown)?;
    let trigger = Trigger::of(&retention.policy);
    if trigger.is_scheduled() && trigger.cron().is_none() {
        return Err(Failure::crash());
    }
    call.state.retentions.rows.remove(&id);
    if let Some(project) = call.state.projects.get_mut(retention.project_id) {
        project.metadata.remove(KEY);
    }
    Ok(Reply::empty())
}

/// `GET /retentions/metadatas`: what rules can be made of.
fn choices(call: &mut Call<'_>) -> Result<Reply, Failure> {
    call.require_known()?;
    let counts = [
        ("latestPushedK", "the most recently pushed # artifacts", "COUNT"),
        ("latestPulledN", "the most recently pulled # artifacts", "COUNT"),
        ("nDaysSinceLastPush", "pushed within the last # days", "DAYS"),
        ("nDaysSinceLastPull", "pulled within the last # days", "DAYS"),
    ];
    let mut templates: Vec<Value> = counts
        .iter()
        .map(|(name, text, unit)| {
            json!({
                "rule_template": name,
                "display_text": text,
                "action": "retain",
                "params": [{"type": "int", "unit": unit, "required": true}],
            })
        })
        .collect();
    templates.push(json!({"rule_template": "always", "display_text": "always", "action": "retain", "params": []}));
    let selector = |text: &str, decorations: [&str; 2]| json!([{"kind": "doublestar", "display_text": text, "decorations": decorations}]);
    Ok(Reply::json(json!({
        "templates": templates,
        "scope_selectors": selector("Repositories", ["repoMatches", "repoExcludes"]),
        "tag_selectors": selector("Tags", ["matches", "excludes"]),
    })))
}
