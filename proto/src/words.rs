//! Closed lists of words: in Rust an enum, in records and entries a text, on the wire an enum of protobuf.

/// Makes such a list. Its text is permanent: it stands in the log. Words are added, never changed.
///
/// The crate that uses it needs `serde`.
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $name:ident = $wire:ty { $($(#[$word_doc:meta])* $word:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$word_doc])* $word,)* }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$word,)*];

            /// As it stands in records and entries.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text,)* }
            }

            /// From the wire; nothing for `UNSPECIFIED` and for words that this version does not know.
            pub fn from_wire(number: i32) -> Option<Self> {
                match <$wire>::try_from(number) {
                    $(Ok(<$wire>::$word) => Some(Self::$word),)*
                    _ => None,
                }
            }
        }

        impl From<$name> for $wire {
            fn from(word: $name) -> Self {
                match word { $($name::$word => Self::$word,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$word),)*
                    _ => Err(format!(concat!("{:?} is no ", stringify!($name)), text)),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
