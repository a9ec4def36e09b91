//! What may become of a plan: `AssertObjectCompatible`.

use std::collections::BTreeMap;

use super::{Checker, Violation, attribute};
use crate::path::Step;
use crate::schema::{Block, BlockNesting, NestedBlock, Schema};
use crate::value::{Type, Value, ValueSet};

/// Checks that a value is what a plan announced: what was known is the same, what was unknown has become something within
/// what was known of it. The value is the state after apply, or a second plan (where what was unknown may still be).
///
/// Both must be of the schema's type.
pub fn assert_object_compatible(schema: &Schema, planned: &Value, actual: &Value) -> Vec<Violation> {
    let mut checker = Checker::default();
    checker.compatible_block(&schema.block, planned, actual);
    checker.found
}

fn agree(check: impl FnOnce(&mut Checker)) -> bool {
    let mut checker = Checker::default();
    check(&mut checker);
    checker.found.is_empty()
}

impl Checker {
    fn compatible_block(&mut self, block: &Block, planned: &Value, actual: &Value) {
        match (planned.is_null(), actual.is_null()) {
            (true, true) => return,
            (true, false) => return self.fail("was planned to be absent, but is there"),
            (false, true) => return self.fail("was planned to be there, but is absent"),
            (false, false) => {}
        }
        for a in &block.attributes {
            let (planned, actual) = (attribute(planned, &a.name), attribute(actual, &a.name));
            self.at_attribute(&a.name, |c| c.compatible(&a.ty(), planned, actual));
        }
        for b in &block.blocks {
            let (planned, actual) = (attribute(planned, &b.name), attribute(actual, &b.name));
            self.at_attribute(&b.name, |c| c.compatible_blocks(b, planned, actual));
        }
    }

    fn compatible_blocks(&mut self, nested: &NestedBlock, planned: &Value, actual: &Value) {
        let block = &nested.block;
        if let BlockNesting::Single | BlockNesting::Group = nested.nesting {
            // Blocks of an unknown number may have become none.
            if !(planned.is_unknown() && actual.is_null()) {
                self.compatible_block(block, planned, actual);
            }
            return;
        }
        match (planned.bare(), actual.bare()) {
            (Value::List(planned), Value::List(actual)) => {
                if planned.len() != actual.len() {
                    return self.fail(format!("{} blocks were planned, there are {}", planned.len(), actual.len()));
                }
                for (i, (planned, actual)) in planned.iter().zip(actual).enumerate() {
                    self.at(Step::Index(i), |c| c.compatible_block(block, planned, actual));
                }
            }
            (Value::Map(planned), Value::Map(actual)) => {
                self.same_elements(planned, actual);
                for (key, planned) in planned {
                    if let Some(actual) = actual.get(key) {
                        self.at(Step::Key(key.clone()), |c| c.compatible_block(block, planned, actual));
                    }
                }
            }
            (Value::Set(planned), Value::Set(actual)) => {
                self.sets(planned, actual, |planned, actual| agree(|c| c.compatible_block(block, planned, actual)));
            }
            _ => {}
        }
    }

    fn compatible(&mut self, ty: &Type, planned: &Value, actual: &Value) {
        if *ty == Type::Dynamic {
            return self.compatible_dynamic(planned, actual);
        }
        if let Value::Unknown(known) = planned {
            // What is still unknown can keep every promise.
            if let (false, Err(broken)) = (actual.is_unknown(), known.admits(actual)) {
                self.fail(format!("is {}, but {broken}", actual.kind()));
            }
            return;
        }
        match (planned, actual, ty) {
            (Value::Null, Value::Null, _) => {}
            (_, Value::Null, _) => self.fail(format!("was planned as {}, but is null", planned.kind())),
            (Value::Null, _, _) => self.fail(format!("was planned as null, but is {}", actual.kind())),
            (_, Value::Unknown(_), _) => self.fail(format!("was planned as {}, but is unknown", planned.kind())),
            (Value::List(planned), Value::List(actual), _) => self.compatible_lists(ty, planned, actual),
            (Value::Map(planned), Value::Map(actual), Type::Map(element)) => {
                self.same_elements(planned, actual);
                for (key, planned) in planned {
                    if let Some(actual) = actual.get(key) {
                        self.at(Step::Key(key.clone()), |c| c.compatible(element, planned, actual));
                    }
                }
            }
            (Value::Object(planned), Value::Object(actual), Type::Object(types)) => {
                for (name, ty) in types {
                    if let (Some(planned), Some(actual)) = (planned.get(name), actual.get(name)) {
                        self.at_attribute(name, |c| c.compatible(ty, planned, actual));
                    }
                }
            }
            (Value::Set(planned), Value::Set(actual), Type::Set(element)) => {
                self.sets(planned, actual, |planned, actual| agree(|c| c.compatible(element, planned, actual)));
            }
            _ if planned == actual => {}
            _ if planned.kind() == actual.kind() => {
                self.fail(format!("is not the same value as was planned ({})", planned.kind()));
            }
            _ => self.fail(format!("was planned as {}, but is {}", planned.kind(), actual.kind())),
        }
    }

