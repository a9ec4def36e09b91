//! How Python prints values: `repr` and `pprint.pformat`, in which Quay's schema errors are written.

use serde_json::{Map, Value};

/// `urlparse(url).hostname`, out of what stands behind the `//`. `None` is what `None.lower()` and an invalid URL come to alike: an
/// exception.
pub(super) fn host(rest: &str) -> Option<String> {
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if place.contains('[') != place.contains(']') {
        return None;
    }
    let (_, place) = place.rsplit_once('@').unwrap_or(("", place));
    let host = match place.split_once('[') {
        Some((_, inner)) => inner.split(']').next(),
        None => place.split(':').next(),
    };
    host.filter(|host| !host.is_empty()).map(str::to_lowercase)
}

/// `urlparse(url).scheme`, and what stands behind its colon.
pub(super) fn scheme(url: &str) -> (String, &str) {
    let is_scheme = |text: &str| {
        let mut letters = text.chars();
        letters.next().is_some_and(|first| first.is_ascii_alphabetic())
            && letters.all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.'))
    };
    match url.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) {
        Some((scheme, rest)) => (scheme.to_lowercase(), rest),
        None => (String::new(), url),
    }
}

/// `repr(value)`.
pub(super) fn repr(value: &Value) -> String {
    print(value, false)
}

/// `repr(text)`.
pub(super) fn repr_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            character if character == quote => out.extend(['\\', character]),
            character if character.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(character))),
            character => out.push(character),
        }
    }
    out.push(quote);
    out
}

fn print(value: &Value, sorted: bool) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => repr_text(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| print(item, sorted)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let members: Vec<String> = entries(members, sorted)
                .into_iter()
                .map(|(name, member)| format!("{}: {}", repr_text(name), print(member, sorted)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}

fn entries(members: &Map<String, Value>, sorted: bool) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = members.iter().collect();
    if sorted {
        entries.sort_by_key(|(name, _)| *name);
    }
    entries
}

/// `pprint.pformat(value, width=width)`.
pub(super) fn pformat(value: &Value, width: usize) -> String {
    let mut printer = Printer { width, out: String::new() };
    printer.format(value, 0, 0, 0);
    printer.out
}

/// The state of one `pprint.PrettyPrinter`; the arguments of its functions bear the names that they have there.
struct Printer {
    width: usize,
    out: String,
}

impl Printer {
    fn format(&mut self, value: &Value, indent: usize, allowance: usize, level: usize) {
        let whole = print(value, true);
        if length(&whole) + indent + allowance <= self.width {
            self.out.push_str(&whole);
            return;
        }
        match value {
            Value::Object(members) => self.object(members, indent, allowance + 1, level + 1),
            Value::Array(items) => self.array(items, indent, allowance + 1, level + 1),
            Value::String(text) => self.text(text, indent, allowance, level + 1),
            _ => self.out.push_str(&whole),
        }
    }

    fn object(&mut self, members: &Map<String, Value>, indent: usize, allowance: usize, level: usize) {
        self.out.push('{');
        let indent = indent + 1;
        let count = members.len();
        for (at, (name, member)) in entries(members, true).into_iter().enumerate() {
            if at > 0 {
                self.line(",", indent);
            }
            let name = repr_text(name);
            self.out.push_str(&name);
            self.out.push_str(": ");
            let last = at + 1 == count;
            self.format(member, indent + length(&name) + 2, if last { allowance } else { 1 }, level);
        }
        self.out.push('}');
    }

    fn array(&mut self, items: &[Value], indent: usize, allowance: usize, level: usize) {
        self.out.push('[');
        let indent = indent + 1;
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.line(",", indent);
            }
            let last = at + 1 == items.len();
            self.format(item, indent, if last { allowance } else { 1 }, level);
        }
        self.out.push(']');
    }

    fn text(&mut self, text: &str, indent: usize, allowance: usize, level: usize) {
        let outermost = usize::from(level == 1);
        let (indent, allowance) = (indent + outermost, allowance + outermost);
        let chunks = chunks(text, self.width.saturating_sub(indent), allowance);
        let wrapped = outermost == 1 && chunks.len() > 1;
        if wrapped {
            self.out.push('(');
        }
        for (at, chunk) in chunks.iter().enumerate() {
            if at > 0 {
                self.line("", indent);
            }
            self.out.push_str(chunk);
        }
        if wrapped {
            self.out.push(')');
        }
    }

    fn line(&mut self, end: &str, indent: usize) {
        self.out.push_str(end);
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
    }
}

/// The pieces of a text, each printed, that fit into `width`; the last one leaves `allowance` free.
fn chunks(text: &str, width: usize, allowance: usize) -> Vec<String> {
    let mut chunks = Vec::new();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for (at, line) in lines.iter().enumerate() {
        let last_line = at + 1 == lines.len();
        let free = if last_line { width.saturating_sub(allowance) } else { width };
        let whole = repr_text(line);
        if length(&whole) <= free {
            chunks.push(whole);
            continue;
        }
        let words = words(line);
        let mut current = String::new();
        for (at, word) in words.iter().enumerate() {
            let candidate = format!("{current}{word}");
            let free = if last_line && at + 1 == words.len() { width.saturating_sub(allowance) } else { width };
            if length(&repr_text(&candidate)) > free {
                if !current.is_empty() {
                    chunks.push(repr_text(&current));
                }
                current = (*word).to_owned();
            } else {
                current = candidate;
            }
        }
        if !current.is_empty() {
            chunks.push(repr_text(&current));
        }
    }
    chunks
}

/// Words, each with the white space behind it.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut in_space = false;
    for (at, character) in line.char_indices() {
        if in_space && !character.is_whitespace() {
            words.push(&line[start..at]);
            start = at;
        }
        in_space = character.is_whitespace();
    }
    if start < line.len() {
        words.push(&line[start..]);
    }
    words
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_printed_as_python_does() {
        let value = json!({"b": [1, 1.5, null, true], "a": "it's", "c": "both ' and \""});
        assert_eq!(repr(&value), r#"{'b': [1, 1.5, None, True], 'a': "it's", 'c': 'both \' and "'}"#);
    }

    #[test]
    fn the_host_of_an_address_is_behind_the_user_and_before_the_port() {
        for rest in ["", "/x", ":80/x", "?x", "#x", "user@", "user:password@/x", "[::1/x"] {
            assert_eq!(host(rest), None, "{rest}");
        }
        for (rest, wanted) in [("A.b:80/x", "a.b"), ("user:p@a.b", "a.b"), ("[::1]:80", "::1"), ("a.b#x", "a.b")] {
            assert_eq!(host(rest).as_deref(), Some(wanted), "{rest}");
        }
    }

    #[test]
    fn what_fits_stays_on_one_line_with_sorted_keys() {
        assert_eq!(pformat(&json!({"b": 1, "a": [2, 3]}), 72), "{'a': [2, 3], 'b': 1}");
    }

    #[test]
    fn what_does_not_fit_is_broken() {
        let value = json!({"name": {"description": "one two three four five six", "type": "string"}, "z": []});
        let expected = "{'name': {'description': 'one two '\n                         'three four '\n                         'five six',\n          'type': 'string'},\n 'z': []}";
        assert_eq!(pformat(&value, 40), expected);
    }

    #[test]
    fn a_long_text_alone_gets_parentheses() {
        assert_eq!(pformat(&json!("aaaa bbbb cccc"), 10), "('aaaa '\n 'bbbb '\n 'cccc')");
    }
}
