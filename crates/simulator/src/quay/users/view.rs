//! A user, as answers show one.

use serde_json::{Map, Value, json};

use crate::quay::state::State;
use crate::quay::views::{add_quota, avatar_of};

/// A user without its organizations.
pub(super) fn account(state: &State, name: &str, administered: bool) -> Option<Map<String, Value>> {
    let user = state.users.get(name)?;
    let mut view = Map::new();
    view.insert("anonymous".into(), json!(false));
    view.insert("username".into(), json!(name));
    view.insert("avatar".into(), avatar_of(state, name, "user"));
    if administered {
        let namespace = &user.namespace;
        let login = |service: &String| json!({"service": service, "service_identifier": name, "metadata": {}});
        let logins: Vec<Value> = user.logins.iter().map(login).collect();
        let more = json!({
            "can_create_repo": true,
            "is_me": true,
            "verified": user.verified,
            "email": namespace.email,
            "logins": logins,
            "invoice_email": namespace.invoice_email,
            "invoice_email_address": namespace.invoice_email_address,
            "preferred_namespace": false,
            "tag_expiration_s": namespace.tag_expiration_s,
            "prompts": user.prompts,
            "company": user.profile.company,
            "family_name": user.profile.family_name,
            "given_name": user.profile.given_name,
            "location": user.profile.location,
            "is_free_account": true,
            "has_password_set": !user.password.is_empty(),
        });
        view.extend(more.as_object().cloned().unwrap_or_default());
        add_quota(state, namespace, &mut view);
    }
    Some(view)
}
