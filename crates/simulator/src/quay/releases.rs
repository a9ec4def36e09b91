//! Older releases of Quay: routes and members of bodies that they do not have.
//!
//! Which release brought what was read in Quay's source, tags v3.7.0 to v3.18.0. Members that a release does not know are ignored in
//! requests and missing in answers; only a new mirror with one is a crash there, as with any unknown member.

use serde_json::{Map, Value};

use super::reply::Reply;

/// `(3, 17)` is 3.17.
pub(super) type Release = (u32, u32);

/// The newest release that is simulated.
pub(super) const NEWEST: &str = "3.18";

/// Routes with the release that brought them.
const ROUTES: &[(Release, &[&str])] = &[
    ((3, 9), &["superuser/registrysize/"]),
    ((3, 10), &["organization/{}/autoprunepolicy/", "user/autoprunepolicy/"]),
    ((3, 11), &["repository/{}/autoprunepolicy/"]),
    ((3, 12), &["user/assignedauthorization"]),
    ((3, 13), &["organization/{}/robots/{}/federation"]),
    ((3, 15), &["superuser/config"]),
    (
        (3, 16),
        &["superuser/apptokens", "repository/{}/tag/{}/pull_statistics", "repository/{}/manifest/{}/pull_statistics"],
    ),
    (
        (3, 17),
        &[
            "organization/{}/immutabilitypolicy/",
            "repository/{}/immutabilitypolicy/",
            "organization/{}/mirror",
            "registry/capabilities",
        ],
    ),
    (
        (3, 18),
        &[
            "bootstrap/renew",
            "organization/{}/applications/{}/tokens",
            "organization/{}/notifications",
            "user/namespacenotifications",
            "repository/mirror/health",
            "superuser/mirror/health",
            "user/robots/{}/federation",
            "superuser/{}/logs/archive",
        ],
    ),
];

/// Members of the bodies below a route, with the release that brought them.
const MEMBERS: &[(Release, &str, &str)] = &[
    ((3, 11), MANIFEST, "layers_compressed_size"),
    ((3, 12), "organization/{}/quota", "limit"),
    ((3, 12), "superuser/organization/{}/quota", "limit"),
    ((3, 12), "superuser/users/{}/quota", "limit"),
    ((3, 12), "user/quota", "limit"),
    ((3, 13), "organization/{}/autoprunepolicy/", "tagPattern"),
    ((3, 13), "organization/{}/autoprunepolicy/", "tagPatternMatches"),
    ((3, 13), "repository/{}/autoprunepolicy/", "tagPattern"),
    ((3, 13), "repository/{}/autoprunepolicy/", "tagPatternMatches"),
    ((3, 13), "user/autoprunepolicy/", "tagPattern"),
    ((3, 13), "user/autoprunepolicy/", "tagPatternMatches"),
    ((3, 14), MANIFEST, "modelcard"),
    ((3, 15), MIRROR, "skopeo_timeout_interval"),
    ((3, 17), MIRROR, "architecture_filter"),
    ((3, 17), TAG, "immutable"),
    ((3, 17), TAG, "is_sparse"),
    ((3, 17), TAG, "child_manifest_count"),
    ((3, 17), TAG, "present_child_count"),
    ((3, 17), TAG, "child_manifests_presence"),
    ((3, 18), "organization/", "contact_email"),
    ((3, 18), "organization/{}", "contact_email"),
];

const MANIFEST: &str = "repository/{}/manifest/{}";
const MIRROR: &str = "repository/{}/mirror";
const TAG: &str = "repository/{}/tag/";

