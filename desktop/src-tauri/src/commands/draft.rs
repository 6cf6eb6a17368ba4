//! Unfinished forms: encrypted, on this computer only, no part of the record.

use desktop_client::CommandError;
use tauri::State;

use crate::desk::Desk;

/// Keeps an unfinished form.
#[tauri::command]
#[specta::specta]
pub(crate) async fn keep_draft(
    desk: State<'_, Desk>,
    place: String,
    text: String,
) -> Result<(), CommandError> {
    desk.work(move |client| client.keep_draft(&place, &text))
        .await
}

/// Returns the unfinished form of a place.
#[tauri::command]
#[specta::specta]
pub(crate) async fn draft(
    desk: State<'_, Desk>,
    place: String,
) -> Result<Option<String>, CommandError> {
    desk.work(move |client| client.draft(&place)).await
}

/// Drops the unfinished form of a place.
#[tauri::command]
#[specta::specta]
pub(crate) async fn drop_draft(desk: State<'_, Desk>, place: String) -> Result<(), CommandError> {
    desk.work(move |client| client.drop_draft(&place)).await
}
