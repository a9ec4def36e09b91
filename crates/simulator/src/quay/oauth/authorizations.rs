//! What the caller lets programs do: `user/authorizations`, `user/assignedauthorization`.
//!
//! Assigned authorizations were not recorded but as an empty list; the rest of them was read in Quay's source.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::AssignedAuthorization;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::views::{avatar, avatar_of};

const ASSIGNED: &[&str] = &["FEATURE_ASSIGN_OAUTH_TOKEN"];

pub(super) const ROUTES: &[Route] = &[
    Route::new("user/authorizations", &[("GET", list)]),
    Route::new("user/authorizations/{access_token_uuid}", &[("GET", get), ("DELETE", revoke)]),
    Route::new("user/assignedauthorization", &[("GET", list_assigned)]).needs(ASSIGNED),
    Route::new("user/assignedauthorization/{assigned_authorization_uuid}", &[("DELETE", decline)]).needs(ASSIGNED),
];

/// Title, description, icon and danger of each scope, as the web pages show them.
const SCOPES: &[(&str, &str, &str, &str, bool)] = &[
    (
        "repo:read",
        "View all visible repositories",
        "This application will be able to view and pull all repositories visible to the granting user",
        "fa-hdd-o",
        false,
    ),
    (
        "repo:write",
        "Read/Write to any accessible repositories",
        "This application will be able to view, push and pull to all repositories to which the granting user has write access",
        "fa-hdd-o",
        false,
    ),
    (
        "repo:admin",
        "Administer Repositories",
        "This application will have administrator access to all repositories to which the granting user has access",
        "fa-hdd-o",
        false,
    ),
    (
        "repo:create",
        "Create Repositories",
        "This application will be able to create repositories in all namespaces that the granting user is allowed to create repositories",
        "fa-plus",
        false,
    ),
    (
        "user:read",
        "Read User Information",
        "This application will be able to read user information such as username and email address.",
        "fa-user",
        false,
    ),
    (
        "user:admin",
        "Administer User",
        "This application will be able to administer your account including creating robots and granting them permissions to your \
         repositories. You should have absolute trust in the requesting application before granting this permission.",
        "fa-gear",
        true,
    ),
    (
        "org:admin",
        "Administer Organization",
        "This application will be able to administer your organizations including creating robots, creating teams, adjusting team \
         membership, and changing billing settings. You should have absolute trust in the requesting application before granting this \
         permission.",
        "fa-gear",
        true,
    ),
    (
        "super:user",
        "Super User Access",
        "This application will be able to administer your installation including managing users, managing organizations and other \
         features found in the superuser panel. You should have absolute trust in the requesting application before granting this \
         permission.",
        "fa-street-view",
        true,
    ),
];

fn scopes<'a>(of: impl Iterator<Item = &'a str>) -> Vec<Value> {
    let known = of.filter_map(|scope| SCOPES.iter().find(|(name, ..)| *name == scope));
    known
        .map(|(scope, title, description, icon, dangerous)| {
            json!({"title": title, "scope": scope, "description": description, "icon": icon, "dangerous": dangerous})
        })
        .collect()
}

/// An access token as its user sees it, with the text that it is.
struct Authorization {
    token: String,
    view: Value,
}

/// What names a token that has no name in the state: always the same for the same text.
fn uuid_of(token: &str) -> String {
    let half = |part: u8| {
        let mut hasher = DefaultHasher::new();
        (token, part).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    Uuid::from_u128(half(0) << 64 | half(1)).to_string()
}

/// All tokens that act for the caller: those of applications, and those that were there from the start, which belong to an application
/// of the user's own.
fn authorizations(state: &State, call: &Call) -> Vec<Authorization> {
    let caller = call.caller.name();
    let view = |name: &str, description: &str, url: &str, of: &str, granted: Vec<Value>, uuid: &str| {
        json!({
            "application": {
                "name": name,
                "description": description,
                "url": url,
                "avatar": avatar(name, state.namespace(of).and_then(|found| found.email.as_deref()).unwrap_or(name), "app"),
                "organization": {"name": of, "avatar": avatar_of(state, of, "org")},
            },
            "scopes": granted,
            "uuid": uuid,
        })
    };
    let first = state.tokens.iter().filter(|(_, token)| token.user == caller).map(|(text, token)| {
        let granted = scopes(token.scopes.iter().map(String::as_str));
        let description = "Application token generated via /api/v1/user/initialize";
        let view = view("automation", description, "", caller, granted, &uuid_of(text));
        Authorization { token: text.clone(), view }
    });
    let applications = state.organizations.iter().flat_map(|(organization, found)| {
        found.applications.iter().flat_map(move |application| {
            application.api_tokens.iter().map(move |token| (organization, application, token))
        })
    });
    let given =
        applications.filter(|(.., token)| token.created_by == caller).map(|(organization, application, token)| {
            let (name, description, url) = (&application.name, &application.description, &application.application_uri);
            let view = view(name, description, url, organization, scopes(token.scope.split(' ')), &token.uuid);
            Authorization { token: token.token.clone(), view }
        });
    first.chain(given).collect()
}

fn list(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let views: Vec<Value> = authorizations(state, call).into_iter().map(|found| found.view).collect();
    Ok(Reply::ok(json!({"authorizations": views})))
}

/// Another user's is not there.
fn find(state: &State, call: &Call) -> Result<Authorization, Reply> {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let uuid = call.parameter("access_token_uuid");
    authorizations(state, call).into_iter().find(|found| found.view["uuid"] == uuid).ok_or_else(Reply::not_found)
}

fn get(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(find(state, call)?.view))
}

fn revoke(state: &mut State, call: &Call) -> Outcome {
    let token = find(state, call)?.token;
    state.tokens.remove(&token);
    for application in state.organizations.values_mut().flat_map(|organization| &mut organization.applications) {
        application.api_tokens.retain(|known| known.token != token);
    }
    Ok(Reply::gone())
}

fn list_assigned(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let own = state.assigned_authorizations.iter().filter(|assigned| assigned.user == call.caller.name());
    let view = |assigned: &AssignedAuthorization| {
        let of = &assigned.organization;
        json!({
            "application": {
                "name": assigned.application,
                "clientId": assigned.client_id,
                "description": "",
                "url": "",
                "avatar": avatar(&assigned.application, of, "app"),
                "organization": {"name": of, "avatar": avatar_of(state, of, "org")},
            },
            "uuid": assigned.uuid,
            "redirectUri": assigned.redirect_uri,
            "scopes": scopes(assigned.scope.split(' ')),
            "responseType": "token",
        })
    };
    let views: Vec<Value> = own.map(view).collect();
    Ok(Reply::ok(json!({"authorizations": views})))
}

fn decline(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let uuid = call.parameter("assigned_authorization_uuid");
    let mut all = state.assigned_authorizations.iter();
    let at =
        all.position(|known| known.uuid == uuid && known.user == call.caller.name()).ok_or_else(Reply::not_found)?;
    state.assigned_authorizations.remove(at);
    Ok(Reply::gone())
}
