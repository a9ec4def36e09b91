//! Whole answers, and identities.

use super::super::{IdentityStage, check_applied, check_identity, check_plan, check_replanned, check_state};
use super::*;
use crate::Path;
use crate::path::Step;
use crate::schema::{IdentityAttribute, IdentitySchema};

fn schema() -> Schema {
    of(vec![text("a", Mode::Optional), text("b", Mode::Computed)])
}

#[test]
fn plan_is_of_the_schemas_type() {
    let found = check_plan(&schema(), &NULL, &ab("x", NULL), &a("x"), &[]);
    fails(&found, "attribute \"b\" is missing");
    fails(&check_plan(&schema(), &NULL, &ab("x", NULL), &ab("x", true), &[]), "b: a bool, where a string is needed");
}

#[test]
fn plan_holds_no_write_only_value() {
    let inner = || vec![write_only("a"), text("b", Mode::Optional)];
    let schema = with_blocks(
        vec![nested("n", Nesting::Map, Mode::Optional, inner())],
        vec![blocks("l", BlockNesting::List, inner())],
    );
    let value =
        |v: Value| Value::object([("n", Value::map([("k", ab(v.clone(), "x"))])), ("l", Value::list([ab(v, "x")]))]);
    let (config, planned) = (value("secret".into()), value(NULL));
    passes(&check_plan(&schema, &NULL, &config, &planned, &[]));
    let found = check_plan(&schema, &NULL, &config, &config, &[]);
    let rule = "write-only, so it must be null in plan and state";
    assert_eq!(shown(&found), [format!("n[\"k\"].a: {rule}"), format!("l[0].a: {rule}")]);
}

#[test]
fn what_forces_a_replacement_is_there() {
    let there = [Path::attribute("a"), Path::attribute("b")];
    passes(&check_plan(&schema(), &ab("x", "1"), &ab("y", NULL), &ab("y", "1"), &there));
    let found = check_plan(&schema(), &ab("x", "1"), &ab("y", NULL), &ab("y", "1"), &[Path::attribute("c")]);
    fails(&found, "c: forces a replacement, but is neither in the prior state nor in the plan");
    let element = Path::attribute("a").with(Step::Index(1));
    let list = of(vec![plain("a", Type::List(Box::new(Type::String)))]);
    let (one, two) = (a(Value::list(["x"])), a(Value::list(["x", "y"])));
    passes(&check_plan(&list, &one, &two, &two, std::slice::from_ref(&element)));
    passes(&check_plan(&list, &two, &one, &one, std::slice::from_ref(&element)));
    passes(&check_plan(&list, &one, &a(unknown()), &a(unknown()), std::slice::from_ref(&element)));
    assert_eq!(check_plan(&list, &one, &one, &one, &[element]).len(), 1);
}

#[test]
fn plan_obeys_assert_plan_valid() {
    assert_eq!(check_plan(&schema(), &NULL, &ab("x", NULL), &ab("y", NULL), &[]).len(), 1);
    passes(&check_plan(&schema(), &ab("x", "1"), &NULL, &NULL, &[]));
}

#[test]
fn second_plan_does_the_same_and_knows_more() {
    let first = ab("x", unknown());
    passes(&check_replanned(&schema(), &NULL, &first, &ab("x", "1")));
    passes(&check_replanned(&schema(), &NULL, &first, &first));
    let changed = "a: is not the same value as was planned (a string)";
    fails(&check_replanned(&schema(), &NULL, &first, &ab("y", unknown())), changed);
    // An update may turn out to be none.
    passes(&check_replanned(&schema(), &ab("x", "1"), &first, &ab("x", "1")));
    let found = check_replanned(&schema(), &ab("x", "1"), &ab("x", "1"), &ab("x", "2"));
    let action = "the second plan does something else than the first";
    assert_eq!(shown(&found), [action, "b: is not the same value as was planned (a string)"]);
}

