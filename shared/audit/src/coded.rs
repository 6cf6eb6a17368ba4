//! Enums that are kept and sent as a number, so that a newer release's value survives an older one.

/// Makes an enum whose values have a number and a name, neither changed once released; a number that this
/// release does not know is carried as `Unknown`.
macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $code:literal $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(from = "u16", into = "u16")]
        pub enum $name {
            $($(#[$value_doc])* $value,)+
            /// Something that a newer release does.
            Unknown(u16),
        }

        impl $name {
            /// Returns the name that people and exports read.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $text,)+
                    Self::Unknown(_) => "unknown",
                }
            }
        }

        impl From<u16> for $name {
            fn from(code: u16) -> Self {
                match code {
                    $($code => Self::$value,)+
                    unknown => Self::Unknown(unknown),
                }
            }
        }

        impl From<$name> for u16 {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$value => $code,)+
                    $name::Unknown(code) => code,
                }
            }
        }
    };
}

pub(crate) use coded;
