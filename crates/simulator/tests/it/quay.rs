//! Bad sides of Quay that its recordings do not show, or only in passing.

use std::collections::BTreeSet;

use registry_simulator::{Options, Simulator, quay};
use serde_json::{Value, json};

use crate::client::{Quay, simulator};

async fn organization(quay: &Quay<'_>, name: &str) {
    quay.ok("POST", "organization/", json!({"name": name})).await;
}

fn names(list: &Value) -> BTreeSet<&str> {
    list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_list_of_robots_matches_by_pattern() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    for name in ["q_r", "q-r", "qxr2"] {
        organization(&quay, name).await;
        quay.ok("PUT", &format!("organization/{name}/robots/ci"), Value::Null).await;
    }
    assert_eq!(names(&quay.get("organization/q_r/robots").await["robots"]), ["q-r+ci", "q_r+ci"].into());
    assert_eq!(names(&quay.get("organization/q-r/robots").await["robots"]), ["q-r+ci"].into());
    assert_eq!(quay.get("organization/q_r/robots?limit=1").await["robots"].as_array().unwrap().len(), 1);
    assert_eq!(quay.status("GET", "organization/q_r/robots?limit=-1", Value::Null).await, 500);
}

#[tokio::test]
async fn a_deleted_name_is_reserved_until_garbage_is_collected() {
    let options =
        Options { quay: quay::Options { collect_garbage_after: None, ..Default::default() }, ..Options::default() };
    let simulator = Simulator::start(options).unwrap();
    let quay = Quay::new(&simulator, "admin");
    organization(&quay, "acme").await;
    quay.ok("DELETE", "organization/acme", Value::Null).await;
    for _ in 0..20 {
        let (status, body) = quay.send("POST", "organization/", json!({"name": "acme"})).await.unwrap();
        assert_eq!((status, &body["detail"]), (400, &json!("Username is not available")));
    }
    simulator.collect_garbage();
    organization(&quay, "acme").await;
}

#[tokio::test]
async fn garbage_is_collected_after_some_requests() {
    let options =
        Options { quay: quay::Options { collect_garbage_after: Some(3), ..Default::default() }, ..Options::default() };
    let simulator = Simulator::start(options).unwrap();
    let quay = Quay::new(&simulator, "admin");
    organization(&quay, "acme").await;
    quay.ok("DELETE", "organization/acme", Value::Null).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(quay.status("POST", "organization/", json!({"name": "acme"})).await);
    }
    assert_eq!(statuses, [400, 400, 201]);
}

#[tokio::test]
async fn a_deleted_organization_takes_everything_along() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    organization(&quay, "acme").await;
    quay.ok("PUT", "organization/acme/robots/ci", Value::Null).await;
    let repository = json!({"namespace": "acme", "repository": "a/b", "visibility": "private", "description": ""});
    quay.ok("POST", "repository", repository).await;
    quay.ok("DELETE", "organization/acme", Value::Null).await;
    let dump = simulator.dump();
    for kind in ["organizations", "robots", "repositories"] {
        assert_eq!(dump["quay"][kind], json!({}), "{kind}");
    }
}

#[tokio::test]
async fn lists_of_permissions_come_in_any_order() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    let repository = json!({"repository": "app", "visibility": "private", "description": ""});
    quay.ok("POST", "repository", repository).await;
    for at in 0..20 {
        quay.ok("PUT", &format!("user/robots/r{at}"), Value::Null).await;
        let path = format!("repository/admin/app/permissions/user/admin+r{at}");
        quay.ok("PUT", &path, json!({"role": "read"})).await;
    }
    let mut orders = BTreeSet::new();
    for _ in 0..5 {
        let list = quay.get("repository/admin/app/permissions/user/").await;
        let keys: Vec<String> = list["permissions"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys.len(), 21);
        orders.insert(keys);
    }
    // The chance that five orders of 21 members are the same is nil.
    assert!(orders.len() > 1);
}

