//! The languages of messages.

use serde::{Deserialize, Serialize};

macro_rules! languages {
    ($($(#[$attribute:meta])* $language:ident = $tag:literal, [$($synonym:literal),*];)*) => {
        /// The language of messages.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Language {
            $($(#[$attribute])* #[serde(rename = $tag)] $language,)*
        }

        impl Language {
            /// All of them; the first is the usual one.
            pub const ALL: [Self; [$($tag),*].len()] = [$(Self::$language),*];

            /// RFC 5646 tag.
            #[must_use]
            pub const fn tag(self) -> &'static str {
                match self { $(Self::$language => $tag,)* }
            }

            /// What people write for it.
            pub(super) const fn synonyms(self) -> &'static [&'static str] {
                match self { $(Self::$language => &[$($synonym),*],)* }
            }
        }
    };
}

languages! {
    #[default]
    English = "en", ["english", "en-us", "en-gb"];
    SimplifiedChinese = "zh-CN", ["zh", "cn", "zh-hans", "chinese", "中文"];
    Japanese = "ja", ["jp", "ja-jp", "japanese", "日本語"];
}
