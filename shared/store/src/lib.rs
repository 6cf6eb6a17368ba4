//! Encrypted SQLite: the replica's and the hub's schemas.
//!
//! One database file for each device and one for the hub, encrypted whole with SQLCipher under a raw key. Every
//! method that writes is one transaction: what belongs together is there together or not at all, whatever
//! crashes. What has been committed has been flushed to the disk.
//!
//! The store keeps and finds; it decides nothing about the record. It knows no automerge, no network and no
//! clock, and draws no randomness except the numbers that SQLCipher needs.

mod error;

mod blob;
mod database;
mod migrate;

mod hub;
mod replica;

mod whole;

pub use blob::{Lacking, StoredGroup};
pub use error::{OpenError, StoreError};
pub use hub::{
    AdmissionRow, AdmissionState, Arrived, ArrivedEntry, AuditFilter, AuditRow, ChartRow,
    ChartsRead, Contact, FeedFact, FeedHead, FeedPlace, FeedRead, FeedRow, HubChart, HubCommit,
    HubCounts, HubStore, IngestError, Invite, Materialised, Misfit, MisfitNote, Move, NewRoster,
    Note, Outcome, QuarantineRow, Request, RequestState, Salt, SetAside, Unmaterialised,
    Unnumbered, Unplaced, Written,
};
pub use replica::{
    Aside, Beside, BlobState, CarriedLog, ChartUpdate, Commit, Cursor, FeedTail, ForeignChange,
    Identity, KeptSource, NewBlob, NewCarried, NewChange, NewEntry, OwnEntry, Quarantined, Repair,
    ReplicaStore, SearchRow, Snapshot, Source, SourceAddress, StoredChange, TailSeal, TailStep,
    Taken,
};
pub use whole::{WholeFileError, open_whole, write_whole};
