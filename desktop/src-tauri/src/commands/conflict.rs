//! Deciding between values that were written apart.

use desktop_client::{ChartView, CommandError, ConflictView, ResolveInput};
use tauri::State;

use crate::desk::Desk;

/// Lists what a person must decide.
#[tauri::command]
#[specta::specta]
pub(crate) async fn conflicts(desk: State<'_, Desk>) -> Result<Vec<ConflictView>, CommandError> {
    desk.work(desktop_client::Client::conflicts).await
}

/// Decides one.
#[tauri::command]
#[specta::specta]
pub(crate) async fn resolve_conflict(
    desk: State<'_, Desk>,
    decision: ResolveInput,
) -> Result<ChartView, CommandError> {
    desk.work(move |client| client.resolve(&decision)).await
}
