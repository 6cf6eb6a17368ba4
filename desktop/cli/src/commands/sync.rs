//! `posta sync`
//!
//! The home is locked while a meeting lasts; it is free while a link is waited for, and between two: other commands work then. The passphrase is asked
//! for once and stays in memory, for each meeting unlocks anew.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use desktop_client::{
    Client, CommandError, Errand, ErrorCode, Happening, Host as _, OsHost, Pace, QueueClass,
    Rhythm, SyncReport, SyncState, SyncView, Written, watch_network,
};
use indicatif::{ProgressBar, ProgressStyle};

use super::{home, upkeep};
use crate::arguments::{Common, Sync};
use crate::explain::explain;
use crate::output::{Lines, Output, counted, size};
use crate::passphrase::{Asking, passphrase};
use crate::run::Failure;

/// How often it is looked whether another program wrote something here.
const LOOK: Duration = Duration::from_secs(1);

/// Meets the hub once, or again and again.
pub(crate) fn run(common: &Common, command: &Sync, output: &mut Output<'_>) -> Result<(), Failure> {
    if command.once {
        let bar = line(output.is_json());
        let met = upkeep(common)?.sync_once_told(&|view| bar.set_message(progress(view)));
        bar.finish_and_clear();
        return output.result(&met?, text);
    }
    let folder = home(common)?;
    Client::home(&folder)?;
    let passphrase = passphrase(common, Asking::Once)?;
    let (tell, changes) = channel();
    watch_network(move || tell.send(()).is_ok());
    let meet = |folder: &PathBuf, errand| {
        let host: &(dyn Fn() -> Box<dyn desktop_client::Host> + std::marker::Sync) =
            &|| Box::new(OsHost);
        Client::meet(folder, common.person, &passphrase, host, errand)
    };
    let mut surroundings = Here {
        meet,
        folder,
        began: Instant::now(),
        changes,
        every: Duration::from_secs(command.every),
    };
    go_on(&mut surroundings, output)
}

/// Returns the line that a person watches; a script and a file have none.
fn line(json: bool) -> ProgressBar {
    if json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg}");
    ProgressBar::no_length()
        .with_style(style.unwrap_or_else(|_invalid| ProgressStyle::default_bar()))
}

/// Says what a meeting does, what it has before it, how fast it goes and how long that takes.
fn progress(view: &SyncView) -> String {
    if view.state == SyncState::Connecting {
        return "looking for the hub".to_owned();
    }
    let queued = view.queue.iter().map(|it| match it.class {
        QueueClass::Own => format!("{} to send", counted(it.entries, "entry", "entries")),
        QueueClass::Feeds => format!("{} to come", counted(it.entries, "change", "changes")),
    });
    let mut words: Vec<String> = queued.collect();
    words.push(format!(
        "{} up, {} down",
        size(view.bytes_up),
        size(view.bytes_down)
    ));
    words.extend(view.rate.map(|it| format!("{} a second", size(it))));
    let left = view.seconds_left.filter(|it| *it > 0);
    words.extend(left.map(|it| format!("about {} left", counted(it, "second", "seconds"))));
    words.join(", ")
}

/// What the loop needs of the world.
trait Surroundings {
    /// Meets the hub.
    fn meet(&mut self, errand: Errand) -> Result<SyncReport, CommandError>;

    /// Returns the time since the beginning.
    fn now(&self) -> Duration;

    /// Waits so long, or until something happens that may end the wait.
    fn wait(&mut self, wait: Duration) -> Option<Happening>;

    /// Returns how often to meet, as things are now.
    fn rhythm(&self) -> Rhythm;

    /// Returns any number.
    fn dice(&self) -> u32;
}

/// This computer.
struct Here<M> {
    meet: M,
    folder: PathBuf,
    began: Instant,
    changes: Receiver<()>,
    every: Duration,
}

impl<M> Surroundings for Here<M>
where
    M: FnMut(&PathBuf, Errand) -> Result<SyncReport, CommandError>,
{
    fn meet(&mut self, errand: Errand) -> Result<SyncReport, CommandError> {
        (self.meet)(&self.folder, errand)
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn wait(&mut self, wait: Duration) -> Option<Happening> {
        let before = Written::look(&self.folder);
        let until = Instant::now() + wait;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            match self.changes.recv_timeout(left.min(LOOK)) {
                Ok(()) => return Some(Happening::NetworkChanged),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(left.min(LOOK)),
            }
            if Written::look(&self.folder) != before {
                return Some(Happening::Written);
            }
        }
    }

    fn rhythm(&self) -> Rhythm {
        let settings = Client::settings(&self.folder);
        Rhythm {
            steady: self.every,
            is_metered: settings.is_ok_and(|it| it.is_metered),
        }
    }

    fn dice(&self) -> u32 {
        let mut bytes = [0; 4];
        OsHost.fill_random(&mut bytes);
        u32::from_le_bytes(bytes)
    }
}

