//! Enumerations of words.

/// An enumeration whose variants stand beside their words, with `ALL` of them in their order and `as_str`.
macro_rules! words {
    ($(#[$about:meta])* $public:vis enum $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        $public enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// All of them, in the order of their definition.
            $public const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// Its word.
            #[must_use]
            $public const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
    };
}

pub(crate) use words;
