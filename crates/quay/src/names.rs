//! What Quay accepts as names, checked before it is asked.

use terraform_framework::schema::Check;
use terraform_framework::value::Value;
use terraform_framework::{PlanValue, Report, check};

/// True for a name of an organization, user, team or robot: lower-case letters and digits, with single `.`, `_`, `-` between them
/// (Quay's own expression: `^([a-z0-9]+(?:[._-][a-z0-9]+)*)$`).
fn is_plain(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    !name.is_empty() && name.split(['.', '_', '-']).all(|part| !part.is_empty() && part.chars().all(letter))
}

fn plain(kind: &'static str) -> Check {
    let what = "2 to 255 lower-case letters and digits, with single `.`, `_` or `-` between them";
    check::text(what, move |name| {
        if is_plain(name) && (2..=255).contains(&name.len()) {
            Ok(())
        } else {
            Err(format!("{name:?} cannot be the name of {kind}: it must be {}.", what.replace('`', "")))
        }
    })
}

/// The name of an organization or user.
pub(super) fn namespace() -> Check {
    plain("an organization or user")
}

/// The short name of a robot.
pub(super) fn robot() -> Check {
    plain("a robot")
}

/// The name of a team.
pub(super) fn team() -> Check {
    plain("a team")
}

/// The name of a user.
pub(super) fn user() -> Check {
    plain("a user")
}

/// The name of a user in a directory, which has rules of its own.
pub(super) fn of_directory() -> Check {
    check::text("a name as the directory has it, of 1 to 255 characters, without `/`", |name| {
        let length = name.chars().count();
        let segment = !matches!(name, "." | "..") && !name.contains(|c: char| c == '/' || c.is_control());
        match segment && (1..=255).contains(&length) {
            true => Ok(()),
            false => Err(format!(
                "Quay cannot be asked for {name:?}: a name must have 1 to 255 characters, of which none is \"/\" or a control character."
            )),
        }
    })
}

/// The full name of a robot: `acme+ci`.
pub(super) fn robot_username() -> Check {
    check::text("a robot's full name, such as `acme+ci`", |name| match name.split_once('+') {
        Some((namespace, short)) if [namespace, short].iter().all(|n| n.len() >= 2 && is_plain(n)) => Ok(()),
        _ => Err(format!("{name:?} is not a robot's full name, such as \"acme+ci\" (the robot's `username`).")),
    })
}

/// The name of a user, or the full name of a robot.
pub(super) fn user_or_robot() -> Check {
    check::text("a user's name, or a robot's full name such as `acme+ci`", |name| {
        if is_plain(name)
            || name.split_once('+').is_some_and(|(namespace, short)| is_plain(namespace) && is_plain(short))
        {
            Ok(())
        } else {
            Err(format!(
                "{name:?} is neither the name of a user nor the full name of a robot, such as \"acme+ci\" (the robot's `username`)."
            ))
        }
    })
}

/// A text without blanks at its ends, which Quay would take away.
pub(super) fn trimmed() -> Check {
    check::text("a text without blanks at its ends", |text| match text.trim() == text {
        true => Ok(()),
        false => Err(format!("{text:?} must not begin or end with a blank: Quay takes those away.")),
    })
}

/// An address with a scheme, or nothing.
pub(super) fn uri() -> Check {
    check::text("an address with its scheme, such as `https://ci.example.com/`, or empty", |text| {
        match text.is_empty() || url::Url::parse(text).is_ok() {
            true => Ok(()),
            false => Err(format!("{text:?} is not an address with its scheme, such as \"https://ci.example.com/\".")),
        }
    })
}

/// An e-mail address, or nothing.
pub(super) fn email() -> Check {
    check::text("an e-mail address (at most 255 characters), or empty", |address| match address {
        "" => Ok(()),
        address => require_short_address(address),
    })
}

/// An e-mail address, where there must be one.
pub(super) fn address() -> Check {
    check::text("an e-mail address (at most 255 characters)", require_short_address)
}

fn require_short_address(address: &str) -> Result<(), String> {
    match address.chars().count() {
        0..=255 => require_address(address),
        _ => Err("It has more than the 255 characters that Quay can store.".to_owned()),
    }
}

fn require_address(address: &str) -> Result<(), String> {
    let good = |(local, host): (&str, &str)| {
        !local.is_empty() && host.split('.').count() > 1 && host.split('.').all(|part| !part.is_empty())
    };
    let one_word = !address.contains(char::is_whitespace) && address.matches('@').count() == 1;
    match one_word && address.split_once('@').is_some_and(good) {
        true => Ok(()),
        false => Err(format!("{address:?} is not an e-mail address such as \"team@example.com\".")),
    }
}

/// Warns of what a check would refuse, where Quay takes it all the same: what it holds already must remain possible.
pub(super) fn doubt(report: &mut Report, name: &'static str, given: &PlanValue<String>, check: &Check) {
    if let Some(text) = given.known()
        && let Err(why) = (check.test)(&Value::from(text.as_str()))
    {
        report.warn(name, "Most likely not what is meant", format!("{why} Quay takes it all the same."));
    }
}

