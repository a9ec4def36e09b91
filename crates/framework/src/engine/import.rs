//! How a resource comes into a state other than by creation: import, upgrade of an older state, move from another type.

use crate::author::{MoveFrom, Upgrade};
use crate::model::{Object, parse_id};
use crate::path::Path;
use crate::schema::IdentitySchema;
use crate::value::{Type, Value};
use crate::{Diagnostic, Diagnostics};

use super::definition::{Definition, ID};
use super::plan::fill_defaults;

/// The key attributes of what a user wants to import; all else null.
pub(super) fn stub(definition: &Definition, id: &str, identity: Option<&Value>) -> Result<Value, Diagnostic> {
    let keys = match identity.and_then(Value::as_object) {
        Some(identity) if id.is_empty() => identity.clone(),
        _ => parse_id(&definition.ids, &definition.schema, id)
            .map_err(|e| Diagnostic::error(format!("Invalid import id for {}", definition.type_name), e.0))?,
    };
    let mut state = whole(definition, keys);
    check_keys(definition, &state)?;
    if let Value::Object(object) = &mut state
        && object.contains_key(ID)
    {
        let rendered = definition.render_id(object);
        object.insert(ID.to_owned(), rendered);
    }
    Ok(state)
}

/// Keys must be such that the configuration that they come from could be valid.
fn check_keys(definition: &Definition, state: &Value) -> Result<(), Diagnostic> {
    for attribute in &definition.schema.block.attributes {
        let Some(value) = state.attribute(&attribute.name).filter(|v| !v.is_null()) else { continue };
        if let Some(problem) = attribute.checks.iter().find_map(|c| (c.test)(value).err()) {
            let detail = format!("`{}` cannot be right. {problem}", attribute.name);
            let summary = format!("Invalid import id for {}", definition.type_name);
            return Err(Diagnostic::error(summary, detail).at(attribute.name.as_str()));
        }
    }
    Ok(())
}

/// An object with every attribute of the schema: those given, else null.
pub(super) fn whole(definition: &Definition, mut given: Object) -> Value {
    let Type::Object(attributes) = definition.schema.ty() else { return Value::Object(given) };
    let pair = |name: &String| (name.clone(), given.remove(name).unwrap_or_default());
    Value::Object(attributes.keys().map(pair).collect())
}

/// A state of an older version, brought to the current one at once.
pub(super) fn upgrade(
    definition: &Definition,
    upgrades: &[Upgrade],
    version: i64,
    old: Object,
) -> Result<Value, Diagnostic> {
    let current = definition.schema.version;
    let name = &definition.type_name;
    let Some(found) = upgrades.iter().find(|u| u.from == version) else {
        let whose = if version == 0 { ", which is another provider's," } else { "" };
        let detail = format!(
            "The state holds {name} in version {version}{whose} and this provider can read version {current}. Remove it from the \
             state (`terraform state rm`) and import it again."
        );
        return Err(Diagnostic::error(format!("State of {name} cannot be upgraded"), detail));
    };
    let new =
        (found.upgrade)(old).map_err(|why| Diagnostic::error(format!("State of {name} cannot be upgraded"), why))?;
    conforming(definition, new)
}

/// An identity of an older version, brought to the current one at once. The version is the schema's, and goes up also where the
/// identity stays what it is: then nothing has to be done.
pub(super) fn upgrade_identity(
    type_name: &str,
    schema: &IdentitySchema,
    upgrades: &[Upgrade],
    version: i64,
    old: Object,
) -> Result<Value, Diagnostic> {
    let summary = || format!("Identity of {type_name} cannot be upgraded");
    let new = match upgrades.iter().find(|u| u.from == version) {
        Some(found) => (found.upgrade)(old).map_err(|why| Diagnostic::error(summary(), why))?,
        None => old,
    };
    let new = Value::Object(new);
    new.conforms(&schema.ty()).map_err(|(path, what)| {
        let detail = format!(
            "The state holds an identity of {type_name} in version {version}, which does not fit version {} ({path}: {what}). Remove \
             it from the state (`terraform state rm`) and import it again.",
            schema.version
        );
        Diagnostic::error(summary(), detail)
    })?;
    Ok(new)
}

/// A state of another type, taken over.
pub(super) fn take_over(
    definition: &Definition,
    moves: &[MoveFrom],
    source: (&str, &str),
    old: Object,
) -> Result<Value, Diagnostics> {
    let (provider, type_name) = source;
    let fits = |m: &&MoveFrom| m.type_name == type_name && provider.ends_with(m.provider);
    for found in moves.iter().filter(fits) {
        match (found.convert)(old.clone()) {
            Ok(Some(new)) => return conforming(definition, new).map_err(Diagnostics::from),
            Ok(None) => {}
            Err(why) => {
                let summary = format!("{type_name} cannot become {}", definition.type_name);
                return Err(Diagnostic::error(summary, why).into());
            }
        }
    }
    let known: Vec<String> = moves.iter().map(|m| format!("{} of {}", m.type_name, m.provider)).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let detail = format!(
        "A state of {type_name} (provider {provider}) cannot be taken over by {}. It can be moved from: {known}.",
        definition.type_name
    );
    Err(Diagnostic::error("Resource type cannot be moved", detail).into())
}

fn conforming(definition: &Definition, new: Object) -> Result<Value, Diagnostic> {
    let mut state = whole(definition, new);
    fill_defaults(&definition.schema, &state.clone(), &mut state);
    if let Value::Object(object) = &mut state
        && object.contains_key(ID)
    {
        let id = definition.render_id(object);
        object.insert(ID.to_owned(), id);
    }
    state.conforms(&definition.schema.ty()).map_err(|(path, what): (Path, String)| {
        Diagnostic::error("Bug in the provider", format!("The upgraded state does not fit: {what}")).at(path)
    })?;
    Ok(state)
}
