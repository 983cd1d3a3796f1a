//! Names and subjects as they may be seen by anybody: the family name, and stars.

/// 王* for 王芳, 欧** for 欧阳锋, `J**` for John. The length says nothing: one star for two characters, two for more.
pub(crate) fn name(name: &str) -> String {
    let mut characters = name.chars();
    let Some(first) = characters.next() else { return String::new() };
    let stars = if characters.count() <= 1 { "*" } else { "**" };
    format!("{first}{stars}")
}

/// 37***17 for 370402-0017: enough to tell two by, for who knows them; nothing of what is short.
pub(crate) fn subject(subject: &str) -> String {
    let characters: Vec<char> = subject.chars().collect();
    match characters.as_slice() {
        [a, b, rest @ .., y, z] if rest.len() >= 4 => format!("{a}{b}***{y}{z}"),
        _ => "***".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_shows_its_first_character_only() {
        assert_eq!((name("王芳"), name("欧阳锋"), name("王")), ("王*".to_owned(), "欧**".to_owned(), "王*".to_owned()));
        assert_eq!((name("John Smith").as_str(), name("").as_str()), ("J**", ""));
    }

    #[test]
    fn a_subject_shows_half_of_itself_at_most() {
        for (whole, shown) in [("370402-0017", "37***17"), ("12345678", "12***78"), ("1234567", "***"), ("", "***")] {
            assert_eq!(subject(whole), shown);
        }
    }
}
