//! Devices that were restored from an older copy, or copied to a second computer: what the hub does about it, and
//! what it tells people.
//!
//! Such a device begins a new log and says so in its first entry. Each of these logs gets a block of patient numbers
//! of its own, so that no two copies issue the same.

use audit::{EntryKind, LogPosition, Session, SessionEvent};
use record::{DeviceId, When};
use serde::Serialize;
use store::StoreError;

use crate::admin::{AdminError, Changed};
use crate::hub::Hub;
use crate::pen::Subject;

/// A device began a new log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewLog {
    /// Which of its logs.
    pub epoch: u32,
    /// When, by the device's clock, in UTC.
    pub when: String,
    /// How it found out, in words.
    pub why: &'static str,
}

impl Hub {
    /// Gives each of a device's logs but its first a block of patient numbers, unless it has one.
    pub(crate) fn give_blocks_to_logs(&mut self, device: DeviceId) -> Result<(), StoreError> {
        let heads = self.store.log_heads(device)?;
        for epoch in heads.iter().skip(1).map(|it| it.epoch) {
            let Some(known) = self.roster.device(device) else {
                return Ok(());
            };
            if known.has_block_in(epoch) || !known.is_active() {
                continue;
            }
            let given = self.change_roster(
                |roster| {
                    let result = roster.give_block_to_log(device, epoch)?;
                    let subject = Subject {
                        device: Some(device),
                        number: Some(i64::from(result)),
                        person: None,
                    };
                    Ok(Changed {
                        result,
                        event: SessionEvent::BlockGiven,
                        subject,
                    })
                },
                |_block| store::HubCommit::default(),
            );
            match given {
                Ok(_block) => {}
                Err(AdminError::Store(error)) => return Err(error),
                // There is none left, or the roster is full: it goes on with the blocks that it has.
                Err(error) => {
                    tracing::error!(%device, epoch, %error, "a log has no block of patient numbers of its own");
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Returns when and why a device began its logs after the first.
    pub(crate) fn new_logs(&self, device: DeviceId) -> Result<Vec<NewLog>, StoreError> {
        let mut logs = Vec::new();
        for head in self.store.log_heads(device)?.iter().skip(1) {
            let first = self.store.entry_at(LogPosition {
                seq: 1,
                ..head.position()
            })?;
            let session = first
                .filter(|it| it.kind == EntryKind::SESSION)
                .and_then(|it| Session::from_bytes(&it.payload).ok())
                .filter(|it| it.event == SessionEvent::LogBegun);
            let (when, why) = session.map_or((String::new(), "it did not say why"), |it| {
                let why = it
                    .why
                    .map_or("it did not say why", audit::BeginReason::name);
                (When::from_ms(it.wall_ms).to_string(), why)
            });
            logs.push(NewLog {
                epoch: head.epoch,
                when,
                why,
            });
        }
        Ok(logs)
    }
}
