//! What the client needs from the machine it runs on: a wall clock and randomness.
//!
//! There are two: the machine's own, and the simulator's, whose time and randomness come from a seed.

use core::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

/// A wall clock and a source of randomness.
pub trait Host: Send {
    /// Returns the wall clock's milliseconds since 1970. It may be wrong, and it may jump.
    fn now_ms(&self) -> u64;

    /// Fills the bytes with unpredictable randomness.
    fn fill_random(&self, bytes: &mut [u8]);
}

/// The machine's own clock and randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsHost;

impl Host for OsHost {
    fn now_ms(&self) -> u64 {
        // A clock set before 1970 counts as 1970; the hybrid clock keeps what is written in order.
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| {
                u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
            })
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        // Linux, Windows and macOS give randomness once they have booted far enough to run this program.
        getrandom::fill(bytes).expect("the operating system gives randomness");
    }
}

/// A host's randomness in the shape that the ciphers ask for.
pub(crate) struct HostRng<'a>(pub(crate) &'a dyn Host);

impl TryRng for HostRng<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill_random(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill_random(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_random(bytes);
        Ok(())
    }
}

impl TryCryptoRng for HostRng<'_> {}

/// Returns random bytes of a fixed number.
pub(crate) fn random<const N: usize>(host: &dyn Host) -> [u8; N] {
    let mut bytes = [0; N];
    host.fill_random(&mut bytes);
    bytes
}
