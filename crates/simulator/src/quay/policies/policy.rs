//! Policies about tags: where they hang, and how they are kept.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::Policies;
use crate::quay::releases::{self, Release};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::state::State;

/// A kind of policy.
pub(super) trait Policy: Clone + 'static {
    /// Those of a place.
    fn all(policies: &mut Policies) -> &mut BTreeMap<String, Self>;
    /// The schema of a body.
    fn schema(place: &Place<'_>) -> Value;
    /// What a body asks for.
    fn read(body: &Value) -> Result<Self, Reply>;
    /// Whether that is looked at before the namespace, and before the policy that is to be changed.
    const READ_FIRST: bool;
    /// Why a place cannot have any.
    fn refuse(_state: &State, _place: &Place<'_>) -> Result<(), Reply> {
        Ok(())
    }
    /// Refuses a change, or a deletion, where the namespace is not there or is switched off.
    fn require_namespace(state: &State, name: &str, deletes: bool) -> Result<(), Reply>;
    /// Why it cannot stand beside another one.
    fn clash(&self, other: &Self, place: &Place<'_>) -> Option<String>;
    /// Why a new one is refused by a release where another one is there, whatever it is.
    fn only_one(_release: Release, _place: &Place<'_>) -> Option<String> {
        None
    }
    /// What it does at once to what is there.
    fn take_effect(&self, _state: &mut State, _place: &Place<'_>) {}
    /// Whether a change may clash too.
    const CHANGES_CLASH: bool;
    /// As the API shows it, without its UUID.
    fn view(&self) -> Value;
    /// Its number, which tells the order.
    fn number(&mut self) -> &mut u64;
}

/// What policies hang on.
pub(super) enum Place<'a> {
    Organization(&'a str),
    /// The caller.
    User(&'a str),
    /// The full name.
    Repository(&'a str),
}

impl<'a> Place<'a> {
    fn of(call: &'a Call) -> Self {
        match (call.parameter("orgname"), call.parameter("repository")) {
            ("", "") => Self::User(call.caller.name()),
            ("", repository) => Self::Repository(repository),
            (organization, _) => Self::Organization(organization),
        }
    }

    /// As messages call it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Organization(_) | Self::User(_) => "namespace",
            Self::Repository(_) => "repository",
        }
    }

    /// The user or the organization that it belongs to.
    fn namespace(&self) -> &'a str {
        match self {
            Self::Organization(name) | Self::User(name) => name,
            Self::Repository(full) => full.split('/').next().unwrap_or_default(),
        }
    }

    fn require(&self, state: &State, call: &Call) -> Result<(), Reply> {
        let access = Access::new(state, &call.caller);
        call.require(match self {
            Self::Organization(name) => access.org_admin(name),
            Self::User(_) => access.user_admin(),
            Self::Repository(_) => {
                let (namespace, name) = call.repository();
                access.repo_admin(namespace, name)
            }
        })
    }

    fn policies<'s>(&self, state: &'s mut State) -> Option<&'s mut Policies> {
        match self {
            Self::Organization(name) => state.organizations.get_mut(*name).map(|found| &mut found.namespace.policies),
            Self::User(name) => state.users.get_mut(*name).map(|found| &mut found.namespace.policies),
            Self::Repository(full) => state.repositories.get_mut(*full).map(|found| &mut found.policies),
        }
    }
}

fn shown<P: Policy>(uuid: &str, policy: &P) -> Value {
    let mut view = json!({"uuid": uuid});
    if let (Some(view), Value::Object(members)) = (view.as_object_mut(), policy.view()) {
        view.extend(members);
    }
    view
}