#[test]
fn applied_state_is_of_the_schemas_type() {
    fails(&check_applied(&schema(), &ab("x", unknown()), &a("x")), "attribute \"b\" is missing");
}

#[test]
fn applied_state_holds_no_write_only_value() {
    let schema = of(vec![write_only("a")]);
    passes(&check_applied(&schema, &a(NULL), &a(NULL)));
    fails(&check_applied(&schema, &a(NULL), &a("x")), "a: write-only, so it must be null in plan and state");
}

#[test]
fn applied_state_is_wholly_known() {
    let found = check_applied(&schema(), &ab("x", unknown()), &ab("x", unknown()));
    fails(&found, "b: is unknown, where all must be known");
}

#[test]
fn applied_state_is_as_planned() {
    passes(&check_applied(&schema(), &ab("x", unknown()), &ab("x", "1")));
    let changed = "a: is not the same value as was planned (a string)";
    fails(&check_applied(&schema(), &ab("x", unknown()), &ab("y", "1")), changed);
}

#[test]
fn destroyed_is_null_and_nothing_else_is() {
    passes(&check_applied(&schema(), &NULL, &NULL));
    let found = check_applied(&schema(), &NULL, &ab("x", "1"));
    fails(&found, "the resource was to be destroyed, but the answer is not null");
    let found = check_applied(&schema(), &ab("x", unknown()), &NULL);
    fails(&found, "the resource was to be there, but the answer is null");
}

#[test]
fn state_that_was_read_is_wholly_known() {
    passes(&check_state(&schema(), &NULL));
    passes(&check_state(&schema(), &ab("drift", "1")));
    fails(&check_state(&schema(), &ab("x", unknown())), "b: is unknown, where all must be known");
    fails(&check_state(&of(vec![write_only("a")]), &a("x")), "a: write-only, so it must be null in plan and state");
    fails(&check_state(&schema(), &a("x")), "attribute \"b\" is missing");
}

fn identity() -> IdentitySchema {
    let attribute = |name: &str, ty: Type| IdentityAttribute {
        name: name.to_owned(),
        ty,
        doc: String::new(),
        required_for_import: true,
    };
    let attributes = vec![attribute("a", Type::String), attribute("b", Type::String)];
    IdentitySchema { version: 1, attributes }
}

const STAGES: [IdentityStage; 3] = [IdentityStage::PlannedNew, IdentityStage::Planned, IdentityStage::Final];

#[test]
fn identity_is_of_its_schemas_type() {
    for stage in STAGES {
        passes(&check_identity(Some(&identity()), Some(&ab("x", "y")), stage));
        fails(&check_identity(Some(&identity()), Some(&a("x")), stage), "attribute \"b\" is missing");
    }
}

#[test]
fn identity_is_wholly_known_but_in_plans_of_something_new() {
    let partly = ab("x", unknown());
    passes(&check_identity(Some(&identity()), Some(&partly), IdentityStage::PlannedNew));
    for stage in [IdentityStage::Planned, IdentityStage::Final] {
        fails(&check_identity(Some(&identity()), Some(&partly), stage), "b: is unknown, where all must be known");
    }
}

#[test]
fn identity_is_there_in_the_end() {
    for none in [None, Some(&NULL), Some(&ab(NULL, NULL))] {
        passes(&check_identity(Some(&identity()), none, IdentityStage::PlannedNew));
        passes(&check_identity(Some(&identity()), none, IdentityStage::Planned));
        fails(&check_identity(Some(&identity()), none, IdentityStage::Final), "the identity is missing");
    }
}

#[test]
fn identity_needs_a_schema() {
    for stage in STAGES {
        passes(&check_identity(None, None, stage));
        passes(&check_identity(None, Some(&NULL), stage));
        let expected = "an identity, but the resource has no identity schema";
        fails(&check_identity(None, Some(&ab("x", "y")), stage), expected);
    }
}
