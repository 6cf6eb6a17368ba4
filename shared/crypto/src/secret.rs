//! Bytes that must not be printed, logged or left in memory.

use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Plaintext that came out of an envelope. It is wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    pub(crate) const fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// Returns the bytes. Whoever copies them wipes the copy.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

macro_rules! secret_32 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Zeroizing<[u8; 32]>);

        impl $name {
            /// Draws 32 random bytes.
            pub fn generate(rng: &mut impl CryptoRng) -> Self {
                let mut bytes = Zeroizing::new([0; 32]);
                rng.fill_bytes(bytes.as_mut_slice());
                Self(bytes)
            }

            /// Takes 32 bytes that were kept.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(Zeroizing::new(bytes))
            }

            /// Takes what came out of an envelope, if it has 32 bytes.
            #[must_use]
            pub fn from_secret(secret: &Secret) -> Option<Self> {
                secret.expose().try_into().ok().map(Self::from_bytes)
            }

            /// Returns the bytes. Whoever copies them wipes the copy.
            #[must_use]
            pub fn expose(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}(redacted)", stringify!($name))
            }
        }
    };
}

secret_32! {
    /// The raw key of one device's database; never shared between devices.
    DatabaseKey
}
secret_32! {
    /// The half of every slot's key that stays on the computer, so that a copied slot alone cannot be guessed at.
    DeviceSecret
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_does_not_print() {
        let key = DatabaseKey::from_bytes([0xab; 32]);
        let secret = Secret::new(Zeroizing::new(vec![0xab; 3]));

        assert_eq!(
            format!("{key:?} {secret:?}"),
            "DatabaseKey(redacted) Secret(redacted)"
        );
    }

    #[test]
    fn only_32_bytes_make_a_key() {
        let of = |size| Secret::new(Zeroizing::new(vec![7; size]));

        assert!(DatabaseKey::from_secret(&of(31)).is_none());
        assert_eq!(
            DatabaseKey::from_secret(&of(32)).unwrap().expose(),
            &[7; 32]
        );
    }
}
