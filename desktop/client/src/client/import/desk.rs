//! What the importer is told: fresh names, and where what it meets again is kept.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use fhir::{Held, Registry, is_universal};
use record::{ChartId, Hlc, ItemId, StatementId};
use store::ReplicaStore;

use crate::host::{Host, random};
use crate::meta;
use crate::views::CommandError;

/// How many objects a directory takes before the next import begins another: a chart stays quick to open.
const DIRECTORY_OBJECTS: u32 = 1_000;

/// What one import knows of itself and of those before it.
pub(super) struct Known {
    /// What went where in this import, as long as the store does not say it.
    held: HashMap<String, Held>,
    /// The piece of a file that is read now.
    piece: Rc<Vec<u8>>,
    /// Its fingerprint, once it is asked for: it keeps apart two systems that each have a `Patient/1`.
    fingerprint: OnceCell<String>,
    series: Series,
    directory: ChartId,
    directory_objects: u32,
    written: BTreeSet<ChartId>,
}

#[derive(Debug, Clone, Copy)]
struct Series {
    at: Hlc,
    random: [u8; 6],
    next: u16,
}

impl Known {
    pub(super) fn take_up(store: &ReplicaStore, host: &dyn Host) -> Result<Self, CommandError> {
        let known: Option<(ChartId, u32)> = meta::read(store, meta::DIRECTORY)?;
        let fresh = || (ChartId::new(random(host)), 0);
        let (directory, objects) = known
            .filter(|it| it.1 < DIRECTORY_OBJECTS)
            .unwrap_or_else(fresh);
        Ok(Self {
            held: HashMap::new(),
            piece: Rc::default(),
            fingerprint: OnceCell::new(),
            series: Series {
                at: Hlc::new(host.now_ms(), 0),
                random: random(host),
                next: 0,
            },
            directory,
            directory_objects: objects,
            written: BTreeSet::new(),
        })
    }

    /// Notes which piece of a file comes now.
    pub(super) fn begin_piece(&mut self, piece: Rc<Vec<u8>>) {
        self.piece = piece;
        self.fingerprint = OnceCell::new();
    }

    /// Lets go of the piece, before the next one is read.
    pub(super) fn end_piece(&mut self) {
        self.begin_piece(Rc::default());
    }

    /// Most systems give their resources addresses that mean the same everywhere, and nobody asks.
    fn fingerprint(&self) -> &str {
        self.fingerprint.get_or_init(|| {
            let digest = crypto::hash("posta/import/file/v1", &[self.piece.as_slice()]).to_string();
            digest.chars().take(32).collect()
        })
    }

    /// Returns the desk that the importer asks.
    pub(super) const fn desk<'a>(
        &'a mut self,
        store: &'a ReplicaStore,
        host: &'a dyn Host,
    ) -> Desk<'a> {
        Desk {
            known: self,
            store,
            host,
        }
    }

    /// Returns the key under which the store keeps where a source went.
    pub(super) fn key(&self, source: &str) -> String {
        if is_universal(source) {
            source.to_owned()
        } else {
            format!("{}#{source}", self.fingerprint())
        }
    }

    /// Notes where a source went.
    pub(super) fn note(&mut self, source: &str, held: Held) {
        self.held.insert(source.to_owned(), held);
    }

    /// Counts a chart that was written, and what went into the directory.
    pub(super) fn count(&mut self, chart: ChartId, objects: usize) {
        self.written.insert(chart);
        if chart == self.directory {
            let objects = u32::try_from(objects).unwrap_or(u32::MAX);
            self.directory_objects = self.directory_objects.saturating_add(objects);
        }
    }

    /// Returns how many charts were written.
    pub(super) fn charts(&self) -> usize {
        self.written.len()
    }

    /// Returns what is remembered of the directory.
    pub(super) fn directory_meta(&self) -> Option<(String, Vec<u8>)> {
        let value = (self.directory, self.directory_objects);
        (self.directory_objects > 0).then(|| (meta::DIRECTORY.to_owned(), meta::to_bytes(&value)))
    }

    /// The store has everything up to here: what it can say itself need not be held in memory.
    pub(super) fn stored(&mut self) {
        self.held.retain(|source, _held| !is_universal(source));
    }
}

/// Answers the importer.
pub(super) struct Desk<'a> {
    known: &'a mut Known,
    store: &'a ReplicaStore,
    host: &'a dyn Host,
}

impl Desk<'_> {
    fn place(&mut self) -> (Hlc, [u8; 6], u16) {
        let series = &mut self.known.series;
        let place = (series.at, series.random, series.next);
        match series.next.checked_add(1) {
            Some(next) => series.next = next,
            None => {
                *series = Series {
                    random: random(self.host),
                    next: 0,
                    ..*series
                }
            }
        }
        place
    }
}

impl Registry for Desk<'_> {
    fn chart_id(&mut self) -> ChartId {
        ChartId::new(random(self.host))
    }

    fn statement_id(&mut self) -> StatementId {
        let (at, random, index) = self.place();
        StatementId::in_series(at, random, index)
    }

    fn item_id(&mut self) -> ItemId {
        let (at, random, index) = self.place();
        ItemId::in_series(at, random, index)
    }

    fn held(&self, source: &str) -> Option<Held> {
        if let Some(held) = self.known.held.get(source) {
            return Some(*held);
        }
        match self.store.source_of(&self.known.key(source)) {
            Ok(kept) => kept.map(|(chart, statement)| Held { chart, statement }),
            Err(error) => {
                // The commit that follows meets the same store and says so. Until then nothing is known of it.
                tracing::error!(%error, "the store could not say whether a resource is held");
                None
            }
        }
    }

    fn directory(&mut self) -> ChartId {
        self.known.directory
    }
}