/// Bodies that differ between releases, as the description of the API shows them: routes, name, members of the newest release.
pub(super) const BODIES: &[(&[&str], &str, &[&str])] = &[
    (
        &[
            "POST organization/{}/autoprunepolicy/",
            "PUT organization/{}/autoprunepolicy/{}",
            "POST repository/{}/autoprunepolicy/",
            "PUT repository/{}/autoprunepolicy/{}",
            "POST user/autoprunepolicy/",
            "PUT user/autoprunepolicy/{}",
        ],
        "AutoPrunePolicyConfig",
        &["method", "value", "tagPattern", "tagPatternMatches"],
    ),
    (
        &["POST repository/{}/mirror", "PUT repository/{}/mirror"],
        "MirrorConfig",
        &[
            "is_enabled",
            "external_reference",
            "external_registry_username",
            "external_registry_password",
            "sync_start_date",
            "sync_interval",
            "robot_username",
            "root_rule",
            "external_registry_config",
            "skopeo_timeout_interval",
            "architecture_filter",
        ],
    ),
    (&["PUT repository/{}/tag/{}"], "ChangeTag", &["manifest_digest", "expiration", "immutable"]),
    (&["POST organization/"], "NewOrg", &["name", "email", "contact_email", "recaptcha_response"]),
];

/// `3.9` as a release; what is none is the newest.
pub(super) fn release(text: &str) -> Release {
    let parse = |text: &str| text.split_once('.').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    parse(text).or_else(|| parse(NEWEST)).unwrap_or_default()
}

/// A route with its names taken out: `organization/{}/mirror`.
pub(super) fn bare(template: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}" } else { part }.to_owned();
    template.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Whether a route, or what it is below of, is there in a release.
pub(super) fn has_route(release: Release, template: &str) -> bool {
    let route = bare(template);
    let is_below = |parent: &str| {
        route.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || parent.ends_with('/') || rest.starts_with('/'))
    };
    !ROUTES.iter().any(|(since, routes)| release < *since && routes.iter().any(|route| is_below(route)))
}

/// The members of a route's bodies that a release does not know yet.
pub(super) fn unknown_members(release: Release, template: &str) -> Vec<&'static str> {
    let route = bare(template);
    let of_route = |parent: &str| match parent {
        "organization/" | "organization/{}" | MANIFEST => route == parent,
        _ => route.starts_with(parent),
    };
    MEMBERS.iter().filter(|(since, parent, _)| release < *since && of_route(parent)).map(|(_, _, name)| *name).collect()
}

/// What an older server makes of a request's body; `Err` is its answer to a body that it cannot take.
pub(super) fn read_body(release: Release, method: &str, template: &str, body: &[u8]) -> Result<Option<Vec<u8>>, Reply> {
    let unknown = unknown_members(release, template);
    let Some(Value::Object(mut object)) =
        Some(&unknown).filter(|unknown| !unknown.is_empty()).and_then(|_| serde_json::from_slice(body).ok())
    else {
        return Ok(None);
    };
    let given = unknown.iter().any(|name| object.contains_key(*name));
    let is_mirror = bare(template) == MIRROR;
    if is_mirror && method == "POST" && given {
        return Err(Reply::crash());
    }
    unknown.iter().for_each(|name| drop(object.remove(*name)));
    // Today's handler wants it.
    if is_mirror && method == "POST" && unknown.contains(&"skopeo_timeout_interval") {
        object.insert("skopeo_timeout_interval".to_owned(), 300.into());
    }
    Ok(serde_json::to_vec(&Value::Object(object)).ok())
}

