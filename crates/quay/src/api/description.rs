//! The server's own description of its API (`discovery`): which routes it has, and what their bodies hold.
//!
//! Observed: a Swagger 2.0 document of some 300 KB. Superusers' routes are in it only with `internal=true`; routes of features that are
//! switched off are not. Definitions are found by their bare names, which collide (`NewToken`, `UpdateUser`, `UpdateOrg`): what a body
//! holds is certain for the others only.

use std::collections::{BTreeMap, BTreeSet};

use registry_http::{Client, Endpoint, Kind, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::sync::OnceCell;

/// What a server says that it offers.
#[derive(Debug, Default)]
pub struct Api {
    /// Routes below the root, with `{}` for each name.
    routes: BTreeSet<String>,
    /// Members of bodies, by `POST route`.
    bodies: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Deserialize)]
struct SwaggerJson {
    paths: BTreeMap<String, BTreeMap<String, OperationJson>>,
    #[serde(default)]
    definitions: BTreeMap<String, DefinitionJson>,
}

/// An operation; the other members of a path are texts and lists.
#[derive(Deserialize)]
#[serde(untagged)]
enum OperationJson {
    Operation { parameters: Vec<ParameterJson> },
    Other(IgnoredAny),
}

#[derive(Deserialize)]
struct ParameterJson {
    #[serde(default)]
    schema: Option<ReferenceJson>,
}

#[derive(Deserialize)]
struct ReferenceJson {
    #[serde(default, rename = "$ref")]
    to: Option<String>,
}

#[derive(Deserialize)]
struct DefinitionJson {
    #[serde(default)]
    properties: BTreeMap<String, IgnoredAny>,
}

/// The description; any token may read it, and none too.
pub fn get() -> Endpoint<Api> {
    Endpoint::<SwaggerJson>::get("discovery", &[])
        .query("internal", true)
        .describe("read what this server offers")
        .map(|swagger| Api::of(&swagger))
}

/// The description, read once and kept in `cell`; that of a server which says that it does not describe itself is empty, and is kept
/// too.
///
/// # Errors
/// When it could not be read this time; the next one who needs the description asks again. What somebody else answers says nothing of
/// what the server has.
pub async fn known<'a>(cell: &'a OnceCell<Api>, client: &Client) -> Result<&'a Api> {
    let ask = async || match client.send(get()).await {
        Err(error) if has_none(error.kind()) => Ok(Api::default()),
        read => read,
    };
    cell.get_or_try_init(ask).await
}

/// Whether the server itself says that it has no description, or none for this token.
fn has_none(kind: Kind) -> bool {
    matches!(kind, Kind::Unsupported | Kind::NotFound | Kind::Forbidden | Kind::Unauthenticated | Kind::AnonymousView)
}

impl Api {
    fn of(swagger: &SwaggerJson) -> Self {
        let mut api = Self::default();
        for (path, operations) in &swagger.paths {
            let route = bare(path.strip_prefix("/api/v1/").unwrap_or(path));
            for (method, operation) in operations {
                let OperationJson::Operation { parameters } = operation else { continue };
                let body = parameters.iter().find_map(|p| p.schema.as_ref()?.to.as_deref());
                let definition = body.and_then(|name| swagger.definitions.get(name.rsplit('/').next()?));
                if let Some(definition) = definition.filter(|d| !d.properties.is_empty()) {
                    let members = definition.properties.keys().cloned().collect();
                    api.bodies.insert(format!("{} {route}", method.to_uppercase()), members);
                }
            }
            api.routes.insert(route);
        }
        api
    }

    /// Whether the server has a route. A description that does not even show organizations proves nothing.
    pub fn offers(&self, route: &str) -> bool {
        route.is_empty() || !self.routes.contains("organization/{}") || self.routes.contains(&bare(route))
    }

    /// Whether the body of a request may hold a member; `None` where the description does not tell.
    pub fn takes(&self, method: &str, route: &str, member: &str) -> Option<bool> {
        Some(self.bodies.get(&format!("{method} {}", bare(route)))?.contains(member))
    }
}

/// A route with its names taken out: `repository/{repository}/mirror` becomes `repository/{}/mirror`.
fn bare(route: &str) -> String {
    let mut bare = String::with_capacity(route.len());
    let mut inside = false;
    for letter in route.chars() {
        inside = match letter {
            '{' => true,
            '}' => false,
            _ => inside,
        };
        if !inside || letter == '{' {
            bare.push(letter);
        }
    }
    bare
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::{Api, SwaggerJson};

    fn api() -> Api {
        let swagger = json!({ "swagger": "2.0",
            "paths": {
                "/api/v1/organization/{orgname}": { "x-tag": "organization", "parameters": [{ "name": "orgname", "in": "path" }] },
                "/api/v1/repository/{repository}/mirror": { "x-name": "mirror", "post": { "parameters": [
                    { "name": "body", "in": "body", "schema": { "$ref": "#/definitions/CreateMirrorConfig" } } ] } } },
            "definitions": { "CreateMirrorConfig": { "type": "object", "properties": { "sync_interval": { "type": "integer" } } } } });
        Api::of(&serde_json::from_value::<SwaggerJson>(swagger).unwrap())
    }

    #[test]
    fn routes_are_compared_without_the_names_of_their_parts() {
        assert!(api().offers("repository/{name}/mirror") && api().offers(""));
        assert!(!api().offers("organization/{orgname}/mirror"));
        assert!(Api::default().offers("organization/{orgname}/mirror"), "an empty description proves nothing");
    }

    #[test]
    fn members_of_bodies_are_known_where_they_are_described() {
        let takes = |method, member| api().takes(method, "repository/{repository}/mirror", member);
        assert_eq!(
            (takes("POST", "sync_interval"), takes("POST", "x"), takes("PUT", "x")),
            (Some(true), Some(false), None)
        );
    }
}
