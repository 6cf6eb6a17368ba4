//! What the importer is told: fresh names, and where what it meets again is kept.
//!
//! A name such as `Patient/1` means something only where it stands: in one Bundle, or among the NDJSON files of one
//! folder, which are one export. Two files that each have a `Patient/1` are never taken for one.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use fhir::{Held, Registry, is_universal};
use record::{ChartId, Hlc, ItemId, StatementId};
use store::{ReplicaStore, StoreError};

use super::files::is_ndjson;
use crate::host::{Host, random};
use crate::meta;
use crate::views::CommandError;

/// How many objects a directory takes before another begins: a chart stays quick to open, and is far from full.
const DIRECTORY_OBJECTS: u32 = 1_000;

/// The largest that counts as one object: a larger one counts as several.
const OBJECT_BYTES: usize = 8 * 1024;

/// What one import knows of itself and of those before it.
pub(super) struct Known {
    /// What went where in this import, by the store's key, as long as the store does not say it.
    held: HashMap<String, Held>,
    /// What the NDJSON files of a folder say to each other.
    folders: RefCell<HashMap<PathBuf, Folder>>,
    /// Why the store could not say whether something is held.
    failure: RefCell<Option<StoreError>>,
    /// The folder of the file that is read now, if its files share their names.
    folder: Option<PathBuf>,
    /// The piece of a file that is read now.
    piece: Rc<Vec<u8>>,
    /// Its fingerprint, once it is asked for: it keeps apart two systems that each have a `Patient/1`.
    fingerprint: OnceCell<String>,
    series: Series,
    directory: ChartId,
    directory_objects: u32,
    written: BTreeSet<ChartId>,
}

/// What the NDJSON files of one folder have named, where a name means something only among them.
#[derive(Debug, Default)]
struct Folder {
    held: HashMap<String, Held>,
    patients: HashMap<String, Named>,
}