/// The description of the API: paths with their methods, and those bodies that differ between releases.
pub(super) fn describe<'a>(
    release: Release,
    internal: bool,
    routes: impl Iterator<Item = (&'a str, Vec<&'a str>)>,
) -> Value {
    let mut paths = Map::new();
    let mut definitions = Map::new();
    for (template, methods) in routes.filter(|(template, _)| internal || !is_internal(template)) {
        let route = bare(template);
        let mut operations = Map::new();
        for method in methods {
            let operation = format!("{method} {route}");
            let body = BODIES.iter().find(|(operations, _, _)| operations.contains(&operation.as_str()));
            let parameters = match body {
                Some((_, name, members)) => {
                    let unknown = unknown_members(release, template);
                    let known = members.iter().filter(|member| !unknown.contains(member));
                    let properties: Map<_, _> = known.map(|m| ((*m).to_owned(), Value::Object(Map::new()))).collect();
                    definitions
                        .insert((*name).to_owned(), serde_json::json!({ "type": "object", "properties": properties }));
                    serde_json::json!([{ "in": "body", "name": "body", "schema": { "$ref": format!("#/definitions/{name}") } }])
                }
                None => serde_json::json!([]),
            };
            operations.insert(method.to_lowercase(), serde_json::json!({ "parameters": parameters }));
        }
        let path =
            paths.entry(format!("{}{template}", super::call::PREFIX)).or_insert_with(|| Value::Object(Map::new()));
        path.as_object_mut().into_iter().for_each(|path| path.extend(operations.clone()));
    }
    serde_json::json!({ "swagger": "2.0", "basePath": "/", "paths": paths, "definitions": definitions })
}

/// Routes that the description names only when it is asked for the internal ones too.
fn is_internal(template: &str) -> bool {
    let route = bare(template);
    ["superuser/organizations/", "superuser/registrysize/", "superuser/aggregatelogs"].contains(&route.as_str())
        || [
            "superuser/takeownership",
            "teaminvite/",
            "user/assignedauthorization",
            "user/authorizations",
            "user/convert",
            "user/clientkey",
            "signin",
            "signout",
            "detachexternal/",
            "recovery",
            "superuser/changelog/",
            "superuser/registrystatus",
            "superuser/shutdown",
            "user/notifications",
            "filedrop/",
            "entities/link/",
        ]
        .iter()
        .any(|start| route.starts_with(start))
        || ["/resetclientsecret", "/authorizedemail/{}", "/subdir", "/analyze", "/fields/{}", "/sources", "/namespaces"]
            .iter()
            .any(|end| route.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_come_with_their_release() {
        assert!(
            !has_route((3, 16), "organization/{orgname}/mirror/sync-now")
                && has_route((3, 17), "organization/{orgname}/mirror")
        );
        assert!(has_route((3, 9), "repository/{repository}/mirror") && has_route((3, 9), "organization/{orgname}"));
        assert!(!has_route((3, 10), "repository/{repository}/autoprunepolicy/{policy_uuid}"));
        assert!(
            has_route(release("3.10"), "user/autoprunepolicy/") && !has_route(release("3.9"), "user/autoprunepolicy/")
        );
    }

    #[test]
    fn an_old_mirror_wants_no_timeout_and_crashes_on_one() {
        let old = |body: &str| read_body((3, 14), "POST", "repository/{repository}/mirror", body.as_bytes());
        assert!(old(r#"{"skopeo_timeout_interval": 300}"#).is_err());
        assert_eq!(
            old(r#"{"sync_interval": 1}"#).ok().flatten().as_deref(),
            Some(&br#"{"sync_interval":1,"skopeo_timeout_interval":300}"#[..])
        );
        let body = read_body((3, 18), "POST", "repository/{repository}/mirror", b"{}");
        assert!(matches!(body, Ok(None)), "nothing is unknown today");
    }

    #[test]
    fn answers_lack_what_is_not_known_yet() {
        for place in
            ["organization/{orgname}", "superuser/organization/{namespace}", "superuser/users/{namespace}", "user"]
        {
            assert_eq!(unknown_members((3, 11), &format!("{place}/quota")), ["limit"], "{place}");
        }
        let mut list = serde_json::json!({ "policies": [{ "uuid": "u", "tagPattern": null }] });
        crate::quay::reply::write_body(&unknown_members((3, 12), "user/autoprunepolicy/"), &mut list);
        assert_eq!(list, serde_json::json!({ "policies": [{ "uuid": "u" }] }));
    }
}
