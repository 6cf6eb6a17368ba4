//! `posta sync`
//!
//! The home is locked while a meeting lasts; it is free while a link is waited for, and between two: other commands work then. The passphrase is asked
//! for once and stays in memory, for each meeting unlocks anew.

use std::time::Duration;

use desktop_client::{Client, CommandError, ErrorCode, OsHost, SyncReport};

use super::{home, upkeep};
use crate::arguments::{Common, Sync};
use crate::explain::explain;
use crate::output::{Lines, Output, counted};
use crate::passphrase::{Asking, passphrase};
use crate::run::Failure;

/// The first wait after a failure; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(5);

/// The longest wait after failures: a clinic that has a network again should not wait longer to be told.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// Meets the hub once, or again and again.
pub(crate) fn run(common: &Common, command: &Sync, output: &mut Output<'_>) -> Result<(), Failure> {
    if command.once {
        let report = upkeep(common)?.sync_once()?;
        return output.result(&report, text);
    }
    let folder = home(common)?;
    Client::home(&folder)?;
    let passphrase = passphrase(common, Asking::Once)?;
    let every = Duration::from_secs(command.every);
    let mut meet = || Client::meet(&folder, common.person, &passphrase, &|| Box::new(OsHost));
    go_on(&mut meet, &mut std::thread::sleep, every, output)
}

/// Meets until something is wrong that only a person can put right. Nothing is held between two meetings.
fn go_on(
    meet: &mut dyn FnMut() -> Result<SyncReport, CommandError>,
    wait: &mut dyn FnMut(Duration),
    every: Duration,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let mut failures = 0;
    loop {
        let pause = match meet() {
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
        wait(pause);
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
            | ErrorCode::NotEnrolled
            | ErrorCode::EnrolmentPending
            | ErrorCode::PersonUnknown
            | ErrorCode::WrongPassphrase
            | ErrorCode::Damaged
            | ErrorCode::WrongKey
            | ErrorCode::NotEncrypted
            | ErrorCode::WrongKind
            | ErrorCode::TooNew
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
        "level with the hub after {:.2} s and {}: {} stored there, {} taken, {} held",
        report.seconds,
        counted(report.round_trips, "round trip", "round trips"),
        counted(report.stored, "entry", "entries"),
        report.taken,
        counted(report.charts, "chart", "charts")
    ));
    lines.add(format!(
        "  bytes up {} ({} with QUIC), down {} ({} with QUIC)",
        report.app_up, report.udp_up, report.app_down, report.udp_down
    ));
    if report.attachments_sent + report.attachments_taken + report.attachments_left > 0 {
        lines.add(format!(
            "  attachments: {} up, {} down, {} left for the next time",
            report.attachments_sent, report.attachments_taken, report.attachments_left
        ));
    }
    if report.set_aside > 0 {
        let entries = counted(report.set_aside, "entry is", "entries are");
        lines.add(format!(
            "  {entries} safe at the hub, which could not merge all and asks a person"
        ));
    }
    if report.quarantined > 0 {
        lines.add(format!(
            "  {} could not be taken and wait aside",
            counted(report.quarantined, "change", "changes")
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

    fn met(taken: u32) -> Result<SyncReport, CommandError> {
        Ok(SyncReport {
            taken,
            ..SyncReport::default()
        })
    }

    fn failed(code: ErrorCode) -> Result<SyncReport, CommandError> {
        Err(CommandError::new(code))
    }

    /// Goes on until the last of these, which must be final. Returns the waits in seconds and what was printed.
    fn gone_on(meetings: Vec<Result<SyncReport, CommandError>>) -> (Vec<u64>, String, Failure) {
        let (mut meetings, mut waits) = (meetings.into_iter(), Vec::new());
        let mut printed = Vec::new();
        let mut output = Output::new(&mut printed, true);
        let every = Duration::from_secs(60);

        let ended = go_on(
            &mut || meetings.next().unwrap(),
            &mut |wait| waits.push(wait.as_secs()),
            every,
            &mut output,
        );

        let printed = String::from_utf8(printed).unwrap();
        assert_eq!(meetings.next(), None);
        (waits, printed, ended.unwrap_err())
    }

    #[test]
    fn meetings_follow_each_other_at_the_pace_that_was_asked_for() {
        let meetings = vec![met(1), met(2), met(3), failed(ErrorCode::LogDiffers)];

        let (waits, printed, ended) = gone_on(meetings);

        assert_eq!(waits, [60, 60, 60]);
        assert_eq!(printed.lines().count(), 3);
        assert!(matches!(ended, Failure::Client(error) if error.code == ErrorCode::LogDiffers));
    }

    #[test]
    fn a_hub_that_is_away_and_a_home_in_use_are_tried_again() {
        let meetings = vec![
            failed(ErrorCode::HubUnreachable),
            failed(ErrorCode::InUse),
            met(1),
            failed(ErrorCode::LinkLost),
            failed(ErrorCode::WrongPassphrase),
        ];

        let (waits, printed, ended) = gone_on(meetings);

        assert_eq!(waits, [5, 10, 60, 5]);
        assert!(printed.contains("inUse"), "{printed}");
        // Another try would be counted as somebody's guess.
        assert!(
            matches!(ended, Failure::Client(error) if error.code == ErrorCode::WrongPassphrase)
        );
    }
}