/// The name of a repository, which may be nested: `app`, `team/app`.
pub(super) fn repository() -> Check {
    let what = "1 to 255 lower-case letters, digits, `.`, `_`, `-`; `/` between nested names";
    check::text(what, move |name| {
        let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let segment = |s: &str| s.starts_with(letter) && s.chars().all(|c| letter(c) || matches!(c, '.' | '_' | '-'));
        if name.len() > 255 || !name.split('/').all(segment) {
            return Err(format!("{name:?} cannot be the name of a repository: it must be {}.", what.replace('`', "")));
        }
        match shadowed_by(name) {
            Some(part) => Err(format!(
                "{name:?} cannot be managed: Quay takes the end of its address for the {part:?} of another repository. Choose a name \
                 that does not end so."
            )),
            None => Ok(()),
        }
    })
}

/// What hangs on a repository, as routes below it (from Quay's own description). `*` is any one segment.
const BELOW_REPOSITORY: [&str; 45] = [
    "aggregatelogs",
    "authorizedemail/*",
    "autoprunepolicy",
    "autoprunepolicy/*",
    "build",
    "build/*",
    "build/*/logs",
    "build/*/status",
    "changestate",
    "changetrust",
    "changevisibility",
    "exportlogs",
    "immutabilitypolicy",
    "immutabilitypolicy/*",
    "logs",
    "manifest/*",
    "manifest/*/labels",
    "manifest/*/labels/*",
    "mirror",
    "mirror/health",
    "mirror/sync-cancel",
    "mirror/sync-now",
    "notification",
    "notification/*",
    "notification/*/test",
    "permissions/team",
    "permissions/team/*",
    "permissions/user",
    "permissions/user/*",
    "permissions/user/*/transitive",
    "signatures",
    "tag",
    "tag/*",
    "tag/*/expire",
    "tag/*/history",
    "tag/*/pull_statistics",
    "tag/*/restore",
    "tokens",
    "tokens/*",
    "trigger",
    "trigger/*",
    "trigger/*/*",
    "trigger/*/fields/*",
    "manifest/*/pull_statistics",
    "manifest/*/security",
];

/// The part of another repository that a repository's address stands for: `app1/tag` is read as the tags of `app1`. Quay creates
/// such repositories, and then they cannot be reached.
fn shadowed_by(name: &str) -> Option<&str> {
    let matches = |rest: &str| {
        BELOW_REPOSITORY.iter().any(|route| {
            route.split('/').count() == rest.split('/').count()
                && route.split('/').zip(rest.split('/')).all(|(known, given)| known == "*" || known == given)
        })
    };
    name.match_indices('/').map(|(at, _)| &name[at + 1..]).find(|rest| matches(rest))
}

/// The roles in a repository.
pub(super) const ROLES: &[&str] = &["read", "write", "admin"];

/// Roles by name, where each name passes a check.
pub(super) fn roles_by(name: Check) -> Check {
    check::value(format!("roles (`read`, `write` or `admin`) by {}", name.what), move |value| {
        let Value::Map(items) = value else { return Ok(()) };
        items.keys().try_for_each(|key| (name.test)(&Value::from(key)))
    })
}

#[cfg(test)]
mod tests {
    use super::{address, email, is_plain, repository, shadowed_by, user_or_robot};
    use terraform_framework::Value;

    #[test]
    fn a_name_that_hides_behind_a_route_is_refused() {
        for hidden in ["app1/tag", "a/b/tag/latest", "a/mirror", "a/permissions/user/bob", "a/trigger/x/start"] {
            assert!(shadowed_by(hidden).is_some(), "{hidden}");
        }
        for open in ["tag", "mirror", "team/app", "tag/app", "a/permissions", "a/tags", "a/manifest"] {
            assert_eq!(shadowed_by(open), None, "{open}");
        }
        let refused = (repository().test)(&Value::from("app1/tag"));
        assert!(refused.is_err_and(|why| why.contains("\"tag\" of another repository")));
    }

    #[test]
    fn repository_names_are_quays() {
        for (name, good) in
            [("a", true), ("x_", true), ("x..y", true), ("a/b/c", true), ("A", false), ("_a", false), ("a/", false)]
        {
            assert_eq!((repository().test)(&Value::from(name)).is_ok(), good, "{name}");
        }
    }

    #[test]
    fn plain_names_are_those_of_quays_expression() {
        for good in ["acme", "a-b", "a.b_c", "0x"] {
            assert!(is_plain(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "a..b", "Acme", "a b", "ä"] {
            assert!(!is_plain(bad), "{bad}");
        }
    }

    #[test]
    fn addresses_have_one_at_and_a_dot_behind_it() {
        let ok = |text: &str| (email().test)(&Value::String(text.to_owned())).is_ok();
        assert!(["", "a@b.c", "x.y+z@example.com"].into_iter().all(ok));
        let wrong = ["a", "a@b", "@b.c", "a@b.", "a b@c.d", "a@b@c.d"];
        assert!(!wrong.into_iter().any(ok));
        let required = |text: &str| (address().test)(&Value::String(text.to_owned())).is_ok();
        assert!(!ok(&format!("{}@b.c", "a".repeat(252))), "256 characters");
        assert!(required("a@b.c") && !wrong.into_iter().any(required) && !required(""));
        assert!(!required(&format!("{}@b.c", "a".repeat(252))), "256 characters");
    }

    #[test]
    fn members_are_users_or_robots() {
        let ok = |text: &str| (user_or_robot().test)(&Value::String(text.to_owned())).is_ok();
        assert!(["alice", "acme+ci"].into_iter().all(ok));
        assert!(!["", "Alice", "acme+", "+ci", "acme+ci+x"].into_iter().any(ok));
    }
}
