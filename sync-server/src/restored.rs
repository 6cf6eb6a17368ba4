//! A hub that was put back from an older copy finds out, and goes on.
//!
//! It learns so from its home, where a count of starts is kept beside the database, or from a device that shows a
//! checkpoint which this hub once signed and whose history it does not have. Then it begins another epoch of its
//! feeds and notes it in its own log. Devices offer again what it lost, and repair what they hold. Without either
//! proof nobody can have it do so.

use audit::{Checkpoint, SessionEvent};
use serde::{Deserialize, Serialize};
use store::{HubCommit, StoreError};
use wire::CheckpointMark;

use crate::home::{Home, HomeError};
use crate::hub::{Hub, feed_epoch};
use crate::judge::Reason;
use crate::pen::Subject;
use crate::world::random;

/// Under which name the store keeps which start of which hub it has seen.
const GENERATION: &str = "generation";

/// Under which name the store keeps that it was restored.
const RESTORED: &str = "restored";

/// Which start of which hub this is. The home has it beside the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation {
    /// Drawn once for a hub.
    pub(crate) hub: [u8; 8],
    /// How often it was started to serve.
    pub(crate) starts: u64,
}

/// That this hub was restored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// When it last found so, in milliseconds since 1970.
    #[serde(rename = "t")]
    pub at_ms: u64,
    /// How often it did.
    #[serde(rename = "n")]
    pub times: u64,
    /// The largest history that a device has proved it once had; zero for none.
    #[serde(rename = "p")]
    pub proved: u64,
    /// The newest epoch of the roster when it last found so. What it gave numbers to after that it may not know.
    #[serde(rename = "r", default)]
    pub roster_epoch: u64,
    /// The highest epoch of a roster that a device has shown and that this hub had lost; zero for none.
    #[serde(rename = "k", default)]
    pub rejoined: u64,
}

/// Why the start of a hub could not be noted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerationError {
    /// Look at the folder's permissions and the disk.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// See what the store says.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Hub {
    /// Notes in the home and in the store that the hub starts to serve. A store that has seen fewer starts than its
    /// home, or those of another hub, was put back from an older copy.
    pub fn note_start(&mut self, home: &Home) -> Result<(), GenerationError> {
        let beside = home.generation()?;
        let within = self.store.get(GENERATION)?;
        let within = within.and_then(|it| Generation::from_bytes(&it));
        if is_older(within, beside) {
            self.begin_feeds_anew(0)?;
        }
        let starts = |it: Option<Generation>| it.map_or(0, |it| it.starts);
        let next = Generation {
            hub: beside
                .or(within)
                .map_or_else(|| random(self.world.as_ref()), |it| it.hub),
            starts: starts(beside).max(starts(within)).saturating_add(1),
        };
        // The store first: a crash between the two leaves it ahead of the home, which proves nothing.
        self.store.put(GENERATION, &next.to_bytes())?;
        home.put_generation(&next)?;
        Ok(())
    }

    /// Returns whether the hub has found that it was restored.
    pub fn restored(&self) -> Result<Option<Restored>, StoreError> {
        let kept = self.store.get(RESTORED)?;
        Ok(kept.and_then(|it| serde_ipld_dagcbor::from_slice(&it).ok()))
    }

    /// Tells whether a checkpoint that a device holds is none of this history, as far as its size and mark say, and
    /// would prove something new.
    pub(crate) fn is_unknown(&self, size: u64, mark: CheckpointMark) -> Result<bool, StoreError> {
        let signed = self.store.checkpoint_at(size)?;
        if signed.is_some_and(|note| CheckpointMark::of(&note) == mark) {
            return Ok(false);
        }
        Ok(self.restored()?.is_none_or(|it| size > it.proved))
    }

    /// Looks whether a note proves that this hub once had another history than it has now. Tells whether it did.
    pub(crate) fn take_proof(&mut self, note: &str) -> Result<bool, StoreError> {
        let checkpoint = match Checkpoint::verify(note, &self.keys.history.public()) {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                tracing::warn!(%error, "a checkpoint that was shown is not signed by this hub");
                return Ok(false);
            }
        };
        let proved = self.restored()?.map_or(0, |it| it.proved);
        let size = self.store.history_size()?;
        let is_ours =
            checkpoint.size <= size && self.store.history_root(checkpoint.size)? == checkpoint.root;
        if is_ours || checkpoint.size <= proved {
            return Ok(false);
        }
        self.begin_feeds_anew(checkpoint.size)?;
        Ok(true)
    }

    /// Begins another epoch of the feeds and notes that the hub was restored.
    pub(crate) fn begin_feeds_anew(&mut self, proved: u64) -> Result<(), StoreError> {
        let before = self.restored()?.unwrap_or_default();
        let restored = Restored {
            at_ms: self.world.now_ms(),
            times: before.times.saturating_add(1),
            proved: before.proved.max(proved),
            roster_epoch: self.roster.epoch,
            rejoined: before.rejoined,
        };
        let subject = Subject {
            number: i64::try_from(proved).ok().filter(|it| *it > 0),
            ..Subject::default()
        };
        let entry = self.entry(SessionEvent::HubRestored, subject);
        let aside = self.store.charts_set_aside(Reason::ChartNotHeld.word())?;
        let commit = HubCommit {
            entries: vec![entry],
            // A hub that was put back has forgotten who held a chart: what it set aside for that is judged anew.
            again: aside.into_iter().collect(),
            meta: vec![restored.kept()?, self.pen.clock()],
            ..HubCommit::default()
        };
        let mut epoch = feed_epoch(self.world.as_ref());
        while epoch == self.store.feed_epoch()?
            || self
                .store
                .feed_epoch_end(epoch, record::ScopeId(0))?
                .is_some()
        {
            epoch = epoch.wrapping_add(2);
        }
        let world = self.world.as_ref();
        self.store
            .begin_feed_epoch(epoch, &commit, &mut || random(world))?;
        self.feeds_begun = self.feeds_begun.saturating_add(1);
        self.put_back = true;
        tracing::warn!(
            proved,
            "this hub was restored from an older copy: devices offer again what it lost"
        );
        // Whoever is met from here on holds a history that the copy has not, and so proves it again should the same copy
        // be put back once more. The newest checkpoint of the copy would prove nothing.
        self.sign_checkpoint()
    }
}

/// Tells whether a store is older than its home says.
fn is_older(within: Option<Generation>, beside: Option<Generation>) -> bool {
    match (within, beside) {
        (_, None) => false,
        // A store from before generations were kept was restored if its home has been started with a later one.
        (None, Some(_)) => true,
        (Some(within), Some(beside)) => within.hub != beside.hub || within.starts < beside.starts,
    }
}

impl Restored {
    /// Returns what the store keeps of it.
    pub(crate) fn kept(&self) -> Result<(String, Vec<u8>), StoreError> {
        let kept = serde_ipld_dagcbor::to_vec(self).map_err(|_never| StoreError::Refused {
            doing: "note that the hub was restored",
        })?;
        Ok((RESTORED.to_owned(), kept))
    }
}

impl Generation {
    /// How long it is, written.
    pub(crate) const BYTES: usize = 16;

    pub(crate) fn to_bytes(self) -> Vec<u8> {
        [self.hub, self.starts.to_be_bytes()].concat()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (hub, starts) = bytes.split_first_chunk()?;
        Some(Self {
            hub: *hub,
            starts: u64::from_be_bytes(starts.try_into().ok()?),
        })
    }
}

#[cfg(test)]
mod tests;
