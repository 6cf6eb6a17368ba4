//! Meeting the hub while nobody asks, and at once when somebody does.
//!
//! One thread meets, so two meetings never run at a time. Its pace is decided by `Pace` alone: steady while the hub
//! answers, slower and slower while it does not, at once when somebody unlocks or asks.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::Duration;

use desktop_client::{Client, CommandError, ErrorCode, SyncReport};
use tauri::AppHandle;
use tauri::async_runtime;
use tauri_specta::Event as _;

use crate::desk::{Desk, at};
use crate::news::StatusChanged;

/// How long after a meeting the next one is, while the hub answers: what was written is elsewhere within a minute,
/// and a meeting with nothing to do costs some hundred bytes.
const STEADY: Duration = Duration::from_secs(30);

/// How long at most while it does not answer: a link that comes up for ten minutes is still found.
const SLOWEST: Duration = Duration::from_secs(5 * 60);

/// How a meeting went.
type Met = Result<SyncReport, CommandError>;

/// Whom to answer once a meeting is over.
type Answer = async_runtime::Sender<Met>;

/// Asks the thread that meets.
#[derive(Clone)]
pub(crate) struct Meetings {
    asks: Sender<Ask>,
}

enum Ask {
    /// Meet now and say how it went.
    Meet(Answer),
    /// Somebody has unlocked: meet soon, whatever the pace was.
    Unlocked,
}

impl Meetings {
    /// Starts the thread. It ends when the last handle is dropped.
    pub(crate) fn start(desk: Desk, app: AppHandle) -> std::io::Result<Self> {
        let (asks, asked) = channel();
        let meet = move || meet_on(&desk, &app, &asked);
        std::thread::Builder::new()
            .name("meetings".to_owned())
            .spawn(meet)?;
        Ok(Self { asks })
    }

    /// Meets the hub now; returns when the meeting is over.
    pub(crate) async fn meet(&self) -> Met {
        let (answer, mut answered) = async_runtime::channel(1);
        let gone = || CommandError::new(ErrorCode::Fault);
        self.asks.send(Ask::Meet(answer)).map_err(|_gone| gone())?;
        answered.recv().await.unwrap_or_else(|| Err(gone()))
    }

    /// Says that somebody has unlocked.
    pub(crate) fn unlocked(&self) {
        // Without its thread nothing meets any more; the status line says when the hub was last met.
        drop(self.asks.send(Ask::Unlocked));
    }
}

fn meet_on(desk: &Desk, app: &AppHandle, asked: &Receiver<Ask>) {
    let mut pace = Pace::default();
    loop {
        let mut waiting: Vec<Answer> = match asked.recv_timeout(pace.wait()) {
            Ok(Ask::Meet(answer)) => vec![answer],
            Ok(Ask::Unlocked) | Err(RecvTimeoutError::Timeout) => Vec::new(),
            Err(RecvTimeoutError::Disconnected) => return,
        };
        waiting.extend(everyone_waiting(asked));
        let met = meet_once(desk, app);
        pace.note(met.as_ref().map_err(|it| it.code).err());
        for answer in waiting {
            // Whoever asked may have gone meanwhile; the status event has told the page.
            drop(answer.try_send(met.clone()));
        }
    }
}

/// Takes every ask that came during the last meeting: one meeting answers them all.
fn everyone_waiting(asked: &Receiver<Ask>) -> Vec<Answer> {
    let mut waiting = Vec::new();
    loop {
        match asked.try_recv() {
            Ok(Ask::Meet(answer)) => waiting.push(answer),
            Ok(Ask::Unlocked) => {}
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => return waiting,
        }
    }
}

/// Meets once, and tells the page before and after.
fn meet_once(desk: &Desk, app: &AppHandle) -> Result<SyncReport, CommandError> {
    let seat = desk.seat();
    let status = at(&seat, Client::status)?;
    tell(
        app,
        &StatusChanged {
            status: Some(status),
            syncing: true,
            taken: 0,
        },
    );
    let met = Client::sync_shared(&seat);
    let taken = met.as_ref().map_or(0, |it| it.taken);
    tell(
        app,
        &StatusChanged {
            status: at(&seat, Client::status).ok(),
            syncing: false,
            taken,
        },
    );
    met
}

/// Tells the page. It asks for the status itself every half minute, so one lost event misleads nobody for long.
fn tell(app: &AppHandle, news: &StatusChanged) {
    drop(news.emit(app));
}

/// When to meet next.
#[derive(Debug, Default, PartialEq, Eq)]
struct Pace {
    failures: u32,
    nobody: bool,
}

impl Pace {
    /// Takes in how a meeting went.
    fn note(&mut self, problem: Option<ErrorCode>) {
        self.nobody = problem == Some(ErrorCode::Locked);
        self.failures = match problem {
            Some(_) if !self.nobody => self.failures.saturating_add(1),
            Some(_) | None => 0,
        };
    }

    /// Returns how long to wait for an ask before meeting unasked.
    fn wait(&self) -> Duration {
        if self.nobody {
            return SLOWEST;
        }
        let doublings = self.failures.min(8);
        STEADY.saturating_mul(1 << doublings).min(SLOWEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_meeting_answers_everyone_who_waits() {
        let (asks, asked) = channel();
        for ask in 0..5 {
            let (answer, _answered) = async_runtime::channel(1);
            asks.send(if ask == 2 {
                Ask::Unlocked
            } else {
                Ask::Meet(answer)
            })
            .unwrap();
        }

        assert_eq!(everyone_waiting(&asked).len(), 4);
        assert_eq!(everyone_waiting(&asked).len(), 0);
    }

    #[track_caller]
    fn check(problems: &[Option<ErrorCode>], seconds: u64) {
        let mut pace = Pace::default();
        for problem in problems {
            pace.note(*problem);
        }
        assert_eq!(
            pace.wait(),
            Duration::from_secs(seconds),
            "after {problems:?}"
        );
    }

    #[test]
    fn the_pace_is_steady_while_the_hub_answers() {
        check(&[], 30);
        check(&[None, None], 30);
    }

    #[test]
    fn it_slows_down_while_the_hub_is_away_and_never_stops() {
        let away = Some(ErrorCode::HubUnreachable);

        check(&[away], 60);
        check(&[away; 2], 120);
        check(&[away; 4], 300);
        check(&[away; 4_000], 300);
        check(&[away, away, None], 30);
    }

    #[test]
    fn it_waits_to_be_asked_while_nobody_is_unlocked() {
        check(
            &[Some(ErrorCode::HubUnreachable), Some(ErrorCode::Locked)],
            300,
        );
        check(&[Some(ErrorCode::Locked), None], 30);
    }
}
