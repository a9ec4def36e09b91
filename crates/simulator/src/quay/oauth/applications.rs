//! OAuth applications: `organization/{orgname}/applications`, `app/{client_id}`.

use serde_json::{Value, json};

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::organizations::organization::shown;
use crate::quay::random::capitals;
use crate::quay::records::Application;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::views::avatar;

pub(super) const ROUTES: &[Route] = &[
    Route::new("organization/{orgname}/applications", &[("GET", list), ("POST", create)]),
    Route::new("organization/{orgname}/applications/{client_id}", &[("GET", get), ("PUT", update), ("DELETE", delete)]),
    Route::new("organization/{orgname}/applications/{client_id}/resetclientsecret", &[("POST", reset_secret)]),
    Route::new("app/{client_id}", &[("GET", public)]),
];

/// Characters of a column; more crash the server.
const COLUMN: usize = 255;

/// The applications of the route's organization, for those who administer it.
pub(super) fn of_route<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Vec<Application>, Reply> {
    let organization = call.parameter("orgname");
    call.require(Access::new(state, &call.caller).org_admin(organization))?;
    let found = state.organizations.get_mut(organization);
    found.map(|organization| &mut organization.applications).ok_or_else(Reply::not_found)
}

/// The route's application, for those who administer its organization.
pub(super) fn find<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Application, Reply> {
    let client_id = call.parameter("client_id");
    let mut applications = of_route(state, call)?.iter_mut();
    applications.find(|application| application.client_id == client_id).ok_or_else(Reply::not_found)
}

/// The secret is always shown.
fn view(application: &Application) -> Value {
    json!({
        "name": application.name,
        "description": application.description,
        "application_uri": application.application_uri,
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "redirect_uri": application.redirect_uri,
        "avatar_email": application.avatar_email,
    })
}

fn schema(description: &str, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "description": description,
        "required": required,
        "properties": {
            "name": {"type": "string", "description": "The name of the application"},
            "redirect_uri": {"type": "string", "description": "The URI for the application's OAuth redirect"},
            "application_uri": {"type": "string", "description": "The URI for the application's homepage"},
            "description": {"type": "string", "description": "The human-readable description for the application"},
            "avatar_email": {
                "type": "string",
                "description": "The e-mail address of the avatar to use for the application"
            }
        }
    })
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let views: Vec<Value> = of_route(state, call)?.iter().map(view).collect();
    Ok(Reply::ok(json!({"applications": views})))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(view(find(state, call)?)))
}

/// Puts what the body holds into an application; what it leaves out is reset.
fn fill(application: &mut Application, body: &Value) -> Result<(), Reply> {
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let columns = ["name", "redirect_uri", "application_uri", "avatar_email"];
    if columns.iter().any(|name| text(name).chars().count() > COLUMN) {
        return Err(Reply::crash());
    }
    application.name = text("name");
    application.description = text("description");
    application.application_uri = text("application_uri");
    application.redirect_uri = text("redirect_uri");
    application.avatar_email = body["avatar_email"].as_str().map(str::to_owned);
    Ok(())
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&schema("Description of a new organization application.", &["name"]))?;
    let applications = of_route(state, call)?;
    let mut application = Application {
        client_id: capitals(20),
        client_secret: capitals(40),
        name: String::new(),
        description: String::new(),
        application_uri: String::new(),
        redirect_uri: String::new(),
        avatar_email: None,
        api_tokens: Vec::new(),
    };
    fill(&mut application, &body)?;
    let answer = view(&application);
    applications.push(application);
    Ok(Reply::ok(answer))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let required = ["name", "redirect_uri", "application_uri"];
    let body = call.body(&schema("Description of an updated application.", &required))?;
    let application = find(state, call)?;
    fill(application, &body)?;
    Ok(Reply::ok(view(application)))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    find(state, call)?;
    let client_id = call.parameter("client_id");
    of_route(state, call)?.retain(|application| application.client_id != client_id);
    Ok(Reply::gone())
}

fn reset_secret(state: &mut State, call: &Call) -> Outcome {
    let application = find(state, call)?;
    application.client_secret = capitals(40);
    Ok(Reply::ok(view(application)))
}

/// What everybody may see of an application.
fn public(state: &mut State, call: &Call) -> Outcome {
    let client_id = call.parameter("client_id");
    let found = state.organizations.iter().find_map(|(name, organization)| {
        let application = organization.applications.iter().find(|application| application.client_id == client_id)?;
        Some((name, application))
    });
    let (organization, application) = found.ok_or_else(Reply::not_found)?;
    let key = application.avatar_email.as_deref().unwrap_or(&application.name);
    Ok(Reply::ok(json!({
        "name": application.name,
        "description": application.description,
        "uri": application.application_uri,
        "avatar": avatar(&application.name, key, "app"),
        "organization": shown(state, call, organization, false)?,
    })))
}
