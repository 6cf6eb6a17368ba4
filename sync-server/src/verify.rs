//! Checking all that the hub has stored, and saying where it is not what was once written.
//!
//! The history is read leaf by leaf ([`audit::Verifier`]): every log's chain, every segment's signature, every leaf,
//! every hash of the tree, every checkpoint, and every person's seal. Then what was derived from it: the feeds'
//! digests, the charts, whether all that was stored is served, to those alone who are to have it, and the attachments' bytes. The entries are streamed: of a history of any length there are held at once a few hundred
//! entries, the head of each log and the checkpoints (some hundred bytes each); of the charts, one.

mod attached;
mod problem;
mod seals;
mod served;

use audit::{Checkpoint, Finding, LogPosition, SessionEvent, Verifier};
use record::{ChartId, ScopeId};
use replica::ChartDoc;
use store::{FeedPlace, FeedRow, StoreError};
use wire::FeedDigest;

use crate::charts::rebuild;
use crate::hub::Hub;
use crate::merge::heads;
use crate::pen::Subject;
pub use problem::Problem;
use seals::Seals;

/// How many leaves are read at once.
const LEAVES: usize = 256;
/// How many rows of a feed are read at once.
const FEED_ROWS: usize = 256;
/// How many bytes of a feed are read at once.
const FEED_BYTES: usize = 4 * 1024 * 1024;

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// How many entries were checked.
    pub entries: u64,
    /// How many of them the newest checkpoint stands for.
    pub covered: u64,
    /// How many checkpoints were checked.
    pub checkpoints: u64,
    /// How many positions of feeds were checked.
    pub feed_positions: u64,
    /// How many charts were made again and compared.
    pub charts: u64,
    /// What is wrong, the first ones.
    pub problems: Vec<Problem>,
    /// How many problems there were beyond those.
    pub more: u64,
}

impl Verification {
    /// How many problems are kept.
    const MAX_PROBLEMS: usize = 1_000;

    /// Tells whether everything is what was once written.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.problems.is_empty() && self.more == 0
    }

    fn found(&mut self, problem: Problem) {
        if self.problems.len() < Self::MAX_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.more += 1;
        }
    }

    /// Records that a part could not be read, and goes on with the next.
    fn part(&mut self, part: &'static str, result: Result<(), StoreError>) {
        if let Err(error) = result {
            self.found(Problem::Unreadable {
                part,
                why: error.to_string(),
            });
        }
    }
}

impl Hub {
    /// Checks everything that is stored.
    #[must_use]
    pub fn verify(&self) -> Verification {
        let mut found = Verification::default();
        let result = self.verify_file(&mut found);
        found.part("the database file", result);
        let result = self.verify_history(&mut found);
        found.part("the history", result);
        let result = self.verify_feeds(&mut found);
        found.part("the feeds", result);
        let result = self.verify_charts(&mut found);
        found.part("the charts", result);
        let result = self.verify_served(&mut found);
        found.part("what is served", result);
        let result = self.verify_attachments(&mut found);
        found.part("the attachments", result);
        found
    }

    /// Notes in the hub's own log that the history was verified.
    pub fn note_verified(&mut self) -> Result<(), StoreError> {
        let entry = self.entry(SessionEvent::AuditVerified, Subject::default());
        self.note(vec![entry])?;
        self.sign_checkpoint()
    }

    fn verify_file(&self, found: &mut Verification) -> Result<(), StoreError> {
        for what in self.store.check_file()? {
            found.found(Problem::File(what));
        }
        Ok(())
    }

    fn verify_history(&self, found: &mut Verification) -> Result<(), StoreError> {
        let key = self.keys.history.public();
        let mut checkpoints = Vec::new();
        for (place, note) in self.store.checkpoints()?.iter().enumerate() {
            found.checkpoints += 1;
            match Checkpoint::verify(note, &key) {
                Ok(checkpoint) => checkpoints.push(checkpoint),
                Err(_altered) => found.found(Problem::Checkpoint { number: place + 1 }),
            }
        }
        let log_key = |device| self.roster.device(device).map(|it| it.log);
        let mut verifier = Verifier::new(&checkpoints, log_key);
        let result = self.read_history(&mut verifier, found);
        let report = verifier.finish();
        if found.checkpoints == 0 && report.entries > 0 {
            found.found(Problem::NoCheckpoint);
        }
        found.entries = report.entries;
        found.covered = report.covered;
        found.more += report.more;
        for finding in report.findings {
            found.found(Problem::History(finding));
        }
        result
    }

