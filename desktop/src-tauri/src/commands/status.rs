//! Where this replica stands, and meeting the hub.

use desktop_client::{Client, CommandError, StatusView};
use tauri::State;

use crate::desk::Desk;
use crate::meetings::Meetings;

/// Says what is at the hub and what is only here.
#[tauri::command]
#[specta::specta]
pub(crate) async fn status(
    desk: State<'_, Desk>,
    meetings: State<'_, Meetings>,
) -> Result<StatusView, CommandError> {
    let mut status = desk.work(Client::status).await?;
    meetings.add_next(&mut status.sync);
    Ok(status)
}

/// Meets the hub now; answers when the meeting is over.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sync_now(
    desk: State<'_, Desk>,
    meetings: State<'_, Meetings>,
) -> Result<StatusView, CommandError> {
    meetings.meet().await?;
    desk.work(Client::status).await
}
