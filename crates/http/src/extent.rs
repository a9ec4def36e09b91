//! How much a JSON text holds, found out before anything is allocated for it.
//!
//! `{}` takes two bytes of an answer, and the object that is made of it some hundred: a body within `max_response_size` could become
//! gigabytes. So the values of an answer are counted in its text first.

/// Most elements of a list, and most members of an object. No registry has as many of what is listed here.
pub(super) const MOST_ITEMS: usize = 100_000;
/// Most values in all: fifty for each of as many items as a list may have. (A user of Quay's has 21, a service key 41.)
const MOST_VALUES: usize = 50 * MOST_ITEMS;
/// Most values inside each other, as serde_json has it for what it decodes.
const DEEPEST: usize = 128;

/// Whether a text holds no more than can be worked with; else what there is too much of. The text need not be JSON: that is for the parser to
/// find out.
pub(super) fn check(json: &[u8]) -> Result<(), String> {
    // Of each list and object that is open, how many values of it have ended.
    let mut open: Vec<usize> = Vec::with_capacity(DEEPEST);
    let mut values = 1_usize;
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => skip_string(&mut bytes),
            b'[' | b'{' if open.len() == DEEPEST => return Err(format!("its values stand more than {DEEPEST} deep")),
            b'[' | b'{' => {
                open.push(0);
                values += 1;
            }
            b']' | b'}' => drop(open.pop()),
            b',' => {
                values += 1;
                if let Some(ended) = open.last_mut() {
                    *ended += 1;
                    if *ended >= MOST_ITEMS {
                        return Err(format!("it has a list of more than {MOST_ITEMS} items"));
                    }
                }
            }
            _ => {}
        }
        if values > MOST_VALUES {
            return Err(format!("it has more than {MOST_VALUES} values"));
        }
    }
    Ok(())
}

/// Goes on behind the end of the string that has begun.
fn skip_string<'a>(bytes: &mut impl Iterator<Item = &'a u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST, MOST_ITEMS, MOST_VALUES, check};

    fn list(item: &str, count: usize) -> String {
        format!("[{}]", vec![item; count].join(","))
    }

    #[test]
    fn what_can_be_worked_with_is_let_through() {
        let text = list(r#"{"a":"x,[{\",\\","b":[1,2]}"#, MOST_ITEMS / 10);
        for json in ["", "{}", "[", "]]]]", "\"", "\"\\", "not JSON", text.as_str(), &list("0", MOST_ITEMS)] {
            assert_eq!(check(json.as_bytes()), Ok(()));
        }
        let commas = format!("[\"{}\"]", ",[{".repeat(MOST_VALUES));
        assert_eq!(check(commas.as_bytes()), Ok(()), "within a string they are nothing");
        let deep = "[".repeat(DEEPEST) + &"]".repeat(DEEPEST);
        assert_eq!(check(deep.as_bytes()), Ok(()));
    }

    #[test]
    fn too_much_is_refused_wherever_it_stands() {
        let many = list("{}", MOST_ITEMS + 1);
        let within = format!(r#"{{"a":{{"b":{many}}}}}"#);
        let cut = &many[..many.len() - 1];
        for json in [many.as_str(), &within, cut] {
            assert_eq!(check(json.as_bytes()), Err("it has a list of more than 100000 items".to_owned()));
        }
        let lists = list(&list("0", MOST_ITEMS / 2), 2 * MOST_VALUES / MOST_ITEMS + 1);
        assert_eq!(check(lists.as_bytes()), Err("it has more than 5000000 values".to_owned()));
        let deep = "{\"a\":".repeat(DEEPEST + 1);
        assert_eq!(check(deep.as_bytes()), Err("its values stand more than 128 deep".to_owned()));
    }
}
