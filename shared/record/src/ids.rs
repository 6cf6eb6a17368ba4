//! Identifiers, kept apart by type.
//!
//! What is made offline (charts, statements, items) has 16 random bytes. What the hub hands out
//! (sites, people, devices, scopes) has a small number, so that provenance costs a byte or two.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};

use crate::Hlc;

/// Why a text is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// Ask for the identifier again.
    #[error("not an identifier: 26 letters and digits were expected")]
    NotAnIdentifier,
}

/// Writes and reads 16 bytes as 26 lower-case letters and digits (RFC 4648 base32, no padding).
fn spell(bytes: &[u8; 16]) -> String {
    BASE32_NOPAD.encode(bytes).to_lowercase()
}

fn read(text: &str) -> Result<[u8; 16], IdError> {
    let upper = text.trim().to_uppercase();
    let bytes = BASE32_NOPAD
        .decode(upper.as_bytes())
        .map_err(|_bad| IdError::NotAnIdentifier)?;
    bytes.try_into().map_err(|_long| IdError::NotAnIdentifier)
}

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(#[serde(with = "serde_bytes")] [u8; 16]);

        impl $name {
            /// Makes an identifier of 16 random bytes.
            #[must_use]
            pub const fn new(random: [u8; 16]) -> Self {
                Self(random)
            }

            /// Returns the 16 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&spell(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                read(text).map(Self)
            }
        }
    };
}

macro_rules! numbered_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

random_id! {
    /// Names a chart. Random: it says nothing about the patient.
    ChartId
}
random_id! {
    /// Names a statement of a chart. Those made together come from a series.
    StatementId
}
random_id! {
    /// Names one entry of a repeating register: a name, a phone, an address. Those made together come from a series.
    ItemId
}
/// Makes the 16 bytes of a place in a series: 8 of time, 6 random, 2 of place.
const fn place(at: Hlc, random: [u8; 6], index: u16) -> [u8; 16] {
    let [a, b, c, d, e, f, g, h] = at.as_u64().to_be_bytes();
    let [i, j, k, l, m, n] = random;
    let [o, p] = index.to_be_bytes();
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

macro_rules! in_series {
    ($name:ident) => {
        impl $name {
            /// Makes the identifier of one of several things written together.
            ///
            /// They sort in the order they were made, and differ in their last bytes only: a visit's seven
            /// statements cost a few bytes each on the wire where random ids would cost sixteen. Within its
            /// chart a name is unique as long as no two devices share both the clock reading and the random bytes.
            #[must_use]
            pub const fn in_series(at: Hlc, random: [u8; 6], index: u16) -> Self {
                Self(place(at, random, index))
            }
        }
    };
}

in_series!(StatementId);
in_series!(ItemId);

numbered_id! {
    /// Names a site. The hub hands the number out.
    SiteId
}
numbered_id! {
    /// Names a person of the roster. Zero is nobody: the device itself acted.
    PersonId
}
numbered_id! {
    /// Names an enrolled device. Zero is the hub.
    DeviceId
}
numbered_id! {
    /// Names a scope: a set of charts that a site is entitled to.
    ScopeId
}

impl DeviceId {
    /// The hub itself, which keeps a log like any device.
    pub const HUB: Self = Self(0);
}

impl ScopeId {
    /// Scopes from here on are the sites' guest scopes: no roster lists one.
    const GUESTS: u32 = 0x8000_0000;

    /// Returns the scope of the charts that a site asked for: they are its guests for a while.
    #[must_use]
    pub const fn guest_of(site: SiteId) -> Self {
        Self(Self::GUESTS | site.0)
    }

    /// Returns whose guest scope it is; none if it is no site's.
    #[must_use]
    pub const fn host(self) -> Option<SiteId> {
        if self.is_of_guests() {
            Some(SiteId(self.0 - Self::GUESTS))
        } else {
            None
        }
    }

    /// Tells whether it is a site's guest scope.
    #[must_use]
    pub const fn is_of_guests(self) -> bool {
        self.0 >= Self::GUESTS
    }
}

impl PersonId {
    /// Nobody in particular: the program acted by itself.
    pub const NOBODY: Self = Self(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_reads_back_what_it_spells() {
        let id = ChartId::new(*b"0123456789abcdef");

        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().len(), 26);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "abc",
            "0000000000000000000000000!",
            "äöü",
            &"a".repeat(4096),
        ] {
            assert_eq!(
                text.parse::<ChartId>(),
                Err(IdError::NotAnIdentifier),
                "{text:?}"
            );
        }
    }
}
