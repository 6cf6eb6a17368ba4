//! Wrong passphrases: each makes the next wait longer, none locks anybody out for good.

use serde::{Deserialize, Serialize};

/// How many wrong passphrases cost nothing: people mistype.
const FREE: u32 = 3;

/// The longest wait. A nurse who knows the passphrase after all must not lose the patient meanwhile.
const MAX_WAIT_MS: u64 = 5 * 60 * 1000;

/// How many times are kept for the log; the count goes on beyond them.
const MAX_TIMES: usize = 100;

/// The wrong passphrases since the last right one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempts {
    count: u32,
    last_ms: u64,
    /// When they were, for the log.
    times_ms: Vec<u64>,
}

impl Attempts {
    /// Returns how long the next try must wait; zero if it need not.
    pub(crate) fn wait_ms(&self, now_ms: u64) -> u64 {
        let Some(doublings) = self.count.checked_sub(FREE) else {
            return 0;
        };
        let wait = 1000_u64
            .saturating_mul(1 << doublings.min(16))
            .min(MAX_WAIT_MS);
        // A clock that was set back since must not lock anybody out. Whoever sets it back on purpose could
        // delete the file as well: the slot's own cost is what protects it.
        now_ms
            .checked_sub(self.last_ms)
            .map_or(0, |passed| wait.saturating_sub(passed))
    }

    /// Returns how many there were.
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// Returns when they were, oldest first; of very many only the first ones.
    pub(crate) fn times_ms(&self) -> &[u64] {
        &self.times_ms
    }

    /// Counts another one.
    #[must_use]
    pub(crate) fn and_one_at(mut self, now_ms: u64) -> Self {
        self.count = self.count.saturating_add(1);
        self.last_ms = now_ms;
        if self.times_ms.len() < MAX_TIMES {
            self.times_ms.push(now_ms);
        }
        self
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_ipld_dagcbor::to_vec(self).expect("numbers can always be written")
    }

    /// Damaged bytes count as none: whoever can damage the file can delete it too.
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        serde_ipld_dagcbor::from_slice(bytes).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tries: u32, passed_ms: u64, expected_ms: u64) {
        let attempts = (0..tries).fold(Attempts::default(), |it, _try| it.and_one_at(1_000_000));
        assert_eq!(
            attempts.wait_ms(1_000_000 + passed_ms),
            expected_ms,
            "after {tries} tries"
        );
    }

    #[test]
    fn each_wrong_passphrase_makes_the_next_wait_longer_up_to_a_limit() {
        check(0, 0, 0);
        check(2, 0, 0);
        check(3, 0, 1000);
        check(4, 0, 2000);
        check(4, 500, 1500);
        check(4, 2000, 0);
        check(1000, 0, MAX_WAIT_MS);
    }

    #[test]
    fn the_first_tries_are_kept_and_all_are_counted() {
        let tries = |count| (0..count).fold(Attempts::default(), Attempts::and_one_at);

        let (most, more) = (tries(MAX_TIMES as u64), tries(MAX_TIMES as u64 + 2));

        assert_eq!(most.times_ms().len(), MAX_TIMES);
        assert_eq!(more.times_ms(), most.times_ms());
        assert_eq!(more.count() as usize, MAX_TIMES + 2);
    }

    #[test]
    fn a_clock_set_back_does_not_lock_anybody_out() {
        let attempts = (0..9).fold(Attempts::default(), |it, _try| it.and_one_at(u64::MAX / 2));

        assert_eq!(attempts.wait_ms(0), 0);
    }

    #[test]
    fn any_bytes_are_read() {
        assert_eq!(
            Attempts::from_bytes(b"\xff\x00nonsense"),
            Attempts::default()
        );
    }
}
