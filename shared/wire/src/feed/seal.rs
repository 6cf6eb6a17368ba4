//! The hub's word about a feed: a chain over all that the feed holds, in its order, and a signature over its head.
//!
//! The digest of a feed tells two honest ends that they hold the same; anybody can make changes that sum up to it. A
//! chain cannot be bent like that, so whoever brings a run of the feed with the hub's signature over its end proves
//! that the hub once handed out just that, to whom it does not matter. It proves nothing about who may hold it.

use audit::LogPosition;
use crypto::{BadSignature, PublicKey, Signature, SigningKey};
use record::{ChartId, Hlc, PersonId, ScopeId};
use serde::{Deserialize, Serialize};

/// The domain of every hash in a feed's chain.
const CHAIN_DOMAIN: &str = "posta/feed/v1";
/// The domain of what stands for a change.
const CHANGE_DOMAIN: &str = "posta/feed/change/v1";
/// The domain of what stands for a chart that leaves.
const LEAVE_DOMAIN: &str = "posta/feed/leave/v1";
/// The domain of the hub's signature.
const SEAL_DOMAIN: &str = "posta/feed/seal/v1";

/// Stands for one item of a feed: all that a reader must believe of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemMark(#[serde(with = "serde_bytes")] pub [u8; 32]);

impl ItemMark {
    /// Returns what stands for a change: where, about which chart, when and by whom it was first written, and its hash.
    #[must_use]
    pub fn of_change(
        position: LogPosition,
        chart: ChartId,
        hlc: Hlc,
        person: PersonId,
        hash: &[u8; 32],
    ) -> Self {
        let LogPosition { device, epoch, seq } = position;
        let parts: [&[u8]; 7] = [
            &device.0.to_be_bytes(),
            &epoch.to_be_bytes(),
            &seq.to_be_bytes(),
            chart.as_bytes(),
            &hlc.as_u64().to_be_bytes(),
            &person.0.to_be_bytes(),
            hash,
        ];
        Self(*crypto::hash(CHANGE_DOMAIN, &parts).as_bytes())
    }

    /// Returns what stands for a chart that leaves the scope.
    #[must_use]
    pub fn of_leave(chart: ChartId) -> Self {
        Self(*crypto::hash(LEAVE_DOMAIN, &[chart.as_bytes()]).as_bytes())
    }
}

impl std::fmt::Debug for ItemMark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ItemMark({})", crypto::Digest::from_bytes(self.0))
    }
}

/// The hash of a feed up to and with one item: it stands for that item and every one before, in their order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FeedChain(#[serde(with = "serde_bytes")] pub [u8; 32]);

impl FeedChain {
    /// Returns the hash that an empty feed has. A feed of a later epoch goes on from where the one before ended.
    #[must_use]
    pub fn start(scope: ScopeId) -> Self {
        Self(*crypto::hash(CHAIN_DOMAIN, &[&scope.0.to_be_bytes()]).as_bytes())
    }

    /// Returns the hash after one more item.
    #[must_use]
    pub fn then(self, item: &ItemMark) -> Self {
        Self(*crypto::hash(CHAIN_DOMAIN, &[&self.0, &item.0]).as_bytes())
    }
}

impl std::fmt::Debug for FeedChain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FeedChain({})", crypto::Digest::from_bytes(self.0))
    }
}

/// The hub's word that a feed held, up to a position, what a chain stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    from = "(ScopeId, u32, u64, FeedChain, Signature)",
    into = "(ScopeId, u32, u64, FeedChain, Signature)"
)]
pub struct FeedSeal {
    /// Of which scope.
    pub scope: ScopeId,
    /// Which of the scope's feeds.
    pub feed_epoch: u32,
    /// Up to where.
    pub position: u64,
    /// The chain there.
    pub chain: FeedChain,
    /// By the key that signs the hub's history.
    pub signature: Signature,
}

impl FeedSeal {
    /// Signs where a feed stands.
    #[must_use]
    pub fn sign(
        scope: ScopeId,
        feed_epoch: u32,
        position: u64,
        chain: FeedChain,
        key: &SigningKey,
    ) -> Self {
        let mut seal = Self {
            scope,
            feed_epoch,
            position,
            chain,
            signature: Signature::from_bytes([0; 64]),
        };
        seal.signature = key.sign(SEAL_DOMAIN, &seal.signed());
        seal
    }

