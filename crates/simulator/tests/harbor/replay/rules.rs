//! `generated.txt`: what is compared, how, and where ids stand.

use std::sync::LazyLock;

use regex::Regex;

use super::recording::section;

/// Where something stands in a body: requests that it is limited to, and the end of a JSON pointer.
pub(super) struct Place {
    request: Option<Request>,
    end: Vec<String>,
    /// Whether the end is the whole pointer.
    is_whole: bool,
}

/// Requests by method and path.
struct Request {
    /// None for any.
    method: Option<String>,
    /// The end of the path where the method is any, else all of it.
    path: Vec<String>,
}

impl Request {
    fn parse(text: &str) -> Self {
        match text.split_once(' ') {
            Some((method, path)) => Self { method: Some(method.to_owned()), path: segments(path) },
            None => Self { method: None, path: segments(text.trim_start_matches('*')) },
        }
    }

    fn is(&self, method: &str, path: &str) -> bool {
        let found = segments(path);
        let Some(start) = found.len().checked_sub(self.path.len()) else { return false };
        let is_method = self.method.as_ref().is_none_or(|wanted| wanted == method && start == 0);
        is_method && fits(&self.path, &found[start..])
    }
}

impl Place {
    fn parse(text: &str) -> Self {
        let (request, pointer) = match text.split_once(": ") {
            Some((request, pointer)) => (Some(Request::parse(request)), pointer),
            None => (None, text),
        };
        let pointer = pointer.trim();
        Self { request, end: segments(pointer), is_whole: pointer.starts_with('/') }
    }

    /// Whether a pointer of a body of a request (its path below the API's) is meant.
    pub(super) fn is_at(&self, method: &str, path: &str, pointer: &[String]) -> bool {
        let is_asked = self.request.as_ref().is_none_or(|request| request.is(method, path));
        let at = pointer.len().checked_sub(self.end.len());
        is_asked && at.is_some_and(|at| (!self.is_whole || at == 0) && fits(&self.end, &pointer[at..]))
    }
}

/// The segments of a path, without empty ones.
pub(super) fn segments(path: &str) -> Vec<String> {
    path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect()
}

fn fits(pattern: &[String], found: &[String]) -> bool {
    pattern.iter().zip(found).all(|(pattern, found)| pattern == "*" || pattern == found)
}

fn places(name: &str) -> Vec<Place> {
    section(name).iter().map(|line| Place::parse(line)).collect()
}

/// The kind of an id, and what stands behind it on its line but for remarks.
fn kinds(name: &str) -> Vec<(String, String)> {
    let split = |line: String| {
        let (kind, rest) = line.split_once("  ").or_else(|| line.split_once(' ')).unwrap();
        let rest = rest.trim().split("  ").next().unwrap_or_default().trim();
        (kind.trim().to_owned(), rest.to_owned())
    };
    section(name).into_iter().map(split).collect()
}

fn kinds_of_places(name: &str) -> Vec<(String, Place)> {
    kinds(name).into_iter().map(|(kind, place)| (kind, Place::parse(&place))).collect()
}

pub(super) static TIMES: LazyLock<Vec<Place>> = LazyLock::new(|| places("time"));
pub(super) static UNIX_TIMES: LazyLock<Vec<Place>> = LazyLock::new(|| places("unix time"));
pub(super) static GENERATED: LazyLock<Vec<Place>> = LazyLock::new(|| places("generated"));
pub(super) static OPAQUE: LazyLock<Vec<Place>> = LazyLock::new(|| places("opaque"));
pub(super) static UNORDERED: LazyLock<Vec<Place>> = LazyLock::new(|| places("unordered"));
pub(super) static IDS: LazyLock<Vec<(String, Place)>> = LazyLock::new(|| kinds_of_places("ids"));
pub(super) static REQUEST_IDS: LazyLock<Vec<(String, Place)>> = LazyLock::new(|| kinds_of_places("request ids"));

/// Kinds of ids in paths: the segments up to the last `*`, which is the id.
pub(super) static PATH_IDS: LazyLock<Vec<(String, Vec<String>)>> = LazyLock::new(|| {
    let read = |(kind, pattern): (String, String)| {
        let mut pattern = segments(&pattern);
        pattern.truncate(pattern.iter().rposition(|segment| segment == "*").unwrap() + 1);
        (kind, pattern)
    };
    kinds("path ids").into_iter().map(read).collect()
});

/// Kinds of ids in the header `Location`: paths whose last segment is the id.
pub(super) static LOCATION_IDS: LazyLock<Vec<(String, Vec<String>)>> =
    LazyLock::new(|| kinds("location ids").into_iter().map(|(kind, pattern)| (kind, segments(&pattern))).collect());

/// Kinds of ids in queries. The number is what the expression captures second, between what must stand around it.
pub(super) static QUERY_IDS: LazyLock<Vec<(String, Regex)>> = LazyLock::new(|| {
    let read = |(kind, pattern): (String, String)| {
        // Links show queries decoded.
        let forms = [pattern.clone(), pattern.replace("%3D", "=")].map(|form| {
            let form = regex::escape(&form).replace(r"\*", "[^/]*");
            let form = form.replace(r"\(N\)", r"\((\d+)\)");
            form.replace('N', r"(\d+)")
        });
        forms.map(|form| {
            let (before, after) = form.split_once(r"(\d+)").unwrap();
            let text = format!(r"((?:^|[?&,=/]|%2C|%3D){before})(\d+)({after})");
            (kind.clone(), Regex::new(&text).unwrap())
        })
    };
    kinds("query ids").into_iter().flat_map(read).collect()
});

/// Kinds of ids in messages, likewise.
pub(super) static MESSAGE_IDS: LazyLock<Vec<(String, Regex)>> = LazyLock::new(|| {
    let read = |(kind, pattern): (String, String)| {
        let (before, after) = pattern.split_once('N').unwrap();
        let text = format!(r"(\b{})(\d+)({})", regex::escape(before), regex::escape(after));
        (kind, Regex::new(&text).unwrap())
    };
    kinds("message ids").into_iter().map(read).collect()
});

/// Numbers that no server gave.
pub(super) static NO_IDS: LazyLock<Vec<String>> = LazyLock::new(|| section("no ids"));

/// Headers that are compared by their value, and those of which only the presence counts.
pub(super) static HEADERS: LazyLock<Vec<(bool, String)>> = LazyLock::new(|| {
    let read = |line: String| {
        let mut words = line.split_whitespace();
        let (how, name) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
        (how, name)
    };
    let all = section("headers").into_iter().map(read).filter(|(how, _)| how != "ignore");
    all.map(|(how, name)| (how == "compare", name)).collect()
});
