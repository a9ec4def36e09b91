//! What the derives say of wrong models: each file of `ui/` has its errors beside it.
//!
//! Nothing of the framework is needed for that, so that only the derives are compiled.

#[test]
fn wrong_models_are_explained_at_the_right_place() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
