//! Organizations: `organization/`.

use serde_json::{Map, Value, json};

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::{Namespace, Organization, Team, TeamRole};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::teams::team;
use crate::quay::time::seconds;
use crate::quay::views::{add_quota, avatar_of};
use crate::quay::{names, releases};

pub(super) const ROUTES: &[Route] = &[
    Route::new("organization/", &[("POST", create)]),
    Route::new("organization/{orgname}", &[("GET", get), ("PUT", update), ("DELETE", delete)]),
];

fn new_organization() -> Value {
    json!({
        "type": "object",
        "description": "Description of a new organization.",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "description": "Organization username"},
            "email": {"type": "string", "description": "Organization contact email"},
            "contact_email": {
                "type": "string",
                "description": "Optional contact email for organization recovery and notifications"
            },
            "recaptcha_response": {
                "type": "string",
                "description": "The (may be disabled) recaptcha response code for verification"
            }
        }
    })
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let access = Access::new(state, &call.caller);
    let reserved = state.feature("FEATURE_SUPERUSERS_ORG_CREATION_ONLY") && !access.superuser();
    call.require(access.user_admin() && !reserved)?;
    let body = call.body(&new_organization())?;
    let name = body["name"].as_str().unwrap_or_default();
    let email = ["contact_email", "email"].iter().find_map(|key| body[*key].as_str()).filter(|email| !email.is_empty());
    refuse(state, name, email)?;
    // Older releases show what stands in the place of an address.
    let email = email.map(str::to_owned).or_else(|| is_old(state).then(|| uuid::Uuid::new_v4().to_string()));
    let number = state.number();
    let owners = Team {
        number: state.number(),
        role: TeamRole::Admin,
        description: String::new(),
        members: vec![call.caller.name().to_owned()],
        invites: Vec::new(),
        sync: None,
    };
    let namespace = Namespace::new(number, email);
    let organization = Organization::new(namespace, [("owners".to_owned(), owners)].into());
    state.organizations.insert(name.to_owned(), organization);
    Ok(Reply::created())
}

/// Whether addresses are as they were before 3.18: each is taken once, and what is stored is what is shown.
fn is_old(state: &State) -> bool {
    releases::release(&state.release) < (3, 18)
}

fn refuse(state: &State, name: &str, email: Option<&str>) -> Result<(), Reply> {
    if state.namespace(name).is_some() {
        return Err(Reply::invalid("A user or organization with this name already exists"));
    }
    if is_old(state) {
        let demanded = state.feature("FEATURE_MAILING");
        match email {
            None if demanded => return Err(Reply::invalid("Email address is required")),
            Some(email) if demanded && !names::is_email(email) => {
                return Err(Reply::invalid(format!("Invalid email address: {email}")));
            }
            Some(email) if is_taken(state, email) => {
                return Err(Reply::invalid(format!("Email has already been used: {email}")));
            }
            _ => {}
        }
    } else {
        refuse_email(state, email)?;
    }
    if let Some(objection) = names::objection(name, "Namespace") {
        return Err(Reply::invalid(format!("Invalid namespace {name}: {objection}")));
    }
    match state.reserved_names.contains_key(name) {
        true => Err(Reply::invalid("Username is not available")),
        false => Ok(()),
    }
}

/// Only users' addresses are taken: those of other organizations may be used again.
fn refuse_email(state: &State, email: Option<&str>) -> Result<(), Reply> {
    let Some(email) = email else { return Ok(()) };
    if !names::is_email(email) {
        return Err(Reply::invalid("Invalid email address"));
    }
    if state.users.values().any(|user| user.namespace.email.as_deref() == Some(email)) {
        return Err(Reply::invalid(format!("Email has already been used: {email}")));
    }
    Ok(())
}

/// Whether a user or an organization has an address.
pub(crate) fn is_taken(state: &State, email: &str) -> bool {
    let organizations = state.organizations.values().map(|organization| &organization.namespace);
    let mut all = organizations.chain(state.users.values().map(|user| &user.namespace));
    all.any(|namespace| namespace.email.as_deref() == Some(email))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    view(state, call).map(Reply::ok)
}

/// An organization as the caller may see it: an outsider, a bad token too, gets little more than its name.
fn view(state: &State, call: &Call) -> Result<Value, Reply> {
    shown(state, call, call.parameter("orgname"), true)
}

