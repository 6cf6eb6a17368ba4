//! `posta sync`

use std::time::Duration;

use desktop_client::{Client, CommandError, ErrorCode, SyncReport};

use super::upkeep;
use crate::arguments::{Common, Sync};
use crate::explain::explain;
use crate::output::{Lines, Output};
use crate::run::Failure;

/// The first wait after a failure; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(5);

/// The longest wait after failures: a clinic that has a network again should not wait longer to be told.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// Meets the hub once, or again and again.
pub(crate) fn run(common: &Common, command: &Sync, output: &mut Output<'_>) -> Result<(), Failure> {
    let mut client = upkeep(common)?;
    if command.once {
        let report = client.sync_once()?;
        return output.result(&report, text);
    }
    go_on(&mut client, Duration::from_secs(command.every), output)
}

fn go_on(client: &mut Client, every: Duration, output: &mut Output<'_>) -> Result<(), Failure> {
    let mut failures = 0;
    loop {
        let wait = match client.sync_once() {
            Ok(report) => {
                failures = 0;
                output.result(&report, text)?;
                every
            }
            Err(error) if is_final(&error) => return Err(error.into()),
            Err(error) => {
                output.result(&error, |error| format!("{}\n", explain(error)))?;
                failures += 1;
                backoff(failures)
            }
        };
        std::thread::sleep(wait);
    }
}

/// Tells whether trying again cannot help until a person has done something.
const fn is_final(error: &CommandError) -> bool {
    matches!(
        error.code,
        ErrorCode::HubNotOurs
            | ErrorCode::DeviceUnknown
            | ErrorCode::VersionUnknown
            | ErrorCode::LogDiffers
            | ErrorCode::Damaged
            | ErrorCode::WrongKey
            | ErrorCode::NotEncrypted
            | ErrorCode::WrongKind
            | ErrorCode::Fault
    )
}

/// Returns how long to wait after so many failures in a row.
fn backoff(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT)
}

fn text(report: &SyncReport) -> String {
    let mut lines = Lines::default();
    lines.add(format!(
        "level with the hub after {:.2} s and {} round trips: {} entries stored there, {} taken, {} charts held",
        report.seconds, report.round_trips, report.stored, report.taken, report.charts
    ));
    lines.add(format!(
        "  bytes up {} ({} with QUIC), down {} ({} with QUIC)",
        report.app_up, report.udp_up, report.app_down, report.udp_down
    ));
    if report.set_aside > 0 {
        let count = report.set_aside;
        lines.add(format!(
            "  {count} entries are safe at the hub, which could not merge them and asks a person"
        ));
    }
    if report.quarantined > 0 {
        lines.add(format!(
            "  {} changes could not be taken and are kept aside",
            report.quarantined
        ));
    }
    lines.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_limit() {
        assert_eq!(backoff(1), Duration::from_secs(5));
        assert_eq!(backoff(3), Duration::from_secs(20));
        assert_eq!(backoff(u32::MAX), LONGEST_WAIT);
    }
}
