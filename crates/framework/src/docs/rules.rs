//! What must hold between arguments, in words.

use super::text::names;
use crate::schema::{Rule, Schema};

/// A sentence for each rule; what another rule says already is left out.
pub(super) fn sentences(schema: &Schema) -> Vec<String> {
    let mut said = Vec::new();
    for (i, rule) in schema.rules.iter().enumerate() {
        let others = || schema.rules.iter().enumerate().filter(move |(j, _)| *j != i).map(|(_, other)| other);
        match rule {
            Rule::Conflicting(all) if others().any(|other| excludes(other, all)) => {}
            Rule::Requires(all) if all.len() == 2 => {
                let back = |other: &&Rule| matches!(other, Rule::Requires(o) if o.len() == 2 && o[0] == all[1] && o[1] == all[0]);
                match schema.rules.iter().position(|other| back(&other)) {
                    None => said.push(sentence(rule)),
                    Some(j) if j > i => said.push(sentence(&Rule::Together(all.clone()))),
                    Some(_) => {}
                }
            }
            _ => said.push(sentence(rule)),
        }
    }
    said
}

fn excludes(rule: &Rule, all: &[String]) -> bool {
    matches!(rule, Rule::ExactlyOneOf(names) if all.iter().all(|name| names.contains(name)))
}

/// Attributes that have to be chosen between: it is no matter of the server's what they are when they are not set.
pub(super) fn alternatives(schema: &Schema) -> Vec<String> {
    let chosen = |rule: &Rule| match rule {
        Rule::ExactlyOneOf(names) | Rule::AtLeastOneOf(names) => names.clone(),
        _ => Vec::new(),
    };
    schema.rules.iter().flat_map(chosen).collect()
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
