//! What users do with their own accounts: nothing that was not meant.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};

use crate::bad_input::{says, token};
use crate::core::text;
use crate::quay::{acme, world};
use crate::world::inspect::{edit, held};
use crate::world::{World, merged};

/// A Quay that keeps its users itself, and may be without a feature.
pub(crate) async fn quay(off: &[&str]) -> World {
    let world = world(&[acme()]).await;
    let mut config = json!({ "AUTHENTICATION_TYPE": "Database" });
    off.iter().for_each(|feature| config[*feature] = Json::Bool(false));
    edit(&world, json!({ "quay": { "config": config } }));
    world
}

pub(crate) fn own(label: &str, world: &World) -> Json {
    json!({ "token": token(world, label) })
}

/// What an action says that is refused, and changes nothing.
pub(crate) async fn refused(world: &World, label: &str, action: &str, config: Json, words: &[&str]) {
    let before = held(world);
    let said = world.command_with(own(label, world)).await.core.invoke(action, config).await;
    says(world, &said.expect_err("it is refused"), words);
    assert_eq!(held(world), before, "{action}");
}

#[tokio::test]
async fn a_user_is_deleted_by_itself_and_with_nothing_that_was_not_meant() {
    const ACTION: &str = "quay_delete_current_user";
    let world = quay(&[]).await;
    let bob = json!({ "username": "bob" });
    refused(&world, "carol", ACTION, bob.clone(), &["bob is not the token's own user", "belongs to carol"]).await;
    let bobs = world.command_with(own("bob", &world)).await;
    bobs.core.run("quay_repository", None, json!({ "namespace": "bob", "name": "app" })).await.unwrap();
    bobs.core.run("quay_organization", None, json!({ "name": "bobs" })).await.unwrap();
    let force = merged(bob.clone(), json!({ "force_destroy": true }));
    refused(&world, "bob", ACTION, bob, &["still has 1 repositories", "repository bob/app", "force_destroy"]).await;
    refused(&world, "bob", ACTION, force.clone(), &["only admin for bobs", "Make somebody else an owner"]).await;
    edit(
        &world,
        json!({ "quay": { "organizations": { "bobs": { "teams": { "owners": { "members": ["alice", "bob"] } } } } } }),
    );
    // The answer is lost, and the token ends with the user.
    let bobs = world.command_with(own("bob", &world)).await;
    world.simulator.fault(Fault::once("DELETE", "/api/v1/user/", Does::CutAfter));
    let told = bobs.core.invoke(ACTION, force).await.unwrap_or_else(|said| panic!("{}", text(&said)));
    assert!(told[0].contains("User bob is deleted"), "{told:?}");
    let dump = world.simulator.dump();
    assert_eq!((&dump["quay"]["users"]["bob"], &dump["quay"]["repositories"]["bob/app"]), (&Json::Null, &Json::Null));
    edit(&world, json!({ "quay": { "config": { "AUTHENTICATION_TYPE": "LDAP" } } }));
    let carol = json!({ "username": "carol" });
    refused(&world, "carol", ACTION, carol, &["User carol cannot be deleted here", "AUTHENTICATION_TYPE"]).await;
}

#[tokio::test]
async fn a_user_becomes_an_organization_only_if_its_owner_is_certain() {
    const ACTION: &str = "quay_convert_user_to_organization";
    let world = quay(&[]).await;
    let asked = |username: &str, owner: &str, password: &str| json!({ "username": username, "owner": owner, "owner_password": password });
    let right = "quaypass123";
    refused(&world, "carol", ACTION, asked("bob", "alice", right), &["bob is not the token's own user"]).await;
    refused(&world, "bob", ACTION, asked("bob", "bob", right), &["`owner` must be somebody else"]).await;
    let words = ["credentials are not valid", "the password with which alice logs in"];
    refused(&world, "bob", ACTION, asked("bob", "alice", "Not-her-password-1"), &words).await;
    // Quay converts, and then fails to log the owner in.
    for (user, trouble) in [("bob", Does::CutAfter), ("carol", Does::Delay { milliseconds: 0 })] {
        let command = world.command_with(own(user, &world)).await;
        world.simulator.fault(Fault::once("POST", "/api/v1/user/convert", trouble));
        let told = command.core.invoke(ACTION, asked(user, "alice", right)).await;
        let told = told.unwrap_or_else(|said| panic!("{user}: {}", text(&said)));
        assert!(told[0].contains(&format!("User {user} is an organization, which alice owns")), "{told:?}");
        let dump = world.simulator.dump();
        assert_eq!(dump["quay"]["organizations"][user]["teams"]["owners"]["members"], json!(["alice"]));
        assert_eq!(dump["quay"]["users"][user], Json::Null);
    }
    edit(&world, json!({ "quay": { "config": { "AUTHENTICATION_TYPE": "LDAP" } } }));
    let words = ["This Quay has no conversion of users into organizations", "AUTHENTICATION_TYPE"];
    refused(&world, "admin", ACTION, asked("admin", "alice", right), &words).await;
}

