//! Checks of configurations. Unknown values break nothing: they are checked again when they are known.

use crate::author::Report;
use crate::path::Path;
use crate::schema::{Block, Mode, Rule, Schema};
use crate::value::Value;

use super::walk;

/// What Terraform leaves to providers: required and null, computed and set, write-only with an old client; then every
/// attribute's own checks, and the rules between them.
pub(super) fn check(schema: &Schema, config: &Value, write_only_allowed: bool, report: &mut Report) {
    // A walk needs something to write to; validation changes nothing of it.
    let mut copy = config.clone();
    walk::attributes(&schema.block, config, &Value::Null, &mut copy, &mut |stop, value| {
        let attribute = stop.attribute;
        let path = || stop.path.clone();
        if value.is_null() {
            if attribute.mode == Mode::Required {
                let detail = format!("`{}` is required, but it is null.", stop.path);
                report.error(path(), "Missing value of a required argument", detail);
            }
            return;
        }
        if attribute.mode == Mode::Computed {
            let detail = format!("`{}` is set by the provider; remove it from the configuration.", stop.path);
            report.error(path(), "Value for a read-only attribute", detail);
            return;
        }
        if attribute.write_only && !write_only_allowed {
            let detail = format!(
                "`{}` is write-only: it is never stored. This Terraform or OpenTofu does not know such arguments; it takes 1.11 or \
                 newer. With this version, use the argument without `_wo`, which is kept in the state.",
                stop.path
            );
            report.error(path(), "Write-only argument needs a newer Terraform", detail);
            return;
        }
        if let Some(instead) = &attribute.deprecated {
            report.warn(path(), "Deprecated argument", format!("`{}` is deprecated. {instead}", stop.path));
        }
        if value.is_unknown() {
            return;
        }
        for problem in attribute.checks.iter().filter_map(|c| (c.test)(value).err()) {
            report.error(path(), "Invalid value", format!("`{}` cannot be right. {problem}", stop.path));
        }
    });
    check_deprecation(&schema.block, report);
    for rule in &schema.rules {
        check_rule(rule, config, report);
    }
}

fn check_deprecation(block: &Block, report: &mut Report) {
    if let Some(instead) = &block.deprecated {
        report.warn_all("Deprecated", instead.clone());
    }
}

/// How many of some attributes are set, for certain and at most.
struct Count<'a> {
    set: Vec<&'a str>,
    unknown: usize,
}

impl<'a> Count<'a> {
    fn of(names: &'a [String], config: &Value) -> Self {
        let value = |name: &str| config.attribute(name).cloned().unwrap_or_default();
        let set = names.iter().map(String::as_str).filter(|n| !value(n).is_null() && !value(n).is_unknown()).collect();
        let unknown = names.iter().filter(|n| value(n).is_unknown()).count();
        Self { set, unknown }
    }

    fn possible(&self) -> usize {
        self.set.len() + self.unknown
    }
}

fn check_rule(rule: &Rule, config: &Value, report: &mut Report) {
    match rule {
        Rule::ExactlyOneOf(names) => {
            check_conflict(names, config, report);
            if Count::of(names, config).possible() == 0 {
                missing(names, "Set exactly one of", report);
            }
        }
        Rule::AtLeastOneOf(names) => {
            if Count::of(names, config).possible() == 0 {
                missing(names, "Set at least one of", report);
            }
        }
        Rule::Conflicting(names) => check_conflict(names, config, report),
        Rule::Together(names) => {
            let count = Count::of(names, config);
            if !count.set.is_empty() && count.possible() < names.len() {
                let detail = format!("Set all of {}, or none.", list(names));
                report.error(Path::attribute(count.set[0]), "Arguments that belong together", detail);
            }
        }
        Rule::Requires(names) => {
            let Some((first, others)) = names.split_first() else { return };
            let is_set = Count::of(std::slice::from_ref(first), config).set.len() == 1;
            if is_set && Count::of(others, config).possible() < others.len() {
                let detail = format!("`{first}` is set, so {} must be too.", list(others));
                report.error(first.as_str(), "Arguments that belong together", detail);
            }
        }
    }
}

fn check_conflict(names: &[String], config: &Value, report: &mut Report) {
    let count = Count::of(names, config);
    if let [first, _, ..] = count.set[..] {
        let set: Vec<String> = count.set.iter().map(|n| (*n).to_owned()).collect();
        let detail = format!("Only one of {} can be set; {} are.", list(names), list(&set));
        report.error(first, "Arguments that exclude each other", detail);
    }
}

fn missing(names: &[String], what: &str, report: &mut Report) {
    let detail = format!("{what} {}.", list(names));
    report.error(names.first().map_or("", String::as_str), "Missing argument", detail);
}

fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.join(""),
    }
}
