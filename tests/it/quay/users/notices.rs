//! What the server tells its users.

use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use super::own_account::{own, quay, refused};
use crate::bad_input::says;
use crate::world::inspect::{edit, read};

#[tokio::test]
async fn all_notices_are_read_and_one_is_put_away_and_taken_back() {
    const ACTION: &str = "quay_dismiss_user_notice";
    let world = quay(&[]).await;
    let notice = |n: usize| {
        json!({ "id": format!("n{n}"), "created": "Fri, 20 Nov 2026 14:32:21 -0000", "code": format!("c{n}"),
            "inviter": "alice", "organization": "acme", "team": format!("t{n}") })
    };
    let notices: Vec<Json> = (0..250).map(notice).collect();
    edit(&world, json!({ "quay": { "users": { "bob": { "notifications": notices } } } }));
    let bob = world.command_with(own("bob", &world)).await;
    let found = async |asked: Json| {
        let all = read(&bob, "quay_user_notices", asked).await.unwrap();
        let text = |notice: &Value, name: &str| notice.attribute(name).and_then(Value::as_str).map(str::to_owned);
        let notices = all.attribute("notices").and_then(|all| all.as_list()).expect("a list");
        notices
            .iter()
            .map(|notice| (text(notice, "uuid").unwrap(), text(notice, "metadata").unwrap()))
            .collect::<Vec<_>>()
    };
    let all = found(json!({})).await;
    assert_eq!((all.len(), all[0].0.as_str(), all[249].0.as_str()), (250, "n249", "n0"));
    let metadata: Json = serde_json::from_str(&all[249].1).unwrap();
    assert_eq!(metadata, json!({ "code": "c0", "inviter": "alice", "org": "acme", "team": "t0" }));
    bob.core.invoke(ACTION, json!({ "uuid": "n0" })).await.unwrap();
    assert_eq!(found(json!({})).await.len(), 249);
    assert_eq!(found(json!({ "uuid": "n0" })).await.len(), 1);
    bob.core.invoke(ACTION, json!({ "uuid": "n0", "dismissed": false })).await.unwrap();
    assert_eq!(found(json!({})).await.len(), 250);
    // Another user's are not there.
    refused(&world, "alice", ACTION, json!({ "uuid": "n0" }), &["There is no notice n0", "quay_user_notices"]).await;
    let said = read(&bob, "quay_user_notices", json!({ "uuid": "nosuch" })).await.unwrap_err();
    says(&world, &said, &["There is no notice nosuch"]);
}
