//! In which language people are spoken to.

use std::fmt::Display;

/// Chinese or English.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Chinese,
    English,
}

impl std::str::FromStr for Language {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "zh" | "zh-CN" | "zh_CN" => Ok(Self::Chinese),
            "en" => Ok(Self::English),
            _ => Err("write zh or en · 请写 zh 或 en".to_owned()),
        }
    }
}

impl Language {
    /// By the environment, as programs of this system do.
    pub(crate) fn of_environment() -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(|name| std::env::var(name).ok()).find(|v| !v.is_empty());
        if set.is_some_and(|locale| locale.starts_with("zh")) { Self::Chinese } else { Self::English }
    }

    /// The words of this language.
    pub(crate) fn pick<T: Display>(self, chinese: T, english: T) -> T {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}
