//! Who is to unlock a computer, as its log says, until somebody has decided.

use audit::{Entry, LogPosition};
use record::PersonId;
use rusqlite::{Connection, Row, params};

use super::entries::{ENTRY, POSITION, entry_of, position_of};
use super::{HubStore, run};
use crate::StoreError;

/// How an admission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdmissionState {
    /// Nobody has looked at it yet.
    New,
    /// An administrator must compare the words.
    Waiting,
    /// A manager vouched for it; an administrator must compare the words.
    Vouched,
    /// It was approved or declined.
    Decided,
}

impl AdmissionState {
    const fn code(self) -> u8 {
        match self {
            Self::New => 0,
            Self::Waiting => 1,
            Self::Vouched => 2,
            Self::Decided => 3,
        }
    }

    const fn of(code: u8) -> Self {
        match code {
            0 => Self::New,
            1 => Self::Waiting,
            2 => Self::Vouched,
            _decided_or_later => Self::Decided,
        }
    }
}

/// The newest word of a computer about a person who is to unlock it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmissionRow {
    /// Its leaf's number.
    pub leaf: u64,
    /// Its place in its log.
    pub position: LogPosition,
    /// The entry; `None` if its bytes are no entry.
    pub entry: Option<Entry>,
    /// How it stands.
    pub state: AdmissionState,
}

impl HubStore {
    /// Returns the admissions that nobody has looked at yet, the oldest first.
    pub fn new_admissions(&self) -> Result<Vec<AdmissionRow>, StoreError> {
        let sql = format!("{} WHERE state = 0 ORDER BY at", select());
        self.all(&sql, [], "list new admissions", row_of)
    }

    /// Returns the admissions that an administrator is to decide about, the oldest first.
    pub fn open_admissions(&self) -> Result<Vec<AdmissionRow>, StoreError> {
        let sql = format!("{} WHERE state < 3 ORDER BY at", select());
        self.all(&sql, [], "list admissions", row_of)
    }
}

/// Keeps that a computer's log names a person; it takes the place of what it said of them before.
pub(super) fn keep(connection: &Connection, leaf: u64, person: PersonId) -> Result<(), StoreError> {
    run(
        connection,
        "INSERT INTO admission (device, person, leaf, state) SELECT device, ?1, leaf, 0 FROM entry WHERE leaf = ?2
         ON CONFLICT (device, person) DO UPDATE SET leaf = excluded.leaf, state = 0 WHERE leaf < excluded.leaf",
        params![person.0, leaf],
        "keep an admission",
    )
    .map(drop)
}

/// Keeps how an admission stands. One that a newer word has taken the place of is as if it had never been.
pub(super) fn decide(
    connection: &Connection,
    leaf: u64,
    state: AdmissionState,
) -> Result<(), StoreError> {
    run(
        connection,
        "UPDATE admission SET state = ?2 WHERE leaf = ?1",
        params![leaf, state.code()],
        "keep how an admission stands",
    )
    .map(drop)
}

fn select() -> String {
    format!(
        "SELECT leaf, {POSITION}, {ENTRY}, state
         FROM (SELECT leaf AS at, state FROM admission) JOIN entry ON leaf = at JOIN chart ON chart.id = entry.chart"
    )
}

fn row_of(row: &Row<'_>) -> rusqlite::Result<AdmissionRow> {
    Ok(AdmissionRow {
        leaf: row.get(0)?,
        position: position_of(row, 1)?,
        entry: entry_of(row, 4)?,
        state: AdmissionState::of(row.get(9)?),
    })
}
