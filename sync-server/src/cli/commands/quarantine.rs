//! `posta-hub quarantine`: what could not be merged.

use crate::cli::answer::Printer;
use crate::cli::answers::{AsideList, AsideShown, ChartAgain, LetGo};
use crate::cli::arguments::QuarantineCommand;
use crate::cli::commands::{CommandError, open};
use crate::home::{Home, HomeError};
use crate::hub::Hub;
use crate::materialise::STEP;
use crate::status::QuarantineStatus;

/// How many entries one list shows.
const MAX_LISTED: usize = 1_000;

pub(super) fn run(
    home: &Home,
    command: &QuarantineCommand,
    out: &mut Printer<'_>,
) -> Result<(), CommandError> {
    match *command {
        QuarantineCommand::List { from } => {
            let rows = open(home)?.store.quarantined(None, from)?;
            let rows = rows.into_iter().take(MAX_LISTED);
            out.print(&AsideList {
                quarantine: rows.map(QuarantineStatus::from).collect(),
            })?;
        }
        QuarantineCommand::Show { leaf } => {
            let hub = open(home)?;
            let row = hub.set_aside_at(leaf)?;
            let builds_on = hub.builds_on(&row)?.into_iter().collect();
            out.print(&AsideShown {
                entry: row.into(),
                builds_on,
            })?;
        }
        QuarantineCommand::Release { leaf } => release(home, leaf, out)?,
        QuarantineCommand::Rebuild { chart } => {
            let lock = home.lock_for_serving()?;
            let rebuilt = open(home)?.rebuild_chart(chart)?;
            drop(lock);
            out.print(&ChartAgain {
                chart: chart.to_string(),
                changes: rebuilt.changes,
                feed_positions: rebuilt.feed_positions,
            })?;
        }
    }
    Ok(())
}

/// Lets an entry go, and looks into it here unless a process that serves the hub does.
fn release(home: &Home, leaf: u64, out: &mut Printer<'_>) -> Result<(), CommandError> {
    let mut hub = open(home)?;
    let entries = hub.release(leaf)?.entries;
    let still = match home.lock_for_serving() {
        Ok(lock) => {
            let still = look_into(&mut hub, leaf)?;
            drop(lock);
            Some(still)
        }
        Err(HomeError::AlreadyServed(_)) => None,
        Err(error) => return Err(error.into()),
    };
    out.print(&LetGo { entries, still })?;
    Ok(())
}

/// Looks into all that waits; returns whether the entry is set aside again.
fn look_into(hub: &mut Hub, leaf: u64) -> Result<bool, CommandError> {
    while hub.materialise(STEP)?.entries > 0 {}
    hub.sign_checkpoint()?;
    Ok(hub.set_aside_at(leaf).is_ok())
}