#[tokio::test]
async fn a_deleted_robot_is_gone_from_teams_and_repositories() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    organization(&quay, "acme").await;
    let repository = json!({"namespace": "acme", "repository": "app", "visibility": "private", "description": ""});
    quay.ok("POST", "repository", repository).await;
    quay.ok("PUT", "organization/acme/robots/ci", Value::Null).await;
    quay.ok("PUT", "organization/acme/team/devs", json!({"role": "member"})).await;
    quay.ok("PUT", "organization/acme/team/devs/members/acme+ci", Value::Null).await;
    quay.ok("PUT", "repository/acme/app/permissions/user/acme+ci", json!({"role": "write"})).await;
    let listed = quay.get("organization/acme/robots?permissions=true&token=false").await;
    assert_eq!(listed["robots"][0]["teams"][0]["name"], "devs");
    assert_eq!(listed["robots"][0]["repositories"], json!(["app"]));
    quay.ok("DELETE", "organization/acme/robots/ci", Value::Null).await;
    assert_eq!(quay.get("organization/acme/team/devs/members").await["members"], json!([]));
    assert!(quay.get("repository/acme/app/permissions/user/").await["permissions"].get("acme+ci").is_none());
}

#[tokio::test]
async fn a_renamed_organization_takes_everything_along() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    organization(&quay, "acme").await;
    let repository = json!({"namespace": "acme", "repository": "app", "visibility": "private", "description": ""});
    quay.ok("POST", "repository", repository).await;
    quay.ok("PUT", "organization/acme/robots/ci", Value::Null).await;
    quay.ok("PUT", "organization/acme/team/owners/members/acme+ci", Value::Null).await;
    quay.ok("PUT", "repository/acme/app/permissions/user/acme+ci", json!({"role": "write"})).await;
    quay.ok("PUT", "superuser/organizations/acme", json!({"name": "emca"})).await;
    assert_eq!(quay.get("organization/emca/robots/ci").await["name"], "emca+ci");
    assert_eq!(quay.get("repository/emca/app/permissions/user/emca+ci").await["role"], "write");
    let members = quay.get("organization/emca/team/owners/members").await;
    assert_eq!(names(&members["members"]), ["admin", "emca+ci"].into());
    organization(&quay, "acme").await;
}

#[tokio::test]
async fn a_rename_finds_robots_by_pattern_too() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    for (name, robot) in [("q_r", "ci"), ("q-r", "cd")] {
        organization(&quay, name).await;
        quay.ok("PUT", &format!("organization/{name}/robots/{robot}"), Value::Null).await;
    }
    quay.ok("PUT", "superuser/organizations/q_r", json!({"name": "new"})).await;
    assert_eq!(names(&quay.get("organization/new/robots").await["robots"]), ["new+cd", "new+ci"].into());
    assert_eq!(quay.get("organization/q-r/robots").await["robots"], json!([]));
}

#[tokio::test]
async fn any_other_path_below_a_repository_is_taken_for_a_repository() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    let repository = json!({"repository": "app", "visibility": "private", "description": ""});
    quay.ok("POST", "repository", repository).await;
    assert_eq!(quay.status("DELETE", "repository/admin/app/mirror", Value::Null).await, 204);
    assert_eq!(quay.status("GET", "repository/admin/app", Value::Null).await, 200, "nothing was deleted");
    assert_eq!(quay.status("PUT", "repository/admin/app/notification/1", json!({"description": ""})).await, 404);
}

#[tokio::test]
async fn a_read_only_repository_shows_that_it_cannot_be_written() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    let repository = json!({"repository": "app", "visibility": "public", "description": ""});
    quay.ok("POST", "repository", repository).await;
    quay.ok("PUT", "repository/admin/app/changestate", json!({"state": "READ_ONLY"})).await;
    let view = quay.get("repository/admin/app").await;
    assert_eq!((&view["state"], &view["can_write"]), (&json!("READ_ONLY"), &json!(false)));
    simulator.edit(json!({"quay": {"config": {"FEATURE_REPO_MIRROR": false}}})).unwrap();
    let (status, _) = quay.send("PUT", "repository/admin/app/changestate", json!({"description": ""})).await.unwrap();
    assert_eq!(status, 404, "without the feature the path is a repository's name");
}

