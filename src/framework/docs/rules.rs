//! What must hold between arguments, in words.

use super::text::names;
use crate::framework::schema::{Rule, Schema};

/// One sentence for each rule.
pub(super) fn sentences(schema: &Schema) -> Vec<String> {
    schema.rules.iter().map(sentence).collect()
}

fn sentence(rule: &Rule) -> String {
    match rule {
        Rule::ExactlyOneOf(all) => format!("Exactly one of {} must be set.", names(all, "and")),
        Rule::AtLeastOneOf(all) => format!("At least one of {} must be set.", names(all, "and")),
        Rule::Conflicting(all) => format!("At most one of {} may be set.", names(all, "and")),
        Rule::Together(all) => format!("{} are set together or not at all.", names(all, "and")),
        Rule::Requires(all) => match all.split_first() {
            Some((first, rest)) => format!("`{first}` needs {}.", names(rest, "and")),
            None => String::new(),
        },
    }
}
