//! What the run itself has seen, independent of what the system says of itself.

use audit::{AccessEvent, LogHead};
use record::{ChartId, DeviceId, PersonId};

/// Something a person was shown or has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) device: DeviceId,
    pub(crate) person: PersonId,
    pub(crate) event: AccessEvent,
    pub(crate) chart: Option<ChartId>,
}

/// What the run has seen.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Every head that the hub said it had stored.
    pub(crate) acknowledged: Vec<LogHead>,
    /// Everything that anybody was shown or has written.
    pub(crate) shown: Vec<Shown>,
}
