//! Markdown: paragraphs, lists of names, literals.

use crate::value::Value;

/// The same with each paragraph on one line, as doc comments are wrapped for the source's sake. Lists, tables and code keep
/// their lines.
pub(super) fn reflow(markdown: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut in_code = false;
    let mut open = false;
    for line in markdown.trim().lines() {
        let fence = line.trim_start().starts_with("```");
        let starts = line.trim().is_empty() || begins_block(line) || fence;
        match lines.last_mut() {
            Some(last) if open && !starts && !in_code => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => lines.push(line.to_owned()),
        }
        in_code ^= fence;
        open = !in_code && !fence && !line.trim().is_empty() && !line.starts_with(['|', '#']);
    }
    lines.join("\n")
}

/// True for an item of a list, a row of a table, a heading or a quotation.
fn begins_block(line: &str) -> bool {
    let numbered = line.split_once(". ").is_some_and(|(n, _)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let bullet = line.starts_with("- ") || line.starts_with("* ");
    bullet || numbered || line.starts_with(['|', '#', '>'])
}

/// The first paragraph on one line.
pub(super) fn summary(markdown: &str) -> String {
    markdown.trim().split("\n\n").next().map(reflow).unwrap_or_default()
}

/// For the inside of a list item: paragraphs run on.
pub(super) fn inline(markdown: &str) -> String {
    reflow(markdown).split("\n\n").collect::<Vec<_>>().join(" ")
}

/// "`a`, `b` and `c`".
pub(super) fn names(names: &[String], word: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// A value as it stands in a configuration.
pub(super) fn literal(value: &Value) -> String {
    match value {
        Value::Null | Value::Unknown(_) => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::String(text) => quoted(text),
        Value::List(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Set(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Map(items) | Value::Object(items) if items.is_empty() => "{}".to_owned(),
        Value::Map(items) | Value::Object(items) => {
            let pairs: Vec<String> = items.iter().map(|(k, v)| format!("{k} = {}", literal(v))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Dynamic(inner) => literal(&inner.1),
    }
}

/// A text literal.
pub(super) fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{}\"", escaped.replace("${", "$${").replace("%{", "%%{"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_become_lines_and_lists_stay() {
        assert_eq!(reflow("So:\n\n1. a\n   b\n2. c\n-5 is\nless"), "So:\n\n1. a b\n2. c -5 is less");
        let doc = "One\ntwo.\n\n- a\n  b\n- c\n\n```\nx\n\ny\n```\nafter\nall";
        assert_eq!(reflow(doc), "One two.\n\n- a b\n- c\n\n```\nx\n\ny\n```\nafter all");
        assert_eq!(summary(doc), "One two.");
    }

    #[test]
    fn literals_are_what_a_configuration_holds() {
        assert_eq!(literal(&Value::from("a\"${b}")), r#""a\"$${b}""#);
        assert_eq!(literal(&Value::List(vec![Value::from(true), Value::Null])), "[true, null]");
    }
}
