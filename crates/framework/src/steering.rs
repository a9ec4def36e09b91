//! Characters that steer a terminal.

/// Whether a character does something to a terminal, or to the text around it, that cannot be seen.
///
/// The two joiners (U+200C, U+200D) are none: words of several scripts, and emoji, need them, and they change nothing but the shape of their
/// neighbours.
pub fn is_steering(c: char) -> bool {
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
