//! Cells as a form wants them: without blanks that nobody sees, with digits that a program knows.

/// Text without blanks and invisible characters at its ends; line breaks as one character.
pub(crate) fn text(text: &str) -> String {
    let text: String = text.replace("\r\n", "\n").replace('\r', "\n").chars().filter(|c| !is_invisible(*c)).map(space).collect();
    text.trim().to_owned()
}

/// A code (numbers, letters, signs): full-width characters as plain ones, no blanks at all.
pub(crate) fn code(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !is_invisible(*c)).map(narrow).collect()
}

/// A heading: as a code, without marks of what must be filled in.
pub(crate) fn heading(text: &str) -> String {
    code(text).replace(['*', ':'], "")
}

/// The plain character for a full-width one (U+FF01 to U+FF5E), and for the dashes that people type.
fn narrow(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        '–' | '—' | '−' => '-',
        '〜' => '~',
        _ => character,
    }
}

const fn space(character: char) -> char {
    match character {
        '\u{a0}' | '\u{3000}' | '\t' => ' ',
        _ => character,
    }
}

/// Zero width, marks of direction and of byte order. Variation selectors stay: they belong to rare characters.
const fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_what_programs_know() {
        assert_eq!(code(" １１０１０５　19491231\u{200b}００２ｘ "), "11010519491231002x");
        assert_eq!(code("9：00－10：30"), "9:00-10:30");
        assert_eq!(text("\u{3000}欧阳　踏雪\u{feff}\r\n"), "欧阳 踏雪");
        assert_eq!(heading("证件号码\n（注册学籍号）*"), "证件号码(注册学籍号)");
    }
}
