//! The colleagues at this computer, and one's own passphrase.

use desktop_client::{ColleagueView, CommandError};
use tauri::State;

use crate::desk::Desk;

/// Lists who works at this site, and who unlocks this computer.
#[tauri::command]
#[specta::specta]
pub(crate) async fn colleagues(desk: State<'_, Desk>) -> Result<Vec<ColleagueView>, CommandError> {
    desk.work(|client| client.colleagues()).await
}

/// Lets a colleague make keys here, with a passphrase of their own.
#[tauri::command]
#[specta::specta]
pub(crate) async fn introduce(
    desk: State<'_, Desk>,
    person: u32,
    passphrase: String,
    vouch: bool,
) -> Result<ColleagueView, CommandError> {
    desk.work(move |client| client.introduce(person, &passphrase, vouch))
        .await
}

/// Changes the passphrase of the one who works here.
#[tauri::command]
#[specta::specta]
pub(crate) async fn change_passphrase(
    desk: State<'_, Desk>,
    old: String,
    chosen: String,
) -> Result<(), CommandError> {
    desk.work(move |client| client.change_passphrase(&old, &chosen))
        .await
}
