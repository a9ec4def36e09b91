//! What is shown on a terminal: without the characters that would steer it.
//!
//! A server's words, and names that others have chosen, reach the user through diagnostics, progress, names in lists and the log. Terraform
//! prints them as they are. A control character in them could move the cursor, rename the window or write to the clipboard, and a
//! directional one could show text in another order than it has. They are shown as escapes (`\u{1b}`). That is done here, where texts leave
//! the process, because whatever they were made of comes through here. (Values of attributes are data, and Terraform's to show. It prints ids
//! as they are: the engine refuses such characters in them.) What the user is shown at once
//! is cut here, too: a server's names and words may be of any length.

use terraform_framework::steering::is_steering;

/// Longest line of its own that the user is shown, in characters: a summary, progress, a name.
const LONGEST_LINE: usize = 1_000;
/// Longest paragraph, in characters.
const LONGEST_PARAGRAPH: usize = 4_000;
/// Longest text of several paragraphs, in characters.
const LONGEST_TEXT: usize = 32_000;

/// One line: an end of line is shown as an escape, too.
pub(crate) fn line(text: String) -> String {
    escaped(text, is_steering)
}

/// The same where the provider's own text has paragraphs.
pub(crate) fn paragraphs(text: String) -> String {
    escaped(text, |c| c != '\n' && is_steering(c))
}

/// One line, and no more than can be read at a glance.
pub(crate) fn short_line(text: String) -> String {
    line(cut(text, LONGEST_LINE))
}

/// Paragraphs, each of which is cut for itself: what to do stands in the last one.
pub(crate) fn short_paragraphs(text: String) -> String {
    let parts = text.split('\n').map(|part| cut(part.to_owned(), LONGEST_PARAGRAPH));
    paragraphs(cut(parts.collect::<Vec<_>>().join("\n"), LONGEST_TEXT))
}

/// At most so many characters of a text, the last of which says that there were more.
fn cut(mut text: String, most: usize) -> String {
    if text.len() > most
        && let Some((end, _)) = text.char_indices().nth(most)
    {
        text.truncate(end);
        text.push('…');
    }
    text
}

fn escaped(text: String, is_shown: impl Fn(char) -> bool) -> String {
    if !text.contains(&is_shown) {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match is_shown(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{line, paragraphs, short_line, short_paragraphs};

    /// All that must not reach a terminal.
    fn steering() -> impl Iterator<Item = char> {
        let ranges = [(0, 0x1f), (0x7f, 0x9f), (0x202a, 0x202e), (0x2066, 0x2069)];
        let singles = [0x61c, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0xfeff, 0xe0041];
        let all = ranges.into_iter().flat_map(|(from, to)| from..=to).chain(singles);
        all.filter_map(char::from_u32)
    }

    #[test]
    fn every_steering_character_is_shown_as_an_escape() {
        for c in steering() {
            let text = format!("a{c}b");
            let shown = line(text.clone());
            assert!(
                !shown.contains(c) && shown.starts_with("a\\") && shown.ends_with('b'),
                "{:x}: {shown}",
                u32::from(c)
            );
            assert!(!shown.contains('\n'));
            assert_eq!(line(shown.clone()), shown, "what is shown is not escaped again");
            assert_eq!(paragraphs(text.clone()), if c == '\n' { text } else { shown });
        }
    }

    #[test]
    fn escapes_are_those_of_the_attack() {
        assert_eq!(
            line("\u{1b}]0;x\u{7}\u{1b}[31mgood\u{202e}\u{8}\u{9b}2J\r\n".to_owned()),
            r"\u{1b}]0;x\u{7}\u{1b}[31mgood\u{202e}\u{8}\u{9b}2J\r\n"
        );
        assert_eq!(paragraphs("one\n\ntwo\tthree".to_owned()), "one\n\ntwo\\tthree");
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in ["", "Grüße, мир, 世界 – “ok” \\u{1b}", "می‌خواهم", "👩‍👩‍👧", "e\u{301}", "שלום", "C:\\new \"x\" 'y'"]
        {
            assert_eq!(line(text.to_owned()), text);
            assert_eq!(paragraphs(text.to_owned()), text);
        }
    }

    #[test]
    fn what_is_too_long_is_cut_and_what_stands_behind_it_is_not() {
        let long = "é".repeat(1 << 20);
        assert_eq!(short_line(long.clone()), "é".repeat(1_000) + "…");
        assert_eq!(short_line("é".repeat(1_000)), "é".repeat(1_000));
        let said = format!("Build 7: {long}\n\nWhat to do: look at it.");
        let shown = short_paragraphs(said);
        assert!(shown.starts_with("Build 7: é") && shown.ends_with("é…\n\nWhat to do: look at it."));
        assert_eq!(shown.chars().count(), 4_001 + "\n\nWhat to do: look at it.".len());
        assert_eq!(short_paragraphs("a\n".repeat(1 << 20)).chars().count(), 32_001);
    }
}
