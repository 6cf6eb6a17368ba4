//! The laws, and what it looks like when one is broken.

use desktop_client::CommandError;
use store::{OpenError, StoreError};
use wire::RefusalCode;

/// What must hold in every run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// All replicas of a scope end with the same charts: equal heads, equal views, byte for byte.
    ReplicasConverge,
    /// What the hub said it had stored, it has, at any later time and after any crash.
    NothingAcknowledgedIsLost,
    /// A site is sent nothing outside its scopes, and holds nothing outside them.
    NothingLeavesItsScope,
    /// A cursor covers only what the replica holds.
    CursorNeverPasses,
    /// No two changes have the same automerge actor and number.
    ActorsAreUsedOnce,
    /// What was shown or written, offline or not, is in the hub's log in the end.
    AccessesAreLogged,
    /// The hub's history, feeds and charts, and the replicas' logs and caches, verify.
    AuditVerifies,
    /// No two patients have the same number.
    NumbersAreUnique,
    /// Values of one register that were written apart are shown side by side wherever the chart is, until someone
    /// decides.
    BothValuesAreShown,
    /// An attachment that the hub said it has is whole there, and in the end wherever its chart is.
    AttachmentsArrive,
    /// Nothing that an honest device wrote is set aside or left waiting.
    NothingIsSetAside,
    /// Whoever can reach the hub gets on: no store fails, no session aborts for another reason than
    /// a lost link, and everything comes to rest.
    EverybodyGetsOn,
}

/// A law was broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{law:?}: {what}")]
pub struct Violation {
    /// Which law.
    pub law: Law,
    /// How.
    pub what: String,
}

impl Violation {
    pub(crate) fn new(law: Law, what: impl Into<String>) -> Self {
        Self {
            law,
            what: what.into(),
        }
    }
}

/// Breaks the law unless the condition holds.
pub(crate) fn ensure(
    law: Law,
    holds: bool,
    what: impl FnOnce() -> String,
) -> Result<(), Violation> {
    if holds {
        Ok(())
    } else {
        Err(Violation::new(law, what()))
    }
}

impl From<StoreError> for Violation {
    fn from(error: StoreError) -> Self {
        Self::new(Law::EverybodyGetsOn, format!("a store failed: {error}"))
    }
}

impl From<OpenError> for Violation {
    fn from(error: OpenError) -> Self {
        Self::new(
            Law::EverybodyGetsOn,
            format!("a store did not open: {error}"),
        )
    }
}

impl From<CommandError> for Violation {
    fn from(error: CommandError) -> Self {
        let text = error
            .detail
            .and_then(|it| it.text.or(it.field))
            .unwrap_or_default();
        Self::new(
            Law::EverybodyGetsOn,
            format!("a client failed: {:?} {text}", error.code),
        )
    }
}

impl From<RefusalCode> for Violation {
    fn from(code: RefusalCode) -> Self {
        Self::new(Law::EverybodyGetsOn, format!("the hub refused: {code:?}"))
    }
}
