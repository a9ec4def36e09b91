//! People who can log in: `/users`.

use crate::harbor::call::Call;
use crate::harbor::caller::Caller;
use crate::harbor::failure::Failure;
use crate::harbor::gojson::Shape;
use crate::harbor::query::{Column, Condition, Listing};
use crate::harbor::records::{User, is_first};
use crate::harbor::router::{Route, route};
use crate::harbor::wire::{Reply, sparse};
use regex::Regex;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::LazyLock;

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/users", list),
    route("POST", "/users", create),
    route("GET", "/users/current", current_user),
    route("GET", "/users/{user_id}", show),
    route("PUT", "/users/{user_id}", update),
    route("DELETE", "/users/{user_id}", delete),
    route("PUT", "/users/{user_id}/sysadmin", set_administrator),
    route("PUT", "/users/{user_id}/password", set_password),
];

static EMAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^[^<>()\[\]\\.,;:\s@"]+(\.[^<>()\[\]\\.,;:\s@"]+)*@([a-zA-Z\-0-9]+\.)+[a-zA-Z]{2,}$"#).ok()
});

const NEW_USER: Shape = Shape::Struct("UserCreationReq", PROFILE);
const CHANGED_USER: Shape = Shape::Struct("UserProfile", PROFILE);
const PROFILE: &[(&str, Shape)] = &[
    ("username", Shape::Text),
    ("password", Shape::Text),
    ("email", Shape::Text),
    ("realname", Shape::Text),
    ("comment", Shape::Text),
];
const SWITCH: Shape = Shape::Struct("UserSysAdminFlag", &[("sysadmin_flag", Shape::Flag)]);
const PASSWORDS: Shape = Shape::Struct("PasswordReq", &[("old_password", Shape::Text), ("new_password", Shape::Text)]);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Profile {
    username: String,
    password: String,
    email: String,
    realname: String,
    comment: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Switch {
    sysadmin_flag: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Passwords {
    old_password: String,
    new_password: String,
}

/// A user as answers show it.
pub(super) fn shown(id: i64, user: &User) -> Value {
    sparse(
        json!({
            "user_id": id,
            "username": user.username,
            "email": user.email,
            "realname": user.realname,
            "comment": user.comment,
            "sysadmin_flag": user.sysadmin,
            "admin_role_in_auth": false,
            "creation_time": user.creation_time,
            "update_time": user.update_time,
        }),
        &["sysadmin_flag", "admin_role_in_auth"],
    )
}

fn check_password(password: &str) -> Result<(), Failure> {
    if (8..=128).contains(&password.chars().count()) && crate::harbor::secrets::has_every_kind(password) {
        return Ok(());
    }
    Err(Failure::bad_request(
        "the password or secret must be 8-128, inclusively, characters long with at least 1 uppercase letter, 1 lowercase letter and 1 number",
    ))
}

impl Profile {
    /// Checks what a profile has beside the name.
    fn check(&self) -> Result<(), Failure> {
        if self.email.is_empty() {
            return Err(Failure::bad_request("email can't be empty"));
        }
        if !EMAIL.as_ref().is_some_and(|form| form.is_match(&self.email)) {
            return Err(Failure::bad_request("email with illegal format"));
        }
        if !(1..=255).contains(&self.realname.chars().count()) {
            return Err(Failure::bad_request("realname with illegal length"));
        }
        if self.realname.contains([',', '~', '#', '$', '%']) {
            return Err(Failure::bad_request("realname contains illegal characters"));
        }
        if self.comment.chars().count() > 30 {
            return Err(Failure::bad_request("comment with illegal length"));
        }
        Ok(())
    }

    fn check_lengths(&self) -> Result<(), Failure> {
        for (name, value) in [("email", &self.email), ("username", &self.username)] {
            if value.chars().count() > 255 {
                return Err(Failure::invalid_model(format!("{name} in body should be at most 255 chars long")));
            }
        }
        Ok(())
    }
}

/// `POST /users`: by administrators only, whatever the setting of self registration says.
fn create(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let new: Profile = call.request.body("userReq", &NEW_USER)?;
    new.check_lengths()?;
    if call.caller == Caller::Anonymous && call.state.flag_setting("self_registration") {
        return Err(Failure::forbidden_saying("self-registration cannot be triggered via API"));
    }
    call.require_system("user", "create")?;
    check_password(&new.password)?;
    if new.username.is_empty() {
        return Err(Failure::bad_request("username with illegal length"));
    }
    if new.username.contains([',', '"', '~', '#', '$', '%']) {
        return Err(Failure::bad_request("username contains illegal characters"));
    }
    new.check()?;
    let is_taken = |user: &User| user.username == new.username || (!user.email.is_empty() && user.email == new.email);
    if call.state.users.iter().any(|(_, user)| is_taken(user)) {
        call.state.users.take_id();
        let problem = format!("user {} or email {} already exists", new.username, new.email);
        return Err(Failure::conflict(problem));
    }
    let now = call.state.now();
    let id = call.state.users.insert(User {
        username: new.username,
        password: new.password,
        email: new.email,
        realname: new.realname,
        comment: new.comment,
        creation_time: now,
        update_time: now,
        ..User::default()
    });
    Ok(Reply::created(call.location(id), None))
}

/// `GET /users`, by name, without the first administrator.
fn list(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let listing = Listing::bind(call.request)?;
    call.require_system("user", "list")?;
    let mut filters = listing.filters()?;
    for key in ["username", "email"] {
        if let Some(value) = call.request.parameter(key).filter(|value| !value.is_empty()) {
            filters.and(key, Condition::Fuzzy(value.into()));
        }
    }
    let rows = call.state.users.iter().filter(|(id, user)| !is_first(*id) && !user.deleted);
    let mut rows: Vec<(i64, &User)> = rows.collect();
    rows.sort_by(|left, right| left.1.username.cmp(&right.1.username));
    let page = listing.select(rows, &filters, |(id, user), key| column(*id, user, key));
    let rows = page.rows.into_iter().map(|(id, user)| shown(id, user)).collect();
    Ok(Reply::page(rows, page.total, page.link))
}

fn column(id: i64, user: &User, key: &str) -> Option<Column> {
    Some(match key {
        "userid" => Column::Number(id),
        "username" => Column::Text(user.username.clone()),
        "email" => Column::Text(user.email.clone()),
        "realname" => Column::Text(user.realname.clone()),
        "comment" => Column::Text(user.comment.clone()),
        "sysadminflag" => Column::Text(user.sysadmin.to_string()),
        "creationtime" => Column::Text(user.creation_time.sortable()),
        "updatetime" => Column::Text(user.update_time.sortable()),
        _ => return None,
    })
}

/// Checks that the caller may do something to a user: to oneself, or as an administrator.
fn require_self_or(call: &Call<'_>, id: i64, action: &str) -> Result<(), Failure> {
    if call.caller == Caller::User(id) { Ok(()) } else { call.require_system("user", action) }
}

fn find(call: &Call<'_>, id: i64, words: &str) -> Result<User, Failure> {
    let found = call.state.users.get(id).filter(|user| !user.deleted).cloned();
    found.ok_or_else(|| Failure::not_found(format!("{words} {id} not found")))
}

/// A user who may be deleted: their profile can still be changed, which nobody sees.
fn find_row(call: &Call<'_>, id: i64) -> Result<User, Failure> {
    let found = call.state.users.get(id).cloned();
    found.ok_or_else(|| Failure::not_found(format!("user with id {id} not found")))
}

fn store(call: &mut Call<'_>, id: i64, mut user: User) -> Reply {
    user.update_time = call.state.now();
    if let Some(row) = call.state.users.get_mut(id) {
        *row = user;
    }
    Reply::empty()
}

/// `GET /users/{id}`. The server panics where nobody is logged in.
fn show(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let id = call.id("user_id")?;
    call.require_known().map_err(|_| Failure::crash())?;
    require_self_or(call, id, "read")?;
    let user = find(call, id, "user")?;
    Ok(Reply::json(shown(id, &user)))
}

/// `PUT /users/{id}`: mail address, name and comment, whole. The server panics where nobody is logged in.
fn update(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let id = call.id("user_id")?;
    let new: Profile = call.request.body("profile", &CHANGED_USER)?;
    new.check_lengths()?;
    call.require_known().map_err(|_| Failure::crash())?;
    require_self_or(call, id, "update")?;
    new.check()?;
    let mut user = find_row(call, id)?;
    let has_it = |(other, row): (i64, &User)| other != id && row.email == new.email;
    if call.state.users.iter().any(has_it) {
        return Err(Failure::internal());
    }
    (user.email, user.realname, user.comment) = (new.email, new.realname, new.comment);
    Ok(store(call, id, user))
}

/// `PUT /users/{id}/sysadmin`.
fn set_administrator(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let id = call.id("user_id")?;
    let new: Switch = call.request.body("sysadminFlag", &SWITCH)?;
    call.require_system("user", "update")?;
    let mut user = find_row(call, id)?;
    user.sysadmin = new.sysadmin_flag;
    Ok(store(call, id, user))
}

/// `PUT /users/{id}/password`: of oneself with the old one, of others as an administrator.
fn set_password(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let id = call.id("user_id")?;
    let new: Passwords = call.request.body("password", &PASSWORDS)?;
    call.require_known()?;
    require_self_or(call, id, "update")?;
    let mut user = find(call, id, "user")?;
    if call.caller == Caller::User(id) && new.old_password != user.password {
        return Err(Failure::forbidden_saying("Current password is incorrect"));
    }
    check_password(&new.new_password)?;
    if new.new_password == user.password {
        return Err(Failure::bad_request("New password is identical to old password"));
    }
    user.password = new.new_password;
    Ok(store(call, id, user))
}

/// `DELETE /users/{id}`: also of the user's memberships. The row stays under another name, so that the name is free.
fn delete(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let id = call.id("user_id")?;
    call.require_system("user", "delete")?;
    if is_first(id) || call.caller == Caller::User(id) {
        return Err(Failure::forbidden_saying(format!("User with ID {id} cannot be deleted")));
    }
    let mut user = find(call, id, "user")?;
    user.deleted = true;
    user.username = format!("{}#{id}", user.username);
    user.email = format!("{}#{id}", user.email);
    call.state.members.remove_if(|member| member.user_id == id);
    Ok(store(call, id, user))
}

/// `GET /users/current`: 412 for a robot, which is no user.
fn current_user(call: &mut Call<'_>) -> Result<Reply, Failure> {
    call.require_known()?;
    let Caller::User(id) = call.caller else {
        return Err(Failure::precondition("get current user not available for security context: robot"));
    };
    let user = call.state.users.get(id).ok_or_else(Failure::unauthorized)?;
    Ok(Reply::json(shown(id, user)))
}