/// Quay takes the conversion, and answers 403 because the owner cannot log in.
#[tokio::test]
async fn a_conversion_whose_owner_cannot_log_in_is_done_all_the_same() {
    let world = quay(&[]).await;
    let command = world.command_with(own("bob", &world)).await;
    let fine = json!({ "username": "bob", "owner": "alice", "owner_password": "quaypass123" });
    // The server did it already when the answer comes.
    let before = world.simulator.dump()["quay"]["users"]["bob"].clone();
    let refusal = json!({ "needsEmailVerification": true, "invalidCredentials": false, "message": null });
    world.simulator.fault(Fault::once("POST", "/api/v1/user/convert", Does::answer(403, &refusal.to_string())));
    let said = command.core.invoke("quay_convert_user_to_organization", fine.clone()).await.unwrap_err();
    says(&world, &said, &["Cannot make an organization of user bob"]);
    assert_eq!(world.simulator.dump()["quay"]["users"]["bob"], before, "a 403 alone is an error");
    world.command().await.core.run("quay_organization", None, json!({ "name": "twin" })).await.unwrap();
    let twin = world.simulator.dump()["quay"]["organizations"]["twin"].clone();
    edit(&world, json!({ "quay": { "organizations": { "bob": twin } } }));
    world.simulator.fault(Fault::once("POST", "/api/v1/user/convert", Does::answer(403, &refusal.to_string())));
    command.core.invoke("quay_convert_user_to_organization", fine).await.unwrap();
}

#[tokio::test]
async fn who_signs_up_is_new_and_may() {
    const ACTION: &str = "quay_sign_up_user";
    let asked = |username: &str| json!({ "username": username, "password": "Chosen-for-erin-1" });
    let with = |username: &str, email: &str| merged(asked(username), json!({ "email": email }));
    for feature in ["FEATURE_USER_CREATION", "FEATURE_DIRECT_LOGIN"] {
        let world = quay(&[feature]).await;
        let words = ["Nobody can sign up on this Quay", feature, "quay_user"];
        refused(&world, "bob", ACTION, with("erin", "erin@example.com"), &words).await;
    }
    let world = quay(&[]).await;
    world.witness.learn_secret("Chosen-for-erin-1");
    refused(&world, "bob", ACTION, asked("erin"), &["FEATURE_MAILING", "wants the e-mail address"]).await;
    refused(&world, "bob", ACTION, with("carol", "x@example.com"), &["There is a user carol"]).await;
    refused(&world, "bob", ACTION, with("acme", "x@example.com"), &["Users and organizations share"]).await;
    refused(&world, "bob", ACTION, with("erin", "bob@example.com"), &["an e-mail address of its own"]).await;
    let bob = world.command_with(own("bob", &world)).await;
    world.simulator.fault(Fault::once("POST", "/api/v1/user/", Does::CutAfter));
    let told = bob.core.invoke(ACTION, with("erin", "erin@example.com")).await;
    let told = told.unwrap_or_else(|said| panic!("{}", text(&said)));
    assert!(told[0].contains("User erin has signed up") && told[0].contains("confirmed"), "{told:?}");
    assert_eq!(world.simulator.dump()["quay"]["users"]["erin"]["password"], "Chosen-for-erin-1");
    edit(&world, json!({ "quay": { "config": { "FEATURE_MAILING": false } } }));
    let told = world.command().await.core.invoke(ACTION, asked("frank")).await.unwrap();
    assert!(told[0].ends_with("It can log in."), "{told:?}");
    edit(&world, json!({ "quay": { "config": { "AUTHENTICATION_TYPE": "LDAP" } } }));
    refused(&world, "bob", ACTION, asked("grace"), &["does not keep its users itself"]).await;
}

