//! The two things the hub takes from the world by itself: the time and randomness.
//!
//! They come in through one trait, so that a hub can run in a simulation from a seed. Everything else
//! (bytes from peers, commands from people) arrives as an argument.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

/// What a hub runs in.
pub trait World: Send {
    /// Returns the wall clock's milliseconds since 1970.
    fn now_ms(&self) -> u64;

    /// Fills the bytes with randomness that nobody can foresee.
    fn fill_random(&self, bytes: &mut [u8]);
}

/// The machine's own clock and randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsWorld;

impl World for OsWorld {
    fn now_ms(&self) -> u64 {
        // Before 1970 counts as 1970: a dead clock battery must not stop a hub.
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes)
            .expect("the kernel's random source answers on every supported system");
    }
}

/// Returns an array of randomness.
pub(crate) fn random<const N: usize>(world: &dyn World) -> [u8; N] {
    let mut bytes = [0; N];
    world.fill_random(&mut bytes);
    bytes
}

/// A world's randomness in the shape that the rooms below take it.
pub(crate) struct WorldRng<'a>(pub(crate) &'a dyn World);

impl TryRng for WorldRng<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(random(self.0)))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(random(self.0)))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_random(bytes);
        Ok(())
    }
}

impl TryCryptoRng for WorldRng<'_> {}