#[tokio::test]
async fn somebody_elses_token_sees_little() {
    let simulator = simulator();
    let (admin, alice) = (Quay::new(&simulator, "admin"), Quay::new(&simulator, "alice"));
    organization(&admin, "acme").await;
    assert_eq!(alice.get("organization/acme").await["is_member"], false);
    for path in ["organization/acme/robots", "organization/acme/quota", "organization/acme/members"] {
        assert_eq!(alice.status("GET", path, Value::Null).await, 403, "{path}");
    }
    assert_eq!(alice.get("repository?namespace=acme").await["repositories"], json!([]));
}

#[tokio::test]
async fn a_large_body_of_a_robot_crashes_the_server() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    let body = json!({"unstructured_metadata": {"x": "x".repeat(1024 * 1024)}});
    assert_eq!(quay.status("PUT", "user/robots/ci", body).await, 500);
    assert_eq!(simulator.dump()["quay"]["robots"], json!({}));
}

#[tokio::test]
async fn an_invited_user_joins_by_accepting() {
    let simulator = simulator();
    let (admin, bob) = (Quay::new(&simulator, "admin"), Quay::new(&simulator, "bob"));
    organization(&admin, "acme").await;
    for team in ["devs", "ops"] {
        admin.ok("PUT", &format!("organization/acme/team/{team}"), json!({"role": "member"})).await;
        let added = admin.ok("PUT", &format!("organization/acme/team/{team}/members/bob"), Value::Null).await;
        assert_eq!(added["invited"], true);
    }
    assert_eq!(admin.get("organization/acme/team/devs/members").await["members"], json!([]));
    let told = bob.get("user/notifications").await;
    let code = told["notifications"][0]["metadata"]["code"].as_str().unwrap();
    bob.ok("PUT", &format!("teaminvite/{code}"), Value::Null).await;
    for team in ["devs", "ops"] {
        let members = admin.get(&format!("organization/acme/team/{team}/members?includePending=true")).await;
        assert_eq!(names(&members["members"]), ["bob"].into(), "every invitation of the organization is accepted");
    }
    assert_eq!(bob.get("user/notifications").await["notifications"], json!([]));
}

#[tokio::test]
async fn nobody_is_invited_where_no_mail_is_sent() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    organization(&quay, "acme").await;
    simulator.edit(json!({"quay": {"config": {"FEATURE_MAILING": false}}})).unwrap();
    let added = quay.ok("PUT", "organization/acme/team/owners/members/bob", Value::Null).await;
    assert_eq!(added["invited"], false);
    assert_eq!(quay.status("PUT", "organization/acme/team/owners/invite/x@example.com", Value::Null).await, 405);
}

#[tokio::test]
async fn each_deletion_takes_back_one_invitation_then_the_membership() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    organization(&quay, "acme").await;
    quay.ok("PUT", "organization/acme/team/devs", json!({"role": "member"})).await;
    let bob = "organization/acme/team/devs/members/bob";
    quay.ok("PUT", bob, Value::Null).await;
    quay.ok("PUT", bob, Value::Null).await;
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(quay.send("DELETE", bob, Value::Null).await.unwrap());
    }
    assert_eq!((answers[0].0, answers[1].0), (204, 204));
    assert_eq!(answers[2], (400, json!({"message": "User bob does not belong to team devs"})));
}

#[tokio::test]
async fn the_last_administrators_team_stays() {
    let simulator = simulator();
    let (admin, alice) = (Quay::new(&simulator, "admin"), Quay::new(&simulator, "alice"));
    organization(&alice, "acme").await;
    let owners = "organization/acme/team/owners";
    assert_eq!(alice.status("DELETE", owners, Value::Null).await, 400);
    assert_eq!(alice.status("PUT", owners, json!({"role": "member"})).await, 400);
    assert_eq!(alice.status("DELETE", &format!("{owners}/members/alice"), Value::Null).await, 400);
    assert_eq!(
        admin.status("DELETE", owners, Value::Null).await,
        500,
        "a superuser who is not in it crashes the server"
    );
    alice.ok("PUT", "organization/acme/team/chiefs", json!({"role": "admin"})).await;
    alice.ok("PUT", "organization/acme/team/chiefs/members/alice", Value::Null).await;
    alice.ok("PUT", owners, json!({"role": "member"})).await;
}

