//! What the keys of objects must not hold. Terraform prints ids and identities as they are, so that a control character in one of them would
//! steer the terminal. They are not escaped: an import needs the very id.

use crate::Diagnostic;
use crate::steering::is_steering;
use crate::value::Value;

use super::definition::{Definition, Operation};

/// Refuses keys that are known before anything is sent.
pub(super) fn check_given(definition: &Definition, value: &Value) -> Result<(), Diagnostic> {
    let Some((name, c)) = steering_key(definition, value) else { return Ok(()) };
    let detail = format!(
        "`{name}` is a part of what Terraform prints as the ID of {}, and holds {}, which would steer the terminal. Nothing was sent. Use a \
         value without control characters and invisible characters.",
        definition.type_name,
        c.escape_unicode()
    );
    Err(Diagnostic::error("An ID cannot hold control characters", detail).at(name))
}

/// Refuses keys that a server gave. No registry gives such ones, so the answer is another's; nothing of it is stored, and whether a write was
/// done is as unknown as without an answer.
pub(super) fn check_answered(
    definition: &Definition,
    value: &Value,
    operation: Option<Operation>,
) -> Result<(), Diagnostic> {
    let Some((name, c)) = steering_key(definition, value) else { return Ok(()) };
    let (kind, shown) = (&definition.type_name, c.escape_unicode());
    let outcome = match operation {
        Some(Operation::Create) => {
            "The object may have been created; nothing is stored in the state. Look for it on the server and delete it there before you apply \
             again."
        }
        Some(Operation::Update) => "The change may have been made. The state stays as it was before.",
        _ => "The state stays as it was.",
    };
    let detail = format!(
        "The server gave a `{name}` that holds {shown}. It is a part of what Terraform prints as the object's ID, and would steer the terminal. \
         A registry gives no such IDs: something else answered in its place. {outcome}\n\nWhat to do: check `url` and the proxies before the \
         server."
    );
    Err(Diagnostic::error(format!("The answer about {kind} has an ID with control characters"), detail))
}

/// A known part of the id or the identity that would steer a terminal, and by which character.
fn steering_key<'a>(definition: &'a Definition, value: &Value) -> Option<(&'a str, char)> {
    let of_id = definition.ids.iter().flat_map(|template| template.fields());
    let of_identity = definition.identity.iter().flat_map(|schema| &schema.attributes).map(|key| key.name.as_str());
    of_id
        .chain(of_identity)
        .find_map(|name| Some((name, value.attribute(name)?.as_str()?.chars().find(|c| is_steering(*c))?)))
}