#[tokio::test]
async fn who_is_logged_out_keeps_its_tokens() {
    let world = quay(&[]).await;
    for (label, who) in [("bob", "bob is logged out"), ("admin_reporead", "The token's user is logged out")] {
        let command = world.command_with(own(label, &world)).await;
        let told = command.core.invoke("quay_end_user_sessions", json!({})).await.unwrap();
        assert!(told[0].contains(who), "{told:?}");
    }
    let dump = world.simulator.dump();
    let outs = ["bob", "admin", "carol"].map(|user| dump["quay"]["users"][user]["sign_outs"].as_u64());
    assert_eq!(outs, [Some(1), Some(1), Some(0)]);
    let command = world.command_with(own("bob", &world)).await;
    command.core.run("quay_robot", None, json!({ "namespace": "bob", "name": "ci" })).await.unwrap();
}

#[tokio::test]
async fn the_last_login_of_a_user_is_not_taken() {
    const ACTION: &str = "quay_detach_external_login";
    let world = quay(&[]).await;
    let github = json!({ "service": "github" });
    refused(&world, "bob", ACTION, github.clone(), &["User bob has no login of github", "no login of another"]).await;
    edit(&world, json!({ "quay": { "users": { "bob": { "logins": ["github"], "password": "" } } } }));
    refused(&world, "bob", ACTION, json!({ "service": "google" }), &["Its logins are: github"]).await;
    refused(&world, "bob", ACTION, github.clone(), &["github is the only login of user bob"]).await;
    refused(&world, "admin_userread", ACTION, github.clone(), &["user:admin"]).await;
    edit(&world, json!({ "quay": { "users": { "bob": { "password": "Bobs-own-1" } } } }));
    world.command_with(own("bob", &world)).await.core.invoke(ACTION, github.clone()).await.unwrap();
    assert_eq!(world.simulator.dump()["quay"]["users"]["bob"]["logins"], json!([]));
    let world = quay(&["FEATURE_DIRECT_LOGIN"]).await;
    refused(&world, "bob", ACTION, github, &["logins of other services", "FEATURE_DIRECT_LOGIN"]).await;
}

#[tokio::test]
async fn an_address_is_enough_for_an_e_mail_and_says_little() {
    const ACTION: &str = "quay_send_recovery_email";
    let world = quay(&[]).await;
    edit(&world, json!({ "quay": { "organizations": { "acme": { "email": "owners@example.com" } } } }));
    let bob = world.command_with(own("bob", &world)).await;
    let mails = || world.simulator.dump()["quay"]["users"]["alice"]["recovery_emails"].clone();
    for (address, words, sent) in [
        ("nobody@example.com", "if a user has this address", 0),
        ("owners@example.com", "the address of an organization", 0),
        ("alice@example.com", "An e-mail goes to alice@example.com", 1),
    ] {
        let told = bob.core.invoke(ACTION, json!({ "email": address })).await.unwrap();
        assert!(told[0].contains(words), "{told:?}");
        assert_eq!(mails(), sent, "{address}");
    }
    let both = json!({ "email": "alice@example.com", "username": "alice" });
    assert!(bob.core.invoke(ACTION, both).await.is_err());
    let captcha = json!({ "message": "Are you a bot? If not, please revalidate the captcha." });
    world.simulator.fault(Fault::once("POST", "/api/v1/recovery", Does::answer(400, &captcha.to_string())));
    refused(&world, "bob", ACTION, json!({ "email": "alice@example.com" }), &["FEATURE_RECAPTCHA", "superuser"]).await;
    let world = quay(&["FEATURE_MAILING"]).await;
    refused(&world, "bob", ACTION, json!({ "email": "alice@example.com" }), &["FEATURE_MAILING"]).await;
}
