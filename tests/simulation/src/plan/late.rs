//! A computer that is enrolled while the run goes on.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{CHAOS_MS, Happening, Plan};

/// Tells the numbers that these runs are drawn from from the others of a seed.
const LATE: u64 = 0x6c61_7465_5f5f_5f5f;

impl Plan {
    /// In half of the runs in which the hub is put back a computer is enrolled meanwhile: the hub may forget it. It is
    /// the clinic after the last. What else a seed means does not change by it.
    pub(super) fn add_late(&mut self, seed: u64, clinics: usize) {
        let restored = |it: &(u64, Happening)| it.1 == Happening::RestoreHub;
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ LATE);
        if !self.happenings.iter().any(restored) || rng.random_bool(0.5) {
            return;
        }
        let at = rng.random_range(0..CHAOS_MS / 2);
        let beside = rng.random_range(0..clinics);
        self.happenings.push((at, Happening::Enrol(beside)));
        self.add_work(&mut rng, &[clinics]);
    }
}
