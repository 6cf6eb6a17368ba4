//! Heads of logs that are carried for others, named so that only who has the entries can answer.
//!
//! A hub that was told the chain of a carried log could repeat it: its carrier would let go of entries that the hub was
//! never sent, and their writer would take them for stored.

use audit::{ChainHash, LogHead};

/// The domain of what stands for a chain.
const DOMAIN: &str = "posta/wire/carried/v1";

/// Returns a head with, in place of the chain, what it is known by to whoever has the chain there.
#[must_use]
pub fn veiled(head: LogHead) -> LogHead {
    let veil = crypto::hash(DOMAIN, &[head.chain.as_bytes()]);
    LogHead {
        chain: ChainHash::from_bytes(*veil.as_bytes()),
        ..head
    }
}

#[cfg(test)]
mod tests {
    use record::DeviceId;

    use super::*;

    #[test]
    fn who_has_the_chain_knows_the_head_again_and_nobody_reads_it() {
        let head = LogHead::start(DeviceId(3), 1);
        let other = LogHead {
            chain: ChainHash::from_bytes([9; 32]),
            ..head
        };

        assert_eq!(veiled(head), veiled(head));
        assert_ne!(veiled(head).chain, head.chain);
        assert_ne!(veiled(head), veiled(other));
        assert_eq!(
            (veiled(head).device, veiled(head).seq),
            (head.device, head.seq)
        );
    }
}
