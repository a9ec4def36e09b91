//! Words for what resources refuse to do.

use terraform_framework::Error;

/// Something that is to be created is there already. Terraform does not take over what it did not make, unless it is told to: by an
/// import. `what` is the object with its kind (`team acme/devs`), `id` its import id.
pub fn exists_already(type_name: &str, what: &str, id: &str) -> Error {
    let detail = format!(
        "The {what} exists, and was not made by this resource. Nothing was changed. To manage it with Terraform from now on, import \
         it:\n\n  terraform import {type_name}.NAME '{id}'\n\n(with the resource's own address for {type_name}.NAME), or use an `import` \
         block."
    );
    Error::new(format!("The {what} exists already"), detail)
}

/// So many of anything are read at most, where a list is read page by page.
pub const MOST: usize = 100_000;

/// A list is longer than [`MOST`], or a server says for ever that there is more of it. `what` is read: `the notices of alice`.
pub fn endless(what: &str) -> Error {
    let detail = format!(
        "After {MOST} of them the server still says that there are more. It does not end the list, or something before it takes no notice \
         of which page is asked for: check the server, and the proxies before it."
    );
    Error::new(format!("Cannot read {what}: the list does not come to an end"), detail)
}

#[cfg(test)]
mod tests {
    use super::exists_already;

    #[test]
    fn the_import_command_is_given() {
        let error = exists_already("quay_team", "team acme/devs", "acme/devs");
        assert!(error.detail().contains("terraform import quay_team.NAME 'acme/devs'"));
        assert_eq!(error.summary(), "The team acme/devs exists already");
    }
}
