//! When clinics meet each other without the hub.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{CHAOS_MS, Happening, Plan, Who, pick};

/// Tells the numbers that meetings of clinics are drawn from from the others of a seed.
const NEIGHBOURS: u64 = 0x6e65_6967_6862_6f75;

impl Plan {
    /// In five of thirteen runs clinics meet each other; in half of them one of the two has no network to the hub. In the
    /// others everything stays what it was, those that are kept among them. A run in which the hub is put back has none of that: a chart that left where it was
    /// made, and that the hub then forgot, may be left at one clinic alone, which is not told of it. Nor has one in which
    /// a disk is put back: what only the neighbour of that clinic still has is another branch to the hub, and stays there.
    pub(super) fn add_neighbours(&mut self, seed: u64, clinics: usize) {
        let restored =
            |it: &(u64, Happening)| matches!(it.1, Happening::RestoreHub | Happening::Restore(_));
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ NEIGHBOURS);
        if !matches!(seed % 13, 1 | 2 | 8 | 10 | 12) || self.happenings.iter().any(restored) {
            return;
        }
        let is_copied = |it: &(u64, Happening)| matches!(it.1, Happening::Clone(_));
        let clinics = clinics + usize::from(self.happenings.iter().any(is_copied));
        for _ in 0..rng.random_range(1..4) {
            let (one, other) = (rng.random_range(0..clinics), rng.random_range(0..clinics));
            if rng.random_bool(0.5) {
                let lasts = Happening::Partition(one, CHAOS_MS);
                self.happenings.push((0, lasts));
            }
            for _ in 0..rng.random_range(1..4) {
                let at = rng.random_range(0..CHAOS_MS - 10_000);
                self.happenings.push((at, Happening::Act(one)));
                self.happenings.push((at, Happening::Act(other)));
                if rng.random_bool(0.5) {
                    self.happenings.push((at, Happening::Connect(other)));
                }
                let meets = at + rng.random_range(0..8_000);
                if rng.random_bool(0.3) {
                    let (who, questions) = (pick(&mut rng, &[one, other]), rng.random_range(0..3));
                    let fuse = Happening::Fuse(Who::Clinic(who), questions);
                    self.happenings.push((meets, fuse));
                }
                self.happenings
                    .push((meets, Happening::Neighbours(one, other)));
                self.add(&mut rng, Happening::Connect(other));
            }
        }
    }
}
