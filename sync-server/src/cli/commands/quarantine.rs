//! `posta-hub quarantine`: what could not be merged.

use store::QuarantineRow;

use crate::cli::answer::Printer;
use crate::cli::answers::{AsideList, AsideShown, ChartAgain, LetGo};
use crate::cli::arguments::QuarantineCommand;
use crate::cli::commands::{CommandError, open};
use crate::home::{Home, HomeError};
use crate::hub::Hub;
use crate::materialise::STEP;
use crate::status::QuarantineStatus;

/// How many entries one list shows; `--from` shows the next.
const MAX_SHOWN: usize = 1_000;

pub(super) fn run(
    home: &Home,
    command: &QuarantineCommand,
    out: &mut Printer<'_>,
) -> Result<(), CommandError> {
    match *command {
        QuarantineCommand::List { from } => {
            let rows = open(home)?.store.quarantined(None, from)?;
            out.print(&list(rows))?;
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

fn list(rows: Vec<QuarantineRow>) -> AsideList {
    let rows = rows.into_iter().take(MAX_SHOWN);
    AsideList {
        quarantine: rows.map(QuarantineStatus::from).collect(),
    }
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

#[cfg(test)]
mod tests {
    use audit::LogPosition;
    use record::DeviceId;

    use super::*;

    #[test]
    fn a_list_shows_so_many_the_oldest_first() {
        let row = |leaf| QuarantineRow {
            leaf,
            position: LogPosition {
                device: DeviceId(1),
                epoch: 1,
                seq: leaf,
            },
            chart: None,
            reason: "damaged".to_owned(),
        };
        let listed = |rows: usize| list((0..).map(row).take(rows).collect()).quarantine;

        let (most, more) = (listed(MAX_SHOWN), listed(MAX_SHOWN + 1));

        assert_eq!(most.len(), MAX_SHOWN);
        assert_eq!(more, most);
    }
}
