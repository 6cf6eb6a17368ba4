//! Breaking the system on purpose, to see that the laws can fail.

/// What is broken in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// The hub answers STORED and stores nothing.
    AcknowledgeWithoutStoring,
    /// A killed hub comes back with an older copy of its store.
    RestoreTheHub,
    /// A client moves its cursor over a change that it does not keep.
    PassOverAChange,
    /// The hub puts a chart of another scope into a feed.
    LeakAChart,
    /// A clinic believes that its neighbour may hold everything.
    TellNeighboursAll,
    /// A restarted machine gives the same randomness again.
    ReplayRandomness,
    /// A chart is shown, and the log does not say so.
    ShowUnlogged,
    /// A client says that it has a file and does not keep it.
    DropAFile,
    /// One of two values that were written apart is not shown.
    HideAValue,
}