#[tokio::test]
async fn routes_and_rights_vanish_with_superusers() {
    let simulator = simulator();
    let (admin, alice) = (Quay::new(&simulator, "admin"), Quay::new(&simulator, "alice"));
    organization(&alice, "acme").await;
    simulator.edit(json!({"quay": {"config": {"FEATURE_SUPER_USERS": false}}})).unwrap();
    assert_eq!(admin.status("GET", "superuser/organizations/", Value::Null).await, 404);
    assert_eq!(admin.status("DELETE", "superuser/organizations/acme", Value::Null).await, 405);
    assert_eq!(admin.status("GET", "organization/acme/quota", Value::Null).await, 308);
    assert_eq!(admin.status("GET", "organization/acme/robots", Value::Null).await, 403);
}

#[tokio::test]
async fn a_refused_change_of_an_organization_may_be_half_done() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    organization(&quay, "acme").await;
    let change = json!({"invoice_email": true, "email": "nope"});
    assert_eq!(quay.status("PUT", "organization/acme", change).await, 400);
    assert_eq!(quay.get("organization/acme").await["invoice_email"], true);
}

#[tokio::test]
async fn a_disabled_user_is_nobody() {
    let simulator = simulator();
    let alice = Quay::new(&simulator, "alice");
    simulator.edit(json!({"quay": {"users": {"alice": {"enabled": false}}}})).unwrap();
    assert_eq!(alice.status("GET", "user/", Value::Null).await, 401);
    assert_eq!(alice.status("PUT", "user/robots/ci", Value::Null).await, 403);
}

#[tokio::test]
async fn organizations_come_in_pages_on_request() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    for name in ["c1", "b2", "a3"] {
        organization(&quay, name).await;
    }
    let first = quay.get("superuser/organizations/?limit=2").await;
    assert_eq!(names(&first["organizations"]), ["b2", "c1"].into());
    let next = first["next_page"].as_str().unwrap();
    let second = quay.get(&format!("superuser/organizations/?limit=2&next_page={next}")).await;
    assert_eq!(names(&second["organizations"]), ["a3"].into());
    assert!(second.get("next_page").is_none());
    assert_eq!(quay.get("superuser/organizations/?limit=0").await, json!({"organizations": []}));
    assert_eq!(quay.status("GET", "superuser/organizations/?limit=101", Value::Null).await, 400);
    assert_eq!(names(&quay.get("superuser/organizations/").await["organizations"]).len(), 3);
}

/// Method and path of each operation, with `{}` for names.
fn operations(description: &Value) -> BTreeSet<String> {
    let paths = description["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, methods)| {
        let route = bare(path.strip_prefix("/api/v1/").unwrap());
        methods.as_object().unwrap().keys().map(move |method| format!("{} {route}", method.to_uppercase()))
    });
    each.collect()
}

fn bare(route: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}" } else { part }.to_owned();
    route.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn it_describes_its_routes_and_has_none_that_a_real_quay_has_not() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    let real: BTreeSet<String> = include_str!("../../../../tests/recordings/operations.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut words = line.split_whitespace();
            format!("{} {}", words.next().unwrap(), bare(words.next().unwrap()))
        })
        .collect();
    let all = operations(&quay.get("discovery?internal=true").await);
    assert_eq!(all.difference(&real).collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(all.contains("PUT organization/{}/robots/{}") && all.len() > 80, "{}", all.len());
    let public = operations(&quay.get("discovery").await);
    assert!(all.contains("GET superuser/organizations/") && !public.contains("GET superuser/organizations/"));
}

