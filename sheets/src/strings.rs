//! The texts that a workbook keeps once for all its cells.

use std::sync::Arc;

use crate::trouble::Trouble;
use crate::xml::{Piece, Pieces};

/// 20,000 rows of 20 texts, no two of which are the same.
const MAX_STRINGS: usize = 400_000;

/// Reads them in their order.
pub(crate) fn read(part: &str) -> Result<Vec<Arc<str>>, Trouble> {
    let (mut pieces, mut strings) = (Pieces::of(part), Vec::new());
    while let Some(piece) = pieces.next()? {
        let Piece::Start(start, is_empty) = piece else { continue };
        if start.local_name().as_ref() != "si" {
            continue;
        }
        if strings.len() >= MAX_STRINGS {
            let english = format!("more than {MAX_STRINGS} texts: split the file");
            return Err(Trouble::of_file(english, format!("文本超过 {MAX_STRINGS} 条，请拆分文件")));
        }
        let text = if is_empty { String::new() } else { until(&mut pieces, "si")? };
        strings.push(text.into());
    }
    Ok(strings)
}

/// The text up to the end of an element: of all its runs, without what is to be read aloud (`rPh`).
pub(crate) fn until(pieces: &mut Pieces<'_>, element: &str) -> Result<String, Trouble> {
    let (mut text, mut in_text, mut aloud) = (String::new(), false, false);
    while let Some(piece) = pieces.next()? {
        match piece {
            Piece::Start(start, false) => match start.local_name().as_ref() {
                "t" => in_text = true,
                "rPh" => aloud = true,
                _ => {}
            },
            Piece::Start(..) => {}
            Piece::End(name) if name == element => break,
            Piece::End(name) if name == "t" => in_text = false,
            Piece::End(name) if name == "rPh" => aloud = false,
            Piece::End(_) => {}
            Piece::Text(more) if in_text && !aloud => text.push_str(&more),
            Piece::Text(_) => {}
        }
    }
    Ok(unescaped(&text))
}

/// `_x000D_` is how a workbook writes a character that XML cannot hold.
fn unescaped(text: &str) -> String {
    let (mut whole, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find("_x") {
        let code = rest.get(at + 2..at + 6).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = code.filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'));
        let character = code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
        let after = if character.is_some() { at + 7 } else { at + 2 };
        match character {
            Some(character) => {
                whole.push_str(&rest[..at]);
                whole.push(character);
            }
            None => whole.push_str(&rest[..after]),
        }
        rest = &rest[after..];
    }
    whole + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_make_one_text_and_what_is_read_aloud_is_none() {
        let part = "<sst><si><r><t>欧</t></r><r><t xml:space=\"preserve\">阳 </t></r><rPh><t>ou</t></rPh></si><si/>\
                    <si><t>a&amp;b&#x4e8c;</t></si></sst>";
        let strings: Vec<_> = read(part).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(strings, ["欧阳 ", "", "a&b二"]);
    }

    #[test]
    fn escapes_of_workbooks_are_undone() {
        assert_eq!(unescaped("a_x000D_b_x0041_"), "a\rbA");
        assert_eq!(unescaped("_x005F_x0041_ max_x 一_x二"), "_x0041_ max_x 一_x二");
    }
}
