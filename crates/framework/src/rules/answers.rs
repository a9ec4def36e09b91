//! All that Terraform checks in whole answers: of planning, applying, reading, and of identities.

use super::{Checker, Violation, assert_object_compatible, assert_plan_valid, attribute};
use crate::path::{Path, Step};
use crate::schema::{Attribute, Block, IdentitySchema, Schema, Shape};
use crate::value::Value;

/// Checks the answer to `PlanResourceChange`: type, write-only attributes, [`assert_plan_valid`], and that what forces a
/// replacement is there. Prior state is null on create; configuration and plan are null on destroy.
pub fn check_plan(
    schema: &Schema,
    prior: &Value,
    config: &Value,
    planned: &Value,
    requires_replace: &[Path],
) -> Vec<Violation> {
    let mut checker = Checker::default();
    if !checker.of_type(schema, planned) {
        return checker.found;
    }
    checker.no_write_only(&schema.block, planned);
    checker.found.extend(assert_plan_valid(schema, prior, config, planned));
    if !prior.is_null() && !planned.is_null() {
        for path in requires_replace.iter().filter(|path| !leads(prior, path) && !leads(planned, path)) {
            let rule = "forces a replacement, but is neither in the prior state nor in the plan".to_owned();
            checker.found.push(Violation { path: path.clone(), rule });
        }
    }
    checker.found
}

/// Checks a second plan, made during apply, against the first: it must do the same (or nothing, where the first one was an
/// update), and may only know more.
pub fn check_replanned(schema: &Schema, prior: &Value, first: &Value, second: &Value) -> Vec<Violation> {
    #[derive(PartialEq, Eq, Clone, Copy)]
    enum Action {
        Nothing,
        Create,
        Update,
        Delete,
    }
    let action = |planned: &Value| match (prior.is_null(), planned.is_null()) {
        (true, true) => Action::Nothing,
        (true, false) => Action::Create,
        (false, true) => Action::Delete,
        (false, false) if prior == planned => Action::Nothing,
        (false, false) => Action::Update,
    };
    let mut checker = Checker::default();
    match (action(first), action(second)) {
        (first, second) if first == second => {}
        (Action::Update, Action::Nothing) => {}
        _ => checker.fail("the second plan does something else than the first"),
    }
    checker.found.extend(assert_object_compatible(schema, first, second));
    checker.found
}

/// Checks the answer to `ApplyResourceChange`: type (and nothing more when that is wrong), write-only attributes, that all is
/// known, [`assert_object_compatible`], and that the resource is there, or gone, as planned.
pub fn check_applied(schema: &Schema, planned: &Value, new: &Value) -> Vec<Violation> {
    let mut checker = Checker::default();
    if !checker.of_type(schema, new) {
        return checker.found;
    }
    match (planned.is_null(), new.is_null()) {
        (true, false) => checker.fail("the resource was to be destroyed, but the answer is not null"),
        (false, true) => checker.fail("the resource was to be there, but the answer is null"),
        _ => {}
    }
    checker.no_write_only(&schema.block, new);
    checker.wholly_known(new);
    if checker.found.is_empty() && !planned.is_null() {
        checker.found.extend(assert_object_compatible(schema, planned, new));
    }
    checker.found
}

/// Checks any other state that a provider answers with, of read, import, move, upgrade, or a data source: type, write-only
/// attributes, and that all is known. Null is in order here.
pub fn check_state(schema: &Schema, state: &Value) -> Vec<Violation> {
    let mut checker = Checker::default();
    if checker.of_type(schema, state) {
        checker.no_write_only(&schema.block, state);
        checker.wholly_known(state);
    }
    checker.found
}

/// When an identity is answered, and so what it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityStage {
    /// In the plan of a creation or replacement: it may be absent, and may be unknown.
    PlannedNew,
    /// In the plan of an update or destruction: it may be absent, but not unknown.
    Planned,
    /// After create, read, update and import: it must be there and known.
    Final,
}