#[tokio::test]
async fn older_releases_and_servers_without_a_feature_lack_routes() {
    let old = quay::Options { release: "3.8".to_owned(), ..Default::default() };
    let simulator = Simulator::start(Options { quay: old, ..Options::default() }).unwrap();
    let quay = Quay::new(&simulator, "admin");
    let has = async |operation: &str| operations(&quay.get("discovery?internal=true").await).contains(operation);
    assert!(!has("GET superuser/registrysize/").await);
    assert_eq!(quay.status("GET", "superuser/registrysize/", Value::Null).await, 404);
    assert!(has("GET organization/{}/quota").await);
    simulator.edit(json!([{ "op": "add", "path": "/quay/config/FEATURE_QUOTA_MANAGEMENT", "value": false }])).unwrap();
    assert!(!has("GET organization/{}/quota").await);
}

#[tokio::test]
async fn older_releases_make_a_proxy_cache_of_what_the_body_names_and_validate_none_that_is_there() {
    let cache = |organization: Option<&str>| {
        let mut body = json!({"upstream_registry": "127.0.0.1:8080"});
        if let Some(organization) = organization {
            body["org_name"] = json!(organization);
        }
        body
    };
    for (release, without) in [("3.9", 500), ("3.16", 500), ("3.17", 201), ("3.18", 201)] {
        let options = quay::Options { release: release.to_owned(), ..Default::default() };
        let simulator = Simulator::start(Options { quay: options, ..Options::default() }).unwrap();
        let quay = Quay::new(&simulator, "admin");
        for name in ["first", "second"] {
            let organization = json!({"name": name, "email": format!("{name}@example.com")});
            assert_eq!(quay.status("POST", "organization/", organization).await, 201);
        }
        assert_eq!(quay.status("POST", "organization/first/proxycache", cache(None)).await, without, "{release}");
        assert_eq!(quay.status("POST", "organization/second/validateproxycache", cache(None)).await, 202, "{release}");
        assert_eq!(
            quay.status("POST", "organization/second/proxycache", cache(Some("second"))).await,
            201,
            "{release}"
        );
        assert_eq!(quay.status("POST", "organization/second/validateproxycache", cache(None)).await, 400, "{release}");
    }
}

#[tokio::test]
async fn a_disabled_user_is_not_deleted_though_the_answer_says_so() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    let listed = async |query: &str| {
        let list = quay.get(&format!("superuser/users/{query}")).await;
        names(&list["users"]).contains("dora")
    };
    quay.ok("POST", "superuser/users/", json!({"username": "dora", "email": "dora@example.com"})).await;
    quay.ok("PUT", "superuser/users/dora", json!({"enabled": false})).await;
    assert_eq!(quay.status("DELETE", "superuser/users/dora", Value::Null).await, 204);
    assert_eq!(quay.get("superuser/users/dora").await["enabled"], false);
    assert!(listed("").await && !listed("?disabled=false").await);
    quay.ok("PUT", "superuser/users/dora", json!({"enabled": true})).await;
    assert_eq!(quay.status("DELETE", "superuser/users/dora", Value::Null).await, 204);
    assert_eq!(quay.status("GET", "superuser/users/dora", Value::Null).await, 404);
    assert!(!listed("").await);
}

#[tokio::test]
async fn an_organization_that_was_a_disabled_user_is_never_deleted() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    for (name, enabled, deletions) in [("dora", false, [204, 204]), ("emil", true, [204, 404])] {
        let user = json!({"username": name, "email": format!("{name}@example.com")});
        quay.ok("POST", "superuser/users/", user).await;
        quay.ok("PUT", &format!("superuser/users/{name}"), json!({"enabled": enabled})).await;
        quay.ok("POST", &format!("superuser/takeownership/{name}"), json!({})).await;
        for (route, expected) in ["organization", "superuser/organizations"].into_iter().zip(deletions) {
            let path = format!("{route}/{name}");
            assert_eq!(quay.status("DELETE", &path, Value::Null).await, expected, "{path}");
        }
        let left = if enabled { 404 } else { 200 };
        assert_eq!(quay.status("GET", &format!("organization/{name}"), Value::Null).await, left, "{name}");
    }
}

