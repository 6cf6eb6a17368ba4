//! Writing visits.

use desktop_client::{ChartView, CommandError, VisitInput};
use tauri::State;

use crate::desk::Desk;

/// Records a visit.
#[tauri::command]
#[specta::specta]
pub(crate) async fn record_visit(
    desk: State<'_, Desk>,
    chart: String,
    visit: VisitInput,
) -> Result<ChartView, CommandError> {
    desk.work(move |client| client.record_visit(&chart, &visit))
        .await
}
