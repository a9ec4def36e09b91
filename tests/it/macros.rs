//! What the derives accept, and how they say what is wrong: each file of `tests/ui/fail/` has its errors beside it.

#[test]
fn the_derives_accept_good_models_and_explain_bad_ones() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}
