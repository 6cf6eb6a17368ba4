//! Coming and going: who can unlock, unlock, lock.

use desktop_client::{CommandError, HomeView, StatusView};
use tauri::State;

use crate::desk::Desk;
use crate::meetings::Meetings;

/// Says what this home is and who can unlock it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn home(desk: State<'_, Desk>) -> Result<HomeView, CommandError> {
    desk.home().await
}

/// Unlocks for a person by passphrase.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unlock(
    desk: State<'_, Desk>,
    meetings: State<'_, Meetings>,
    person: u32,
    passphrase: String,
) -> Result<StatusView, CommandError> {
    let status = desk.unlock(person, passphrase).await?;
    meetings.unlocked();
    Ok(status)
}

/// Locks for the next person.
#[tauri::command]
#[specta::specta]
pub(crate) async fn lock(desk: State<'_, Desk>) -> Result<(), CommandError> {
    desk.lock().await
}