/// Checks an identity; `schema` is that of the resource type, if it has one. Terraform tolerates a missing one, which would
/// leave the resource without; here it is an error where it could be known.
pub fn check_identity(
    schema: Option<&IdentitySchema>,
    identity: Option<&Value>,
    stage: IdentityStage,
) -> Vec<Violation> {
    let mut checker = Checker::default();
    let identity = identity.filter(|identity| !is_empty(identity));
    match (schema, identity) {
        (None, None) => {}
        (None, Some(_)) => checker.fail("an identity, but the resource has no identity schema"),
        (Some(_), None) if stage != IdentityStage::Final => {}
        (Some(_), None) => checker.fail("the identity is missing"),
        (Some(schema), Some(identity)) => match identity.conforms(&schema.ty()) {
            Err((path, rule)) => checker.found.push(Violation { path, rule }),
            Ok(()) if stage != IdentityStage::PlannedNew => checker.wholly_known(identity),
            Ok(()) => {}
        },
    }
    checker.found
}

fn is_empty(identity: &Value) -> bool {
    identity.is_null() || identity.as_object().is_some_and(|attributes| attributes.values().all(Value::is_null))
}

/// Whether a path leads to something, be it null. Within something unknown all may yet be there.
fn leads(value: &Value, path: &Path) -> bool {
    let mut value = value.bare();
    for step in &path.0 {
        let next = match (value, step) {
            (Value::Unknown(_), _) => return true,
            (Value::Object(object), Step::Attribute(name)) => object.get(name),
            (Value::Map(map), Step::Key(key)) => map.get(key),
            (Value::List(list), Step::Index(index)) => list.get(*index),
            _ => None,
        };
        let Some(next) = next else { return false };
        value = next.bare();
    }
    true
}

impl Checker {
    fn of_type(&mut self, schema: &Schema, value: &Value) -> bool {
        match value.conforms(&schema.ty()) {
            Ok(()) => true,
            Err((path, rule)) => {
                self.found.push(Violation { path, rule });
                false
            }
        }
    }

    fn wholly_known(&mut self, value: &Value) {
        value.walk(&mut |path, part| {
            if let Value::Unknown(_) = part {
                self.found
                    .push(Violation { path: path.clone(), rule: "is unknown, where all must be known".to_owned() });
            }
            true
        });
    }

    fn no_write_only(&mut self, block: &Block, value: &Value) {
        self.no_write_only_attributes(&block.attributes, value);
        for nested in &block.blocks {
            let blocks = attribute(value, &nested.name);
            self.at_attribute(&nested.name, |c| c.each(blocks, |c, element| c.no_write_only(&nested.block, element)));
        }
    }

    fn no_write_only_attributes(&mut self, attributes: &[Attribute], value: &Value) {
        // What is unknown as a whole is not there yet.
        if value.is_null() || value.is_unknown() {
            return;
        }
        for a in attributes {
            let value = attribute(value, &a.name);
            self.at_attribute(&a.name, |c| {
                if a.write_only && !value.is_null() {
                    c.fail("write-only, so it must be null in plan and state");
                } else if let Shape::Nested(_, inner) = &a.shape {
                    c.each(value, |c, element| c.no_write_only_attributes(inner, element));
                }
            });
        }
    }

    /// Checks an object, or each element of a collection.
    fn each(&mut self, value: &Value, mut check: impl FnMut(&mut Self, &Value)) {
        match value.bare() {
            Value::List(list) => {
                list.iter().enumerate().for_each(|(i, v)| self.at(Step::Index(i), |c| check(c, v)));
            }
            Value::Map(map) => map.iter().for_each(|(key, v)| self.at(Step::Key(key.clone()), |c| check(c, v))),
            Value::Set(set) => set.iter().for_each(|v| check(self, v)),
            object => check(self, object),
        }
    }
}