/// Meets until something is wrong that only a person can put right. Nothing is held between two meetings.
fn go_on(here: &mut impl Surroundings, output: &mut Output<'_>) -> Result<(), Failure> {
    let mut pace = Pace::new(here.rhythm());
    loop {
        pace.set_rhythm(here.rhythm(), here.now());
        let next = pace.next();
        let wait = next.at.saturating_sub(here.now());
        if !wait.is_zero()
            && let Some(happening) = here.wait(wait)
        {
            pace.handle(happening, here.now(), here.dice());
            continue;
        }
        let happening = match here.meet(next.errand) {
            Ok(report) => {
                output.result(&report, text)?;
                Happening::Met
            }
            Err(error) if is_final(&error) => return Err(error.into()),
            Err(error) => {
                output.result(&error, |error| format!("{}\n", explain(error)))?;
                Happening::Failed(error.code)
            }
        };
        pace.handle(happening, here.now(), here.dice());
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
    fn a_meeting_says_what_it_has_before_it_and_how_long_that_takes() {
        let mut view = SyncView {
            state: SyncState::Syncing,
            queue: vec![desktop_client::QueueView {
                class: QueueClass::Feeds,
                entries: 1_200,
                bytes: None,
            }],
            bytes_up: 900.0,
            bytes_down: 1_500_000.0,
            rate: Some(7_400.0),
            seconds_left: Some(90),
            ..SyncView::default()
        };

        let told = progress(&view);
        view.state = SyncState::Connecting;

        assert_eq!(
            told,
            "1200 changes to come, 900 B up, 1.5 MB down, 7.4 kB a second, about 90 seconds left"
        );
        assert_eq!(progress(&view), "looking for the hub");
    }

    /// A world in which meetings go as they are told, and time passes by waiting alone.
    struct Told {
        meetings: Vec<Result<SyncReport, CommandError>>,
        now: Duration,
        waits: Vec<u64>,
        /// After how many waits the network changes.
        changes_after: Option<usize>,
    }

    impl Surroundings for Told {
        fn meet(&mut self, errand: Errand) -> Result<SyncReport, CommandError> {
            assert_eq!(errand, Errand::Background);
            self.meetings.remove(0)
        }

        fn now(&self) -> Duration {
            self.now
        }

        fn wait(&mut self, wait: Duration) -> Option<Happening> {
            if self.changes_after == Some(self.waits.len()) {
                self.changes_after = None;
                return Some(Happening::NetworkChanged);
            }
            self.waits.push(wait.as_secs());
            self.now += wait;
            None
        }

        fn rhythm(&self) -> Rhythm {
            Rhythm {
                steady: Duration::from_secs(60),
                is_metered: false,
            }
        }

        fn dice(&self) -> u32 {
            u32::MAX
        }
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
    fn gone_on(
        meetings: Vec<Result<SyncReport, CommandError>>,
        changes_after: Option<usize>,
    ) -> (Vec<u64>, String, Failure) {
        let mut printed = Vec::new();
        let mut told = Told {
            meetings,
            now: Duration::ZERO,
            waits: Vec::new(),
            changes_after,
        };

        let ended = go_on(&mut told, &mut Output::new(&mut printed, true));

        assert_eq!(told.meetings, []);
        let printed = String::from_utf8(printed).unwrap();
        (told.waits, printed, ended.unwrap_err())
    }

    #[test]
    fn meetings_follow_each_other_at_the_pace_that_was_asked_for() {
        let meetings = vec![met(1), met(2), met(3), failed(ErrorCode::LogDiffers)];

        let (waits, printed, ended) = gone_on(meetings, None);

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

        let (waits, printed, ended) = gone_on(meetings, None);

        assert_eq!(waits, [5, 10, 60, 5]);
        assert!(printed.contains("inUse"), "{printed}");
        // Another try would be counted as somebody's guess.
        assert!(
            matches!(ended, Failure::Client(error) if error.code == ErrorCode::WrongPassphrase)
        );
    }

    #[test]
    fn another_network_ends_the_wait() {
        let away = failed(ErrorCode::HubUnreachable);
        let meetings = vec![
            away.clone(),
            away.clone(),
            away,
            failed(ErrorCode::LogDiffers),
        ];

        let (waits, ..) = gone_on(meetings, Some(2));

        assert_eq!(waits, [5, 10, 5]);
    }
}
