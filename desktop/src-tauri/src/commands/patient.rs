//! Finding, opening, registering and correcting patients.

use desktop_client::{ChartView, CommandError, CorrectionInput, PatientRow, RegisterInput};
use tauri::State;

use crate::desk::Desk;

/// Finds patients by any part of name, number, phone or place.
#[tauri::command]
#[specta::specta]
pub(crate) async fn find_patients(
    desk: State<'_, Desk>,
    text: String,
) -> Result<Vec<PatientRow>, CommandError> {
    desk.work(move |client| client.find(&text)).await
}

/// Opens a chart.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_chart(
    desk: State<'_, Desk>,
    chart: String,
) -> Result<ChartView, CommandError> {
    desk.work(move |client| client.open(&chart)).await
}

/// Registers a patient.
#[tauri::command]
#[specta::specta]
pub(crate) async fn register_patient(
    desk: State<'_, Desk>,
    patient: RegisterInput,
) -> Result<ChartView, CommandError> {
    desk.work(move |client| client.register(&patient)).await
}

/// Corrects who a patient is.
#[tauri::command]
#[specta::specta]
pub(crate) async fn correct_identity(
    desk: State<'_, Desk>,
    chart: String,
    correction: CorrectionInput,
) -> Result<ChartView, CommandError> {
    desk.work(move |client| client.correct(&chart, &correction))
        .await
}