    /// A value that brings its type. Where the plan left the type open, anything may come of it.
    fn compatible_dynamic(&mut self, planned: &Value, actual: &Value) {
        match (planned, actual) {
            (Value::Dynamic(planned), Value::Dynamic(actual)) if fits(&actual.0, &planned.0) => {
                self.compatible(&planned.0, &planned.1, &actual.1);
            }
            (Value::Dynamic(planned), _) => {
                self.fail(format!("is not of the type that was planned ({})", planned.0.kind()))
            }
            _ => {}
        }
    }

    fn compatible_lists(&mut self, ty: &Type, planned: &[Value], actual: &[Value]) {
        for (i, (planned, actual)) in planned.iter().zip(actual).enumerate() {
            let element = match ty {
                Type::List(element) => &**element,
                Type::Tuple(types) => types.get(i).unwrap_or(&Type::Dynamic),
                _ => return,
            };
            self.at(Step::Index(i), |c| c.compatible(element, planned, actual));
        }
        for i in actual.len()..planned.len() {
            self.at(Step::Index(i), |c| c.fail("an element that was planned is missing"));
        }
        for i in planned.len()..actual.len() {
            self.at(Step::Index(i), |c| c.fail("an element that was not planned"));
        }
    }

    fn same_elements(&mut self, planned: &BTreeMap<String, Value>, actual: &BTreeMap<String, Value>) {
        for key in planned.keys().filter(|key| !actual.contains_key(*key)) {
            self.at(Step::Key(key.clone()), |c| c.fail("an element that was planned is missing"));
        }
        for key in actual.keys().filter(|key| !planned.contains_key(*key)) {
            self.at(Step::Key(key.clone()), |c| c.fail("an element that was not planned"));
        }
    }

    /// Elements of sets are told apart by their values only: each one planned must have at least one counterpart that
    /// agrees with it, and the other way round. There may be fewer of them once all are known, never more.
    fn sets(&mut self, planned: &ValueSet, actual: &ValueSet, agree: impl Fn(&Value, &Value) -> bool) {
        // Only a plan that is not wholly known can agree with something other than itself.
        let (known, open): (Vec<_>, Vec<_>) = planned.iter().partition(|element| element.is_wholly_known());
        let lost =
            known.iter().any(|p| !actual.contains(p)) || open.iter().any(|p| !actual.iter().any(|a| agree(p, a)));
        if lost {
            self.fail("an element that was planned has no counterpart");
        }
        if actual.iter().any(|a| !planned.contains(a) && !open.iter().any(|p| agree(p, a))) {
            self.fail("an element has no counterpart in the plan");
        }
        if planned.len() < actual.len() {
            self.fail(format!("{} elements were planned, there are {}", planned.len(), actual.len()));
        }
    }
}

/// Whether a type is another one, but for what that leaves open.
fn fits(actual: &Type, planned: &Type) -> bool {
    match (actual, planned) {
        (_, Type::Dynamic) => true,
        (Type::List(a), Type::List(p)) | (Type::Set(a), Type::Set(p)) | (Type::Map(a), Type::Map(p)) => fits(a, p),
        (Type::Object(a), Type::Object(p)) => {
            a.keys().eq(p.keys()) && a.values().zip(p.values()).all(|(a, p)| fits(a, p))
        }
        (Type::Tuple(a), Type::Tuple(p)) => a.len() == p.len() && a.iter().zip(p).all(|(a, p)| fits(a, p)),
        _ => actual == planned,
    }
}
