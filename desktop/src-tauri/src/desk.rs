//! The desk that one person works at: the home's folder and, while somebody is unlocked, their client. Before
//! that, while the computer joins the others, its enrolment.
//!
//! A client belongs to a seat. Locking takes it out of its seat at once, so that a meeting with the hub that still
//! holds the seat finds it empty and ends, and the next person gets a seat of their own.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use desktop_client::{
    Client, CommandError, Enrolment, EnrolmentView, ErrorCode, HomeView, OsHost, SettingsView,
    StatusView,
};

/// Where a client sits, or sat until it was locked.
pub(crate) type Seat = Arc<Mutex<Option<Client>>>;

/// The desk. Clones are the same desk.
#[derive(Clone)]
pub(crate) struct Desk {
    home: Arc<PathBuf>,
    seat: Arc<Mutex<Seat>>,
    enrolment: Arc<Mutex<Option<Enrolment>>>,
    /// Whom to tell when something was written.
    on_written: Arc<OnceLock<Box<dyn Fn() + Send + Sync>>>,
}

impl Desk {
    /// Sets up a desk with nobody at it.
    pub(crate) fn new(home: PathBuf) -> Self {
        Self {
            home: Arc::new(home),
            seat: Arc::default(),
            enrolment: Arc::default(),
            on_written: Arc::default(),
        }
    }

    /// Returns the seat that the one who works now has.
    pub(crate) fn seat(&self) -> Seat {
        Arc::clone(&held(&self.seat))
    }

    /// Has somebody told whenever something was written; the first who asks.
    pub(crate) fn on_written(&self, tell: impl Fn() + Send + Sync + 'static) {
        self.on_written.get_or_init(|| Box::new(tell));
    }

    /// Returns what was set for this computer.
    pub(crate) fn settings(&self) -> Result<SettingsView, CommandError> {
        Client::settings(&self.home)
    }

    /// Says what the home is and who can unlock it.
    pub(crate) async fn home(&self) -> Result<HomeView, CommandError> {
        let folder = Arc::clone(&self.home);
        aside(move || Client::home(&folder)).await
    }

    /// Begins an enrolment, or takes one up. One that was under way here is put away first: a home opens once.
    pub(crate) async fn enrol(
        &self,
        begin: impl FnOnce(&Path) -> Result<Enrolment, CommandError> + Send + 'static,
    ) -> Result<(), CommandError> {
        let desk = self.clone();
        aside(move || {
            let mut under_way = held(&desk.enrolment);
            drop(under_way.take());
            *under_way = Some(begin(&desk.home)?);
            Ok(())
        })
        .await
    }

    /// Asks the hub once how far the enrolment is. An approved one is over, and its home can be unlocked.
    pub(crate) async fn poll_enrolment(&self) -> Result<EnrolmentView, CommandError> {
        let desk = self.clone();
        aside(move || {
            let mut under_way = held(&desk.enrolment);
            let none = || CommandError::new(ErrorCode::NotEnrolled);
            let view = under_way.as_mut().ok_or_else(none)?.poll()?;
            if let EnrolmentView::Approved { .. } = &view {
                drop(under_way.take());
            }
            Ok(view)
        })
        .await
    }

    /// Unlocks the home for a person. Whoever sat here leaves first: a home opens once.
    pub(crate) async fn unlock(
        &self,
        person: u32,
        passphrase: String,
    ) -> Result<StatusView, CommandError> {
        let desk = self.clone();
        aside(move || {
            desk.leave()?;
            let host = Box::new(OsHost);
            let mut client = Client::unlock(&desk.home, Some(person), &passphrase, host)?;
            let status = client.status()?;
            *held(&desk.seat) = Arc::new(Mutex::new(Some(client)));
            Ok(status)
        })
        .await
    }

    /// Locks: the one who works leaves, and their keys are dropped.
    pub(crate) async fn lock(&self) -> Result<(), CommandError> {
        let desk = self.clone();
        aside(move || desk.leave()).await
    }

    /// Does one thing with the client, away from the thread that draws the window.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Client) -> Result<T, CommandError> + Send + 'static,
    ) -> Result<T, CommandError> {
        let (seat, on_written) = (self.seat(), Arc::clone(&self.on_written));
        aside(move || {
            at(&seat, |client| {
                let before = client.log_length()?;
                let done = act(client)?;
                if client.log_length()? != before
                    && let Some(tell) = on_written.get()
                {
                    tell();
                }
                Ok(done)
            })
        })
        .await
    }

    /// Empties the seat. What the client writes on leaving may fail; it has left all the same.
    pub(crate) fn leave(&self) -> Result<(), CommandError> {
        let seat = self.seat();
        let client = held(&seat).take();
        client.map_or(Ok(()), Client::lock)
    }
}

/// Does one thing with the client in a seat, if it still sits there.
pub(crate) fn at<T>(
    seat: &Seat,
    act: impl FnOnce(&mut Client) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    let mut client = held(seat);
    act(client
        .as_mut()
        .ok_or_else(|| CommandError::new(ErrorCode::Locked))?)
}

/// Takes a lock. Each step at the client leaves its store whole, so one that panicked has broken nothing.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for blocking work on a thread that may block; a panic there is a fault here, not the end of the window.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CommandError> + Send + 'static,
) -> Result<T, CommandError> {
    match tauri::async_runtime::spawn_blocking(work).await {
        Ok(done) => done,
        Err(_panicked) => Err(CommandError::new(ErrorCode::Fault)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_seat_is_locked_and_can_be_left_again() {
        let desk = Desk::new(PathBuf::from("/nowhere"));

        let found = at(&desk.seat(), Client::status).map_err(|it| it.code);

        assert_eq!(found.err(), Some(ErrorCode::Locked));
        assert_eq!(desk.leave(), Ok(()));
    }

    #[test]
    fn a_folder_without_a_home_is_not_enrolled() {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::new(folder.path().join("none"));

        let home = tauri::async_runtime::block_on(desk.home()).map_err(|it| it.code);
        let unlocked = tauri::async_runtime::block_on(desk.unlock(1, "words".to_owned()))
            .map_err(|it| it.code);

        assert_eq!(home.err(), Some(ErrorCode::NotEnrolled));
        assert_eq!(unlocked.err(), Some(ErrorCode::NotEnrolled));
    }
}