#[tokio::test]
async fn policies_of_a_namespace_that_is_gone_are_missed_in_two_ways() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    let immutability = json!({"tagPattern": "^v"});
    let pruning = json!({"method": "number_of_tags", "value": 3});
    let message = json!({"message": "Username does not exist: gone"});
    for place in ["organization/gone", "repository/gone/app"] {
        let path = format!("{place}/immutabilitypolicy/4fa8d4d8-fc8e-4b1e-b076-247d0ea08e4d");
        for (method, body) in [("PUT", immutability.clone()), ("DELETE", Value::Null)] {
            assert_eq!(quay.send(method, &path, body).await.unwrap(), (400, message.clone()), "{method} {path}");
        }
        assert_eq!(quay.status("GET", &path, Value::Null).await, 404, "{path}");
        // What is wrong with the pattern is found out before.
        let (status, answer) = quay.send("PUT", &path, json!({"tagPattern": " "})).await.unwrap();
        assert_eq!((status, &answer["error_type"]), (400, &json!("invalid_request")), "{path}");
        let path = format!("{place}/autoprunepolicy/4fa8d4d8-fc8e-4b1e-b076-247d0ea08e4d");
        for (method, body) in [("PUT", pruning.clone()), ("DELETE", Value::Null), ("GET", Value::Null)] {
            let (status, answer) = quay.send(method, &path, body).await.unwrap();
            assert_eq!((status, &answer["error_type"]), (404, &json!("not_found")), "{method} {path}");
        }
    }
    let created = quay.send("POST", "organization/gone/immutabilitypolicy/", immutability.clone()).await.unwrap();
    assert_eq!(created, (400, message));
    assert_eq!(quay.status("POST", "repository/gone/app/immutabilitypolicy/", immutability).await, 404);
    assert_eq!(quay.status("POST", "organization/gone/autoprunepolicy/", pruning).await, 404);
}

#[tokio::test]
async fn policies_of_a_repository_whose_owner_is_disabled_are_those_of_nobody() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    let alice = Quay::new(&simulator, "alice");
    let repository = json!({"repository": "app", "visibility": "private", "description": ""});
    alice.ok("POST", "repository", repository).await;
    let immutability = "repository/alice/app/immutabilitypolicy/";
    let pruning = "repository/alice/app/autoprunepolicy/";
    let made = alice.ok("POST", immutability, json!({"tagPattern": "^v"})).await;
    let pruned = alice.ok("POST", pruning, json!({"method": "number_of_tags", "value": 3})).await;
    quay.ok("PUT", "superuser/users/alice", json!({"enabled": false})).await;
    let one = |path: &str, policy: &Value| format!("{path}{}", policy["uuid"].as_str().unwrap());
    let deleted = quay.send("DELETE", &one(immutability, &made), Value::Null).await.unwrap();
    assert_eq!(deleted, (400, json!({"message": "Username does not exist: alice"})));
    assert_eq!(quay.get(immutability).await["policies"].as_array().unwrap().len(), 1);
    let changed = json!({"method": "number_of_tags", "value": 4});
    assert_eq!(quay.status("PUT", &one(pruning, &pruned), changed).await, 404);
    assert_eq!(quay.status("DELETE", &one(pruning, &pruned), Value::Null).await, 200);
}

#[tokio::test]
async fn whether_a_team_is_new_is_told_once() {
    let simulator = simulator();
    let (quay, other) = (Quay::new(&simulator, "admin"), Quay::new(&simulator, "admin"));
    organization(&quay, "acme").await;
    let team = json!({"role": "member", "description": ""});
    let put = async |quay: &Quay<'_>| {
        quay.ok("PUT", "organization/acme/team/devs", team.clone()).await["new_team"].as_bool().unwrap()
    };
    let (one, two) = tokio::join!(put(&quay), put(&other));
    assert!(one != two, "one of two at once is the first");
    assert!(!put(&quay).await);
    quay.ok("DELETE", "organization/acme/team/devs", Value::Null).await;
    assert!(put(&quay).await);
}