/// An unknown organization has no policies, an unknown repository is unknown.
pub(super) fn list<P: Policy>(state: &mut State, call: &Call) -> Outcome {
    let place = Place::of(call);
    place.require(state, call)?;
    let Some(policies) = place.policies(state) else {
        return match place {
            Place::Repository(_) => Err(Reply::not_found()),
            Place::Organization(_) | Place::User(_) => Ok(Reply::ok(json!({"policies": []}))),
        };
    };
    let mut found: Vec<(u64, Value)> =
        P::all(policies).iter_mut().map(|(uuid, policy)| (*policy.number(), shown(uuid, policy))).collect();
    found.sort_by_key(|(number, _)| *number);
    let views: Vec<Value> = found.into_iter().map(|(_, view)| view).collect();
    Ok(Reply::ok(json!({"policies": views})))
}

pub(super) fn create<P: Policy>(state: &mut State, call: &Call) -> Outcome {
    let place = Place::of(call);
    let body = call.body(&P::schema(&place))?;
    place.require(state, call)?;
    if matches!(place, Place::Repository(_)) {
        place.policies(state).ok_or_else(Reply::not_found)?;
    }
    P::refuse(state, &place)?;
    let read = P::READ_FIRST.then(|| P::read(&body)).transpose()?;
    P::require_namespace(state, place.namespace(), false)?;
    let mut policy = read.map_or_else(|| P::read(&body), Ok)?;
    let number = state.number();
    let only_one = P::only_one(releases::release(&state.release), &place);
    let all = place.policies(state).map(P::all).ok_or_else(Reply::not_found)?;
    if let Some(refusal) = only_one.filter(|_| !all.is_empty()) {
        return Err(Reply::invalid(refusal));
    }
    if let Some(clash) = all.values().find_map(|other| policy.clash(other, &place)) {
        return Err(Reply::invalid(clash));
    }
    *policy.number() = number;
    let uuid = Uuid::new_v4().to_string();
    all.insert(uuid.clone(), policy.clone());
    policy.take_effect(state, &place);
    Ok(Reply::json(201, json!({"uuid": uuid})))
}

fn find<'s, P: Policy>(
    state: &'s mut State,
    place: &Place<'_>,
    call: &Call,
) -> Result<&'s mut BTreeMap<String, P>, Reply> {
    let all = place.policies(state).map(P::all);
    all.filter(|all| all.contains_key(call.parameter("policy_uuid"))).ok_or_else(Reply::not_found)
}

pub(super) fn get<P: Policy>(state: &mut State, call: &Call) -> Outcome {
    let (place, uuid) = (Place::of(call), call.parameter("policy_uuid"));
    place.require(state, call)?;
    let policy = find::<P>(state, &place, call)?.get(uuid).ok_or_else(Reply::not_found)?;
    Ok(Reply::ok(shown(uuid, policy)))
}

/// Puts another policy in place of the old one: what the body leaves out goes back to its default.
pub(super) fn update<P: Policy>(state: &mut State, call: &Call) -> Outcome {
    let (place, uuid) = (Place::of(call), call.parameter("policy_uuid"));
    let body = call.body(&P::schema(&place))?;
    place.require(state, call)?;
    let read = P::READ_FIRST.then(|| P::read(&body)).transpose()?;
    P::require_namespace(state, place.namespace(), false)?;
    let all = find::<P>(state, &place, call)?;
    let mut policy = read.map_or_else(|| P::read(&body), Ok)?;
    let mut others = all.iter().filter(|(other, _)| *other != uuid);
    if P::CHANGES_CLASH
        && let Some(clash) = others.find_map(|(_, other)| policy.clash(other, &place))
    {
        return Err(Reply::invalid(clash));
    }
    let old = all.get_mut(uuid).ok_or_else(Reply::not_found)?;
    *policy.number() = *old.number();
    *old = policy.clone();
    policy.take_effect(state, &place);
    Ok(Reply::gone())
}

pub(super) fn delete<P: Policy>(state: &mut State, call: &Call) -> Outcome {
    let (place, uuid) = (Place::of(call), call.parameter("policy_uuid"));
    place.require(state, call)?;
    P::require_namespace(state, place.namespace(), true)?;
    find::<P>(state, &place, call)?.remove(uuid);
    Ok(Reply::ok(json!({"uuid": uuid})))
}
