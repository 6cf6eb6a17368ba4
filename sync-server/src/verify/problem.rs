//! What can be wrong with what a hub has stored, and how that is told.

use audit::{Finding, LogPosition};
use crypto::BlobHash;
use record::{ChartId, ScopeId};

/// One thing that is not what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// In the history: an entry, a leaf, the tree, a signature.
    History(Finding),
    /// A person's seal does not fit.
    Seal {
        /// Its place in its log.
        position: LogPosition,
        /// Its leaf's number.
        leaf: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// A checkpoint is not signed by this hub, or was altered. Counted from one, the oldest first.
    Checkpoint {
        /// Which.
        number: usize,
    },
    /// A feed does not have at a position what the log has.
    Feed {
        /// Of which scope.
        scope: ScopeId,
        /// Where.
        position: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// A change is in the history, and in no chart; nor does it wait, nor was it set aside.
    Unserved {
        /// Its place in its log.
        position: LogPosition,
        /// Its leaf's number.
        leaf: u64,
    },
    /// A change of a chart is not in the feed of a scope that the chart is in.
    NotInFeed {
        /// Of which scope.
        scope: ScopeId,
        /// The change's leaf.
        leaf: u64,
    },
    /// A chart is not in the scope, or not only in the scope, that it began in.
    WrongScope {
        /// Which.
        chart: ChartId,
    },
    /// More entries are marked as looked into than there are.
    LookedTooFar,
    /// There are entries, and no checkpoint stands for any of them.
    NoCheckpoint,
    /// A chart's document is missing, or is not what its changes make.
    Chart {
        /// Which.
        chart: ChartId,
    },
    /// Some of an attachment's bytes are not what its hash names.
    Attachment {
        /// Its hash.
        hash: BlobHash,
        /// How many groups of 64 kB.
        groups: usize,
    },
    /// The log says that an attachment belongs to a chart, and the list of attachments does not.
    Unlisted {
        /// The entry's place in its log.
        position: LogPosition,
        /// The entry's leaf.
        leaf: u64,
    },
    /// The database file has damage below all this.
    File(String),
    /// A part of the store could not be read, so what follows in it was not checked.
    Unreadable {
        /// In what.
        part: &'static str,
        /// What the store said.
        why: String,
    },
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::History(finding) => write!(f, "{finding}"),
            Self::Seal {
                position,
                leaf,
                what,
            } => write!(f, "{position} (leaf {leaf}), a person's seal: {what}"),
            Self::Checkpoint { number } => {
                write!(
                    f,
                    "checkpoint {number}: not signed by this hub as it stands"
                )
            }
            Self::Feed {
                scope,
                position,
                what,
            } => {
                write!(f, "feed of scope {scope}, position {position}: {what}")
            }
            Self::Chart { chart } => write!(
                f,
                "chart {chart}: its document is missing or not what its changes make"
            ),
            Self::Unserved { position, leaf } => write!(
                f,
                "{position} (leaf {leaf}): the change was stored and is in no chart"
            ),
            Self::NotInFeed { scope, leaf } => {
                write!(
                    f,
                    "feed of scope {scope}: it lacks the change of leaf {leaf}"
                )
            }
            Self::WrongScope { chart } => {
                write!(
                    f,
                    "chart {chart}: it is not in the scope that it began in alone"
                )
            }
            Self::LookedTooFar => {
                f.write_str("more entries are marked as looked into than there are")
            }
            Self::NoCheckpoint => f.write_str("no checkpoint stands for the history"),
            Self::Attachment { hash, groups } => write!(
                f,
                "attachment {hash}: {groups} groups of its bytes are not what the hash names"
            ),
            Self::Unlisted { position, leaf } => write!(
                f,
                "{position} (leaf {leaf}): what it attaches to a chart is not listed"
            ),
            Self::File(what) => write!(f, "the database file: {what}"),
            Self::Unreadable { part, why } => {
                write!(f, "{part} could not be read to the end: {why}")
            }
        }
    }
}
