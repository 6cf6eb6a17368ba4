//! How fast links carry bytes, and when that changes.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{Happening, Plan, pick};

/// Tells the numbers that rates are drawn from from the others of a seed.
const RATES: u64 = 0x7261_7465_735f_5f5f;

/// Bytes per second: satellite or worse, GPRS, 64 kbit/s, a good line. Zero: as fast as anybody sends.
const STEPS: [u64; 5] = [300, 1_500, 8_000, 250_000, 0];

impl Plan {
    /// In some runs the links of clinics are slow, and become slower or faster while something is on its way. What else
    /// a seed means does not change by it.
    pub(super) fn add_rates(&mut self, seed: u64, clinics: usize) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ RATES);
        if !rng.random_bool(0.15) {
            return;
        }
        for clinic in 0..clinics {
            if rng.random_bool(0.5) {
                let rate = pick(&mut rng, &STEPS);
                self.happenings.push((0, Happening::Rate(clinic, rate)));
            }
        }
        for _ in 0..rng.random_range(1..6) {
            let (clinic, rate) = (rng.random_range(0..clinics), pick(&mut rng, &STEPS));
            self.add(&mut rng, Happening::Rate(clinic, rate));
        }
    }
}
