//! Meeting the hub while nobody asks, and at once when somebody does.
//!
//! One thread meets, so two meetings never run at a time. When it meets is decided by [`Pace`] alone: steady while the
//! hub answers, slower and slower while it does not, at once when somebody unlocks, writes or asks, or when the network
//! changes.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use desktop_client::{
    Client, CommandError, Errand, ErrorCode, Happening, Host as _, OsHost, Pace, Rhythm,
    SyncReport, SyncState, SyncView, watch_network,
};
use tauri::AppHandle;
use tauri::async_runtime;
use tauri_specta::Event as _;

use crate::desk::{Desk, at};
use crate::news::StatusChanged;

/// How long after a meeting the next one is, while the hub answers: what was written is elsewhere within a minute,
/// and a meeting with nothing to do costs some hundred bytes.
const STEADY: Duration = Duration::from_secs(30);

/// How a meeting went.
type Met = Result<SyncReport, CommandError>;

/// Whom to answer once a meeting is over.
type Answer = async_runtime::Sender<Met>;

/// Asks the thread that meets.
#[derive(Clone)]
pub(crate) struct Meetings {
    asks: Sender<Ask>,
    next: NextMeeting,
}

/// When the next meeting is that nobody asked for; none during one.
type NextMeeting = Arc<Mutex<Option<Instant>>>;

enum Ask {
    /// Meet now and say how it went.
    Meet(Answer),
    /// Something happened that may make a meeting worth it.
    Happened(Happening),
}

impl Meetings {
    /// Starts the thread. It lasts as long as the window.
    pub(crate) fn start(desk: Desk, app: AppHandle) -> std::io::Result<Self> {
        let (asks, asked) = channel();
        let listener = asks.clone();
        watch_network(move || {
            let changed = Ask::Happened(Happening::NetworkChanged);
            listener.send(changed).is_ok()
        });
        let writer = asks.clone();
        desk.on_written(move || {
            // Without its thread nothing meets any more; the status line says when the hub was last met.
            drop(writer.send(Ask::Happened(Happening::Written)));
        });
        let next = NextMeeting::default();
        let noted = Arc::clone(&next);
        let meet = move || meet_on(&desk, &app, &asked, &noted);
        std::thread::Builder::new()
            .name("meetings".to_owned())
            .spawn(meet)?;
        Ok(Self { asks, next })
    }

    /// Meets the hub now; returns when the meeting is over.
    pub(crate) async fn meet(&self) -> Met {
        let (answer, mut answered) = async_runtime::channel(1);
        let gone = || CommandError::new(ErrorCode::Fault);
        self.asks.send(Ask::Meet(answer)).map_err(|_gone| gone())?;
        answered.recv().await.unwrap_or_else(|| Err(gone()))
    }

    /// Adds what only this thread knows: when the next meeting is.
    pub(crate) fn add_next(&self, sync: &mut SyncView) {
        let next = *self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let left = next.map(|it| it.saturating_duration_since(Instant::now()));
        sync.next_seconds = left.map(|it| u32::try_from(it.as_secs()).unwrap_or(u32::MAX));
        sync.state = match (next, sync.is_metered) {
            (None, _) => sync.state,
            (Some(_), true) => SyncState::PausedMetered,
            (Some(_), false) => SyncState::Waiting,
        };
    }

    /// Says that somebody has unlocked.
    pub(crate) fn unlocked(&self) {
        // Without its thread nothing meets any more; the status line says when the hub was last met.
        drop(self.asks.send(Ask::Happened(Happening::Unlocked)));
    }
}

fn meet_on(desk: &Desk, app: &AppHandle, asked: &Receiver<Ask>, noted: &NextMeeting) {
    let note = |next| *noted.lock().unwrap_or_else(PoisonError::into_inner) = next;
    let began = Instant::now();
    let mut pace = Pace::new(rhythm(desk));
    // Nobody is unlocked yet.
    pace.handle(Happening::Failed(ErrorCode::Locked), began.elapsed(), 0);
    loop {
        pace.set_rhythm(rhythm(desk), began.elapsed());
        let wait = pace.next().at.saturating_sub(began.elapsed());
        note(Some(began + pace.next().at));
        let mut waiting: Vec<Answer> = match asked.recv_timeout(wait) {
            Ok(Ask::Meet(answer)) => vec![answer],
            Ok(Ask::Happened(happening)) => {
                pace.handle(happening, began.elapsed(), dice());
                continue;
            }
            Err(RecvTimeoutError::Timeout) => Vec::new(),
            Err(RecvTimeoutError::Disconnected) => return,
        };
        note(None);
        waiting.extend(everyone_waiting(asked));
        if !waiting.is_empty() {
            pace.handle(Happening::Asked, began.elapsed(), dice());
        }
        let met = meet_once(desk, app, pace.next().errand);
        let happening = match &met {
            Ok(_report) => Happening::Met,
            Err(error) => Happening::Failed(error.code),
        };
        pace.handle(happening, began.elapsed(), dice());
        for answer in waiting {
            // Whoever asked may have gone meanwhile; the status event has told the page.
            drop(answer.try_send(met.clone()));
        }
    }
}

/// Returns how often to meet, as things are now.
fn rhythm(desk: &Desk) -> Rhythm {
    Rhythm {
        steady: STEADY,
        is_metered: desk.settings().is_ok_and(|it| it.is_metered),
    }
}

fn dice() -> u32 {
    let mut bytes = [0; 4];
    OsHost.fill_random(&mut bytes);
    u32::from_le_bytes(bytes)
}

/// Takes every ask that came during the last meeting: one meeting answers them all.
fn everyone_waiting(asked: &Receiver<Ask>) -> Vec<Answer> {
    let mut waiting = Vec::new();
    loop {
        match asked.try_recv() {
            Ok(Ask::Meet(answer)) => waiting.push(answer),
            // The meeting that follows takes care of it.
            Ok(Ask::Happened(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => return waiting,
        }
    }
}

/// Meets once, and tells the page before and after.
fn meet_once(desk: &Desk, app: &AppHandle, errand: Errand) -> Met {
    let seat = desk.seat();
    let status = at(&seat, Client::status)?;
    let news = |sync: &SyncView| StatusChanged {
        status: None,
        sync: Some(sync.clone()),
        syncing: true,
        taken: 0,
    };
    tell(
        app,
        &StatusChanged {
            status: Some(status),
            ..news(&SyncView::default())
        },
    );
    let met = Client::sync_shared(&seat, errand, &|sync| tell(app, &news(sync)));
    let taken = met.as_ref().map_or(0, |it| it.taken);
    tell(
        app,
        &StatusChanged {
            status: at(&seat, Client::status).ok(),
            sync: None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_meeting_answers_everyone_who_waits() {
        let (asks, asked) = channel();
        for ask in 0..5 {
            let (answer, _answered) = async_runtime::channel(1);
            asks.send(if ask == 2 {
                Ask::Happened(Happening::Unlocked)
            } else {
                Ask::Meet(answer)
            })
            .unwrap();
        }

        assert_eq!(everyone_waiting(&asked).len(), 4);
        assert_eq!(everyone_waiting(&asked).len(), 0);
    }
}
