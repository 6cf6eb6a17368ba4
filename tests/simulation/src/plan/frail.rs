//! When the hub cannot merge some changes.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{Happening, Plan};

/// Tells the numbers that these runs are drawn from from the others of a seed.
const FRAIL: u64 = 0x6672_6169_6c5f_5f5f;

impl Plan {
    /// In some runs whoever merges at the hub dies over some changes for a while, or until the hub is mended at the end
    /// and everything that was set aside is released. What else a seed means does not change by it. A run in which the
    /// hub is put back has none of that: what was set aside and then lost is nowhere to be released.
    pub(super) fn add_frailty(&mut self, seed: u64) {
        let restored = |it: &(u64, Happening)| it.1 == Happening::RestoreHub;
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ FRAIL);
        if !rng.random_bool(0.1) || self.happenings.iter().any(restored) {
            return;
        }
        let below = rng.random_range(30..200);
        self.add(&mut rng, Happening::Frail(below));
        if rng.random_bool(0.3) {
            self.add(&mut rng, Happening::Frail(0));
        }
    }
}
