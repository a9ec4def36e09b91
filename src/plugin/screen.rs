//! What is shown on a terminal: without the characters that would steer it.
//!
//! A server's words, and names that others have chosen, reach the user through diagnostics, progress, names in lists and the log. Terraform
//! prints them as they are. A control character in them could move the cursor, rename the window or write to the clipboard, and a
//! directional one could show text in another order than it has. They are shown as escapes (`\u{1b}`). That is done here, where texts leave
//! the process, because whatever they were made of comes through here. (Values of attributes are data, and Terraform's to show.)

/// One line: an end of line is shown as an escape, too.
pub(crate) fn line(text: String) -> String {
    escaped(text, is_steering)
}

/// The same where the provider's own text has paragraphs.
pub(crate) fn paragraphs(text: String) -> String {
    escaped(text, |c| c != '\n' && is_steering(c))
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

/// Whether a character does something to a terminal, or to the text around it, that cannot be seen.
///
/// The two joiners (U+200C, U+200D) stay: words of several scripts, and emoji, need them, and they change nothing but the shape of their
/// neighbours.
fn is_steering(c: char) -> bool {
    // C0, DEL and C1.
    c.is_control()
        || matches!(c,
            // Marks that reorder what follows: Arabic letter mark, left-to-right and right-to-left mark, embeddings,
            // overrides, isolates, and their old relatives.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
            // Ends of lines and paragraphs.
            | '\u{2028}' | '\u{2029}'
            // Without width: spaces, invisible operators, the byte order mark, annotations, fillers.
            | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            // Tags: a whole text that nobody sees.
            | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::{line, paragraphs};

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
}
