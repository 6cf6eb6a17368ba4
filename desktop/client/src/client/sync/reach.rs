//! Who uses the client while a meeting runs: nobody else, others between the steps, or whoever unlocks the home.

use std::sync::Mutex;
use std::time::Duration;

use crate::client::Client;
use crate::views::{CommandError, ErrorCode};

/// How long a home that somebody took while the link was waited for is waited for, and how often: most commands
/// take a second.
const WAIT: Duration = Duration::from_millis(200);
pub(super) const MAX_WAITS: u32 = 25;

/// A client that can be borrowed for one step.
pub(super) trait Reach: Send {
    fn with<R>(
        &mut self,
        step: impl FnOnce(&mut Client) -> Result<R, CommandError>,
    ) -> Result<R, CommandError>;

    /// Says that the client is not needed for a while.
    fn rest(&mut self) {}
}

/// Nobody else uses it.
pub(super) struct Alone<'a>(pub(super) &'a mut Client);

impl Reach for Alone<'_> {
    fn with<R>(
        &mut self,
        step: impl FnOnce(&mut Client) -> Result<R, CommandError>,
    ) -> Result<R, CommandError> {
        step(self.0)
    }
}

/// Others use it between the steps.
pub(super) struct Shared<'a>(pub(super) &'a Mutex<Option<Client>>);

impl Reach for Shared<'_> {
    fn with<R>(
        &mut self,
        step: impl FnOnce(&mut Client) -> Result<R, CommandError>,
    ) -> Result<R, CommandError> {
        // Every step leaves the store whole, so one that panicked has broken nothing that is on the disk.
        let mut client = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        step(
            client
                .as_mut()
                .ok_or_else(|| CommandError::new(ErrorCode::Locked))?,
        )
    }
}

pub(super) type Unlock<'a> = dyn Fn() -> Result<Client, CommandError> + Sync + 'a;

/// Its home is unlocked when it is needed, and free in between. Whoever took it meanwhile is waited for, a little.
pub(super) struct Afresh<'a> {
    unlock: &'a Unlock<'a>,
    pub(super) client: Option<Client>,
    rested: bool,
    /// How long to wait before unlocking is tried again.
    pub(super) wait: Duration,
}

impl<'a> Afresh<'a> {
    pub(super) fn new(unlock: &'a Unlock<'a>) -> Self {
        Self {
            unlock,
            client: None,
            rested: false,
            wait: WAIT,
        }
    }
}

impl Afresh<'_> {
    fn unlock_again(&self) -> Result<Client, CommandError> {
        let mut patience = if self.rested { MAX_WAITS } else { 0 };
        loop {
            match (self.unlock)() {
                Err(error) if error.code == ErrorCode::InUse && patience > 0 => {
                    patience -= 1;
                    std::thread::sleep(self.wait);
                }
                unlocked => return unlocked,
            }
        }
    }
}

impl Reach for Afresh<'_> {
    fn with<R>(
        &mut self,
        step: impl FnOnce(&mut Client) -> Result<R, CommandError>,
    ) -> Result<R, CommandError> {
        let client = match self.client.take() {
            Some(client) => client,
            None => self.unlock_again()?,
        };
        step(self.client.insert(client))
    }

    fn rest(&mut self) {
        self.client = None;
        self.rested = true;
    }
}