    /// Checks that the holder of this key signed it.
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        key.verify(SEAL_DOMAIN, &self.signed(), &self.signature)
    }

    fn signed(&self) -> Vec<u8> {
        [
            self.scope.0.to_be_bytes().as_slice(),
            &self.feed_epoch.to_be_bytes(),
            &self.position.to_be_bytes(),
            &self.chain.0,
        ]
        .concat()
    }
}

impl From<(ScopeId, u32, u64, FeedChain, Signature)> for FeedSeal {
    fn from(
        (scope, feed_epoch, position, chain, signature): (ScopeId, u32, u64, FeedChain, Signature),
    ) -> Self {
        Self {
            scope,
            feed_epoch,
            position,
            chain,
            signature,
        }
    }
}

impl From<FeedSeal> for (ScopeId, u32, u64, FeedChain, Signature) {
    fn from(it: FeedSeal) -> Self {
        (it.scope, it.feed_epoch, it.position, it.chain, it.signature)
    }
}

/// What a batch says so that its reader can prove it to others: the chain before its first item, and the hub's
/// signature over the chain after its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchSeal {
    /// The chain before the first item.
    pub before: FeedChain,
    /// The signature of the seal at the last.
    pub signature: Signature,
}

#[cfg(test)]
mod tests {
    use record::DeviceId;

    use super::*;

    const AT: LogPosition = LogPosition {
        device: DeviceId(3),
        epoch: 1,
        seq: 9,
    };

    fn mark(position: LogPosition, chart: u8, hlc: u64, person: u32, hash: u8) -> ItemMark {
        let chart = ChartId::new([chart; 16]);
        ItemMark::of_change(
            position,
            chart,
            Hlc::from_u64(hlc),
            PersonId(person),
            &[hash; 32],
        )
    }

    #[test]
    fn whatever_differs_of_an_item_its_mark_differs() {
        let one = mark(AT, 1, 2, 3, 4);
        let others = [
            mark(LogPosition { seq: 8, ..AT }, 1, 2, 3, 4),
            mark(LogPosition { epoch: 2, ..AT }, 1, 2, 3, 4),
            mark(AT, 2, 2, 3, 4),
            mark(AT, 1, 3, 3, 4),
            mark(AT, 1, 2, 4, 4),
            mark(AT, 1, 2, 3, 5),
            ItemMark::of_leave(ChartId::new([1; 16])),
        ];

        assert_eq!(one, mark(AT, 1, 2, 3, 4));
        assert!(!others.contains(&one));
    }

    #[test]
    fn the_order_and_the_scope_are_in_the_chain() {
        let (a, b) = (mark(AT, 1, 2, 3, 4), mark(AT, 1, 2, 3, 5));
        let chain = |scope, items: [&ItemMark; 2]| {
            let start = FeedChain::start(ScopeId(scope));
            items.into_iter().fold(start, |chain, it| chain.then(it))
        };

        assert_ne!(chain(1, [&a, &b]), chain(1, [&b, &a]));
        assert_ne!(chain(1, [&a, &b]), chain(2, [&a, &b]));
    }

    #[test]
    fn a_seal_is_worth_something_only_as_it_was_signed() {
        let key = SigningKey::from_seed([1; 32]);
        let seal = FeedSeal::sign(ScopeId(1), 2, 3, FeedChain([4; 32]), &key);

        assert!(seal.verify(&key.public()).is_ok());
        assert!(
            seal.verify(&SigningKey::from_seed([2; 32]).public())
                .is_err()
        );
        for altered in [
            FeedSeal {
                scope: ScopeId(2),
                ..seal
            },
            FeedSeal {
                feed_epoch: 3,
                ..seal
            },
            FeedSeal {
                position: 4,
                ..seal
            },
            FeedSeal {
                chain: FeedChain([5; 32]),
                ..seal
            },
        ] {
            assert!(altered.verify(&key.public()).is_err());
        }
    }
}