/// The same of an organization that need not be the route's. Without its teams, two empty members stand for them.
pub(crate) fn shown(state: &State, call: &Call, name: &str, with_teams: bool) -> Result<Value, Reply> {
    let organization = state.organizations.get(name).ok_or_else(Reply::not_found)?;
    let access = Access::new(state, &call.caller);
    let (is_admin, is_member) = (access.org_admin(name), access.org_member(name));
    let namespace = &organization.namespace;
    let mut view = Map::new();
    view.insert("name".into(), json!(name));
    let shown = |email: &&str| is_admin && (is_old(state) || names::is_email(email));
    let email = namespace.email.as_deref().filter(shown).unwrap_or_default();
    view.insert("email".into(), json!(email));
    view.insert("avatar".into(), avatar_of(state, name, "user"));
    view.insert("is_admin".into(), json!(is_admin));
    view.insert("is_member".into(), json!(is_member));
    if !with_teams {
        view.insert("teams".into(), json!({}));
        view.insert("ordered_teams".into(), json!([]));
    } else if is_member {
        let teams = team::by_creation(organization);
        let shown = teams.iter().map(|(team, _)| ((*team).to_owned(), team::in_organization(state, call, name, team)));
        view.insert("teams".into(), shown.collect());
        view.insert("ordered_teams".into(), teams.iter().map(|(team, _)| json!(team)).collect());
    }
    if is_member {
        add_quota(state, namespace, &mut view);
    }
    if is_admin {
        view.insert("invoice_email".into(), json!(namespace.invoice_email));
        view.insert("invoice_email_address".into(), json!(namespace.invoice_email_address));
        view.insert("tag_expiration_s".into(), json!(namespace.tag_expiration_s));
        view.insert("is_free_account".into(), json!(true));
    }
    Ok(Value::Object(view))
}

fn changed_organization() -> Value {
    json!({
        "type": "object",
        "description": "Description of updates for an existing organization",
        "properties": {
            "email": {"type": "string", "description": "Organization contact email"},
            "contact_email": {"type": ["string", "null"], "description": "Organization contact email"},
            "invoice_email": {
                "type": "boolean",
                "description": "Whether the organization desires to receive emails for invoices"
            },
            "invoice_email_address": {
                "type": ["string", "null"],
                "description": "The email address at which to receive invoices"
            },
            "tag_expiration_s": {
                "type": "integer",
                "minimum": 0,
                "description": "The number of seconds for tag expiration"
            }
        }
    })
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&changed_organization())?;
    let name = call.parameter("orgname");
    call.require(Access::new(state, &call.caller).org_admin(name))?;
    let expiration = new_expiration(state, &body);
    let email = new_email(state, name, &body);
    let organization = state.organizations.get_mut(name).ok_or_else(Reply::not_found)?;
    change(&mut organization.namespace, &body, email, expiration)?;
    view(state, call).map(Reply::ok)
}

/// The address that a body asks for; the inner `None` is none at all.
fn new_email(state: &State, name: &str, body: &Value) -> Result<Option<Option<String>>, Reply> {
    let Some(email) = body.get("contact_email").or(body.get("email")) else { return Ok(None) };
    let email = email.as_str().unwrap_or_default();
    let present = state.organizations.get(name).and_then(|organization| organization.namespace.email.as_deref());
    if is_old(state) {
        let refused = present != Some(email) && is_taken(state, email);
        return if refused {
            Err(Reply::invalid("E-mail address already used"))
        } else {
            Ok(Some(Some(email.to_owned())))
        };
    }
    match email {
        "" => Ok(Some(None)),
        email if names::is_email(email) => Ok(Some(Some(email.to_owned()))),
        _ => Err(Reply::invalid("Invalid email address")),
    }
}

/// Changes one setting after the other; those before an objection stay changed.
fn change(
    namespace: &mut Namespace,
    body: &Value,
    email: Result<Option<Option<String>>, Reply>,
    expiration: Result<Option<u64>, Reply>,
) -> Result<(), Reply> {
    if let Some(send) = body["invoice_email"].as_bool() {
        namespace.invoice_email = send;
    }
    if let Some(address) = body.get("invoice_email_address") {
        namespace.invoice_email_address = address.as_str().filter(|address| !address.is_empty()).map(str::to_owned);
    }
    if let Some(email) = email? {
        namespace.email = email;
    }
    namespace.tag_expiration_s = expiration?.unwrap_or(namespace.tag_expiration_s);
    Ok(())
}

/// The expiration that a body asks for. Where expirations may not be changed, it asks for nothing.
pub(crate) fn new_expiration(state: &State, body: &Value) -> Result<Option<u64>, Reply> {
    let Some(wanted) = body["tag_expiration_s"].as_u64() else { return Ok(None) };
    if !state.feature("FEATURE_CHANGE_TAG_EXPIRATION") {
        return Ok(None);
    }
    let options = state.setting("TAG_EXPIRATION_OPTIONS").as_array().map(Vec::as_slice).unwrap_or_default();
    match options.iter().filter_map(seconds).any(|option| option == wanted) {
        true => Ok(Some(wanted)),
        false => Err(Reply::message("Invalid tag expiration option")),
    }
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let name = call.parameter("orgname");
    call.require(Access::new(state, &call.caller).org_admin(name))?;
    if !state.organizations.contains_key(name) {
        return Err(Reply::not_found());
    }
    state.remove_namespace(name);
    Ok(Reply::gone())
}