    fn read_history<F>(
        &self,
        verifier: &mut Verifier<F>,
        found: &mut Verification,
    ) -> Result<(), StoreError>
    where
        F: Fn(record::DeviceId) -> Option<crypto::PublicKey>,
    {
        let mut from = 0;
        let mut seals = Seals::default();
        loop {
            let leaves = self.store.history(from, LEAVES)?;
            let Some(last) = leaves.last() else {
                return Ok(());
            };
            from = last.leaf.saturating_add(1);
            for stored in &leaves {
                verifier.check(stored);
                if let Some(what) = seals.check(&self.roster, stored) {
                    found.found(Problem::Seal {
                        position: stored.position,
                        leaf: stored.leaf,
                        what,
                    });
                }
            }
        }
    }

    fn verify_feeds(&self, found: &mut Verification) -> Result<(), StoreError> {
        for scope in self.roster.scopes.iter().map(|it| it.id) {
            self.verify_feed(scope, found)?;
        }
        Ok(())
    }

    fn verify_feed(&self, scope: ScopeId, found: &mut Verification) -> Result<(), StoreError> {
        let (mut position, mut digest) = (0_u64, FeedDigest::EMPTY);
        while let Some(read) = self
            .store
            .read_feed(scope, position, FEED_BYTES, FEED_ROWS)?
        {
            let before = position;
            for place in &read.rows {
                position = position.saturating_add(1);
                found.feed_positions += 1;
                if is_altered(place) {
                    let what = "the change is not the one that was put there";
                    found.found(Problem::Feed {
                        scope,
                        position,
                        what,
                    });
                }
                digest = digest.and(weight(place));
                let kept = self.store.feed_digest_at(scope, position)?;
                if kept != Some(digest.0) {
                    let what = "the digest is not that of what is there up to here";
                    found.found(Problem::Feed {
                        scope,
                        position,
                        what,
                    });
                    // What follows is compared with what is kept, so that one altered digest is one problem.
                    digest = kept.map_or(digest, FeedDigest);
                }
            }
            if position == before {
                break;
            }
        }
        let head = self.store.feed_head(scope)?;
        if head.position != position || (position > 0 && head.digest != digest.0) {
            let what = "the feed does not end where it says";
            found.found(Problem::Feed {
                scope,
                position,
                what,
            });
        }
        Ok(())
    }

    fn verify_charts(&self, found: &mut Verification) -> Result<(), StoreError> {
        for chart in self.store.charts()? {
            found.charts += 1;
            let first = self.store.first_change_of(chart)?;
            if !self.is_in_its_scope(chart, first)? {
                found.found(Problem::WrongScope { chart });
            }
            if !self.is_chart_whole(chart)? {
                found.found(Problem::Chart { chart });
            }
        }
        Ok(())
    }

    fn is_chart_whole(&self, chart: ChartId) -> Result<bool, StoreError> {
        let Some(snapshot) = self.store.snapshot(chart)? else {
            return Ok(false);
        };
        let made_again = match rebuild(&self.store, chart) {
            Ok(doc) => heads(&doc),
            Err(StoreError::Damaged { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        let kept = ChartDoc::load(chart, &snapshot.bytes).map(|doc| heads(&doc));
        Ok(kept.is_ok_and(|it| it == made_again) && snapshot.heads == made_again)
    }
}

/// Returns where in a log and in the history a finding is, as far as it has a place.
pub(crate) const fn place(finding: &Finding) -> (Option<LogPosition>, Option<u64>) {
    match finding {
        Finding::Entry { position, leaf, .. } => (Some(*position), Some(*leaf)),
        Finding::Tree { leaf, .. } => (None, Some(*leaf)),
        Finding::Missing { from, .. } => (None, Some(*from)),
        Finding::Unsigned { position } => (Some(*position), None),
        Finding::WrongRoot { .. } => (None, None),
    }
}

/// Tells whether a change in a feed is another than its row says.
fn is_altered(place: &FeedPlace) -> bool {
    match place {
        FeedPlace::Change(row) => {
            replica::check(&row.payload).map(|it| *it.hash().as_bytes()) != Ok(row.hash)
        }
        FeedPlace::Gone { .. } | FeedPlace::Leave(_) => false,
    }
}

/// Returns what a place adds to its feed's digest.
fn weight(place: &FeedPlace) -> FeedDigest {
    match place {
        FeedPlace::Change(FeedRow { hash, .. }) | FeedPlace::Gone { hash, .. } => {
            FeedDigest::EMPTY.with(hash)
        }
        FeedPlace::Leave(chart) => FeedDigest::EMPTY.left_by(*chart),
    }
}

#[cfg(test)]
mod tests;
