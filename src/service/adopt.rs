//! Words for what exists already, and is not taken over.

use crate::framework::Error;

/// The refusal to create what is there already: `what` ("The permission of user bob in repository acme/app"), and how to take it over
/// on purpose.
pub fn exists_already(what: &str, type_name: &str, id: &str) -> Error {
    let detail = format!(
        "{what} exists already, and was not made by this resource: nothing was changed. To manage it, import it:\n\n  \
         terraform import {type_name}.NAME '{id}'\n\nwith the resource's own address in place of {type_name}.NAME."
    );
    Error::new(format!("{what} exists already"), detail)
}