#[tokio::test]
async fn a_default_permission_is_one_of_new_repositories_only() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    organization(&quay, "acme").await;
    quay.ok("PUT", "organization/acme/robots/ci", Value::Null).await;
    quay.ok("PUT", "organization/acme/team/devs", json!({"role": "member"})).await;
    let make = async |name: &str| {
        let body = json!({"namespace": "acme", "repository": name, "visibility": "private", "description": ""});
        quay.ok("POST", "repository", body).await;
    };
    make("before").await;
    for delegate in [json!({"kind": "user", "name": "acme+ci"}), json!({"kind": "team", "name": "devs"})] {
        quay.ok("POST", "organization/acme/prototypes", json!({"role": "read", "delegate": delegate})).await;
    }
    make("after").await;
    for holder in ["user/acme+ci", "team/devs"] {
        let path = |name: &str| format!("repository/acme/{name}/permissions/{holder}");
        assert_eq!(quay.status("GET", &path("before"), Value::Null).await, 400, "{holder}");
        assert_eq!(quay.get(&path("after")).await["role"], "read", "{holder}");
    }
    let holders = quay.get("repository/acme/after/permissions/user/").await;
    assert_eq!(holders["permissions"]["admin"]["role"], "admin");
}

#[tokio::test]
async fn a_quota_takes_the_notifications_of_its_namespace_along() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    let notification = |event: &str| {
        let config = json!({"url": "https://hooks.example.com/q"});
        json!({"event": event, "method": "webhook", "config": config, "eventConfig": {}})
    };
    let left = async |path: &str| quay.get(path).await["notifications"].as_array().unwrap().len();
    for name in ["acme", "other"] {
        organization(&quay, name).await;
        quay.ok("POST", &format!("organization/{name}/quota"), json!({"limit_bytes": 1_000_000})).await;
        for event in ["quota_warning", "quota_error"] {
            quay.ok("POST", &format!("organization/{name}/notifications"), notification(event)).await;
        }
    }
    let id = async |path: &str| quay.get(path).await[0]["id"].as_u64().unwrap();
    let quota = format!("organization/acme/quota/{}", id("organization/acme/quota").await);
    quay.ok("PUT", &quota, json!({"limit_bytes": 2_000_000})).await;
    assert_eq!(left("organization/acme/notifications").await, 2, "a change leaves them");
    quay.ok("DELETE", &quota, Value::Null).await;
    assert_eq!(left("organization/acme/notifications").await, 0);
    assert_eq!(left("organization/other/notifications").await, 2, "others' stay");
    // A user's, by the superusers' route.
    quay.ok("POST", "superuser/users/admin/quota", json!({"limit_bytes": 1_000_000})).await;
    quay.ok("POST", "user/namespacenotifications", notification("quota_error")).await;
    let quota = format!("superuser/users/admin/quota/{}", id("superuser/users/admin/quota").await);
    quay.ok("DELETE", &quota, Value::Null).await;
    assert_eq!(left("user/namespacenotifications").await, 0);
}

#[tokio::test]
async fn the_dates_of_a_token_are_less_apart_than_it_was_asked_to_live() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    organization(&quay, "acme").await;
    let application = quay.ok("POST", "organization/acme/applications", json!({"name": "Board"})).await;
    let tokens = format!("organization/acme/applications/{}/tokens", application["client_id"].as_str().unwrap());
    let body = json!({"name": "board", "scope": "repo:read", "expiration": 86400});
    let made = quay.ok("POST", &tokens, body).await;
    let time = |name: &str| made[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let apart = time("expires_at").duration_since(time("created")).as_secs_f64();
    assert!((86398.0..86399.5).contains(&apart), "{apart}");
    assert_eq!(quay.get(&tokens).await["tokens"][0]["expires_at"], made["expires_at"]);
}
