//! Names as they may be seen by anybody: the family name, and stars.

/// 王* for 王芳, 欧** for 欧阳锋, `J**` for John. The length says nothing: one star for two characters, two for more.
pub(crate) fn name(name: &str) -> String {
    let mut characters = name.chars();
    let Some(first) = characters.next() else { return String::new() };
    let stars = if characters.count() <= 1 { "*" } else { "**" };
    format!("{first}{stars}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_shows_its_first_character_only() {
        assert_eq!((name("王芳"), name("欧阳锋"), name("王")), ("王*".to_owned(), "欧**".to_owned(), "王*".to_owned()));
        assert_eq!((name("John Smith").as_str(), name("").as_str()), ("J**", ""));
    }
}