/// Whom the name of a patient means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    /// The patient whose text has this digest.
    One([u8; 32]),
    /// Several: nobody can tell whom a reference means.
    Several,
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
            folders: RefCell::default(),
            failure: RefCell::default(),
            folder: None,
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

    /// Notes which piece of which file comes now.
    pub(super) fn begin_piece(&mut self, path: &Path, piece: Rc<Vec<u8>>) {
        self.folder = if is_ndjson(path) {
            path.parent().map(Path::to_owned)
        } else {
            None
        };
        self.piece = piece;
        self.fingerprint = OnceCell::new();
    }

    /// Lets go of the piece, before the next one is read.
    pub(super) fn end_piece(&mut self) {
        self.piece = Rc::default();
        self.fingerprint = OnceCell::new();
    }

    /// Fails if the store could not say whether something is held: what was read since is not to be believed.
    pub(super) fn check(&self) -> Result<(), CommandError> {
        match self.failure.take() {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
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
        store: &'a dyn Sources,
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

    /// Notes where a source went, and returns the key under which the store keeps it.
    pub(super) fn note(&mut self, source: &str, held: Held) -> String {
        let key = self.key(source);
        self.held.insert(key.clone(), held);
        self.share(source, held);
        key
    }

    /// Tells the other files of the folder where a source went.
    fn share(&self, source: &str, held: Held) {
        if let Some(folder) = self.folder.as_ref().filter(|_| !is_universal(source)) {
            let mut folders = self.folders.borrow_mut();
            let folder = folders.entry(folder.clone()).or_default();
            folder.held.insert(source.to_owned(), held);
        }
    }

    /// Returns where a source went that another file of the folder had.
    fn shared(&self, source: &str) -> Shared {
        let folders = self.folders.borrow();
        let folder = self.folder.as_ref().and_then(|it| folders.get(it));
        let Some(folder) = folder.filter(|_| !is_universal(source)) else {
            return Shared::Nowhere;
        };
        match (folder.patients.get(source), folder.held.get(source)) {
            (Some(Named::Several), _) => Shared::Disputed,
            (Some(Named::One(_)) | None, Some(held)) => Shared::Held(*held),
            (Some(Named::One(_)) | None, None) => Shared::Nowhere,
        }
    }

    /// Counts a chart that was written, and what was written anew of what the directory holds. What is new there was
    /// counted when its place was asked for.
    pub(super) fn count(&mut self, chart: ChartId, again: usize) {
        self.written.insert(chart);
        if chart == self.directory {
            let again = u32::try_from(again).unwrap_or(u32::MAX);
            self.directory_objects = self.directory_objects.saturating_add(again);
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
        self.held.clear();
    }
}

/// What the other files of a folder say of a name.
enum Shared {
    Nowhere,
    Held(Held),
    /// Two of them mean two patients by it.
    Disputed,
}

/// Whoever remembers where imported objects went.
pub(super) trait Sources {
    /// Returns where the object with this key went.
    fn source_of(&self, key: &str) -> Result<Option<(ChartId, StatementId)>, StoreError>;
}

impl Sources for ReplicaStore {
    fn source_of(&self, key: &str) -> Result<Option<(ChartId, StatementId)>, StoreError> {
        Self::source_of(self, key)
    }
}

/// Answers the importer.
pub(super) struct Desk<'a> {
    known: &'a mut Known,
    store: &'a dyn Sources,
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
        let key = self.known.key(source);
        match self.known.shared(source) {
            Shared::Disputed => return None,
            Shared::Held(held) => return Some(held),
            Shared::Nowhere => {}
        }
        if let Some(held) = self.known.held.get(&key) {
            return Some(*held);
        }
        match self.store.source_of(&key) {
            Ok(kept) => {
                let held = kept.map(|(chart, statement)| Held { chart, statement })?;
                // Of an import that broke off: the files after this one point to it by the same name.
                self.known.share(source, held);
                Some(held)
            }
            Err(error) => {
                // Taken for unknown it would be imported a second time. Whoever asked checks before writing.
                self.known.failure.replace(Some(error));
                None
            }
        }
    }

    fn is_another(&mut self, source: &str, text: &str) -> bool {
        let Some(folder) = self.known.folder.as_ref().filter(|_| !is_universal(source)) else {
            return false;
        };
        let named = Named::One(crypto::sha256(text.as_bytes()));
        let folders = self.known.folders.get_mut();
        let patients = &mut folders.entry(folder.clone()).or_default().patients;
        let first = patients.entry(source.to_owned()).or_insert(named);
        if *first != named {
            *first = Named::Several;
        }
        *first == Named::Several
    }

    fn directory(&mut self, bytes: usize) -> ChartId {
        let known = &mut *self.known;
        if known.directory_objects >= DIRECTORY_OBJECTS {
            known.directory = ChartId::new(random(self.host));
            known.directory_objects = 0;
        }
        let counts = u32::try_from(bytes.div_ceil(OBJECT_BYTES)).unwrap_or(u32::MAX);
        known.directory_objects = known.directory_objects.saturating_add(counts.max(1));
        known.directory
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestHost;

    /// A store that cannot answer now.
    struct Busy;

    impl Sources for Busy {
        fn source_of(&self, _key: &str) -> Result<Option<(ChartId, StatementId)>, StoreError> {
            Err(StoreError::Busy)
        }
    }

    #[test]
    fn a_directory_that_is_full_is_followed_by_another_within_an_import() {
        let (store, host) = (ReplicaStore::in_memory().unwrap(), TestHost::new(1));
        let mut known = Known::take_up(&store, &host).unwrap();
        let mut desk = known.desk(&store, &host);

        let small: BTreeSet<ChartId> = (0..DIRECTORY_OBJECTS).map(|_| desk.directory(1)).collect();
        let half = OBJECT_BYTES * DIRECTORY_OBJECTS as usize / 2;
        let large: Vec<ChartId> = (0..4).map(|_| desk.directory(half)).collect();

        assert_eq!(small.len(), 1);
        assert!(!small.contains(&large[0]));
        assert!(large[0] == large[1] && large[1] != large[2] && large[2] == large[3]);
    }

    #[test]
    fn a_store_that_does_not_answer_is_not_taken_for_one_that_has_nothing() {
        let (store, host) = (ReplicaStore::in_memory().unwrap(), TestHost::new(1));
        let mut known = Known::take_up(&store, &host).unwrap();
        assert!(known.check().is_ok());

        assert_eq!(known.desk(&Busy, &host).held("urn:uuid:1"), None);

        assert_eq!(known.check().unwrap_err().code, crate::ErrorCode::Busy);
    }
}
