//! Paths from a route template and its arguments, percent-encoded segment by segment.
//!
//! A template holds `{name}` (one segment; a `/` in it becomes `%2F`), `{+name}` (a name of several segments, such as a nested
//! repository: its `/` stay) and `{%name}` (one segment, encoded twice, for servers that decode twice). Everything else is kept as it
//! is, trailing slashes too.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All that is not "unreserved" in RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Fills `template` with `arguments`, in order.
///
/// An empty segment and `.` and `..` are refused: they would silently address something else (a list instead of an object, the parent
/// instead of the child). The error says which argument it was.
pub(crate) fn fill(template: &str, arguments: &[&str]) -> Result<String, String> {
    let mut path = String::with_capacity(template.len() + 16);
    let mut arguments = arguments.iter();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or_else(|| mismatch(template))?;
        path.push_str(before);
        push(&mut path, name, arguments.next().ok_or_else(|| mismatch(template))?)?;
        rest = after;
    }
    if arguments.next().is_some() {
        return Err(mismatch(template));
    }
    path.push_str(rest);
    Ok(path)
}

fn push(path: &mut String, name: &str, value: &str) -> Result<(), String> {
    if let Some(name) = name.strip_prefix('+') {
        for (index, segment) in value.split('/').enumerate() {
            if index > 0 {
                path.push('/');
            }
            path.push_str(&once(name, segment)?);
        }
    } else if let Some(name) = name.strip_prefix('%') {
        path.push_str(&utf8_percent_encode(&once(name, value)?, SEGMENT).to_string());
    } else {
        path.push_str(&once(name, value)?);
    }
    Ok(())
}

fn once(name: &str, segment: &str) -> Result<String, String> {
    match segment {
        "" => Err(format!("the {name} is empty (or has an empty part)")),
        "." | ".." => Err(format!("the {name} has a part \"{segment}\", which cannot be part of an address")),
        _ => Ok(utf8_percent_encode(segment, SEGMENT).to_string()),
    }
}

fn mismatch(template: &str) -> String {
    format!("the route {template} was given the wrong number of names; this is a bug of the provider")
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn a_segment_is_encoded_whole() {
        assert_eq!(
            fill("o/{org}/r/{robot}", &["a c", "x/y+z?#%é"]).as_deref(),
            Ok("o/a%20c/r/x%2Fy%2Bz%3F%23%25%C3%A9")
        );
    }

    #[test]
    fn a_nested_name_keeps_its_slashes() {
        assert_eq!(
            fill("repository/{org}/{+repo}/tag/", &["acme", "team/app 1"]).as_deref(),
            Ok("repository/acme/team/app%201/tag/")
        );
    }

    #[test]
    fn a_name_can_be_encoded_twice() {
        assert_eq!(fill("p/{p}/repositories/{%repo}", &["lib", "a/b"]).as_deref(), Ok("p/lib/repositories/a%252Fb"));
    }

    #[test]
    fn names_that_would_address_something_else_are_refused() {
        for (template, value) in [
            ("r/{n}", ""),
            ("r/{n}", ".."),
            ("r/{+n}", "a//b"),
            ("r/{+n}", "a/../b"),
            ("r/{%n}", "."),
            ("r/{+n}", "/a"),
        ] {
            let refused = fill(template, &[value]).unwrap_err();
            assert!(refused.contains("the n "), "{refused}");
        }
    }

    #[test]
    fn a_wrong_number_of_names_is_told() {
        assert!(fill("a/{b}", &[]).is_err());
        assert!(fill("a/{b}", &["1", "2"]).is_err());
    }
}
