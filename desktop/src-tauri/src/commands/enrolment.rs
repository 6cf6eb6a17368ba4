//! Enrolling this computer with an invite.

use desktop_client::{CommandError, Enrolment, EnrolmentView, OsHost};
use tauri::State;

use crate::desk::Desk;

/// Begins an enrolment: keys and an encrypted home, before anybody is asked anything.
#[tauri::command]
#[specta::specta]
pub(crate) async fn begin_enrolment(
    desk: State<'_, Desk>,
    invite: String,
    label: String,
    passphrase: String,
) -> Result<(), CommandError> {
    let host = Box::new(OsHost);
    desk.enrol(move |home| Enrolment::begin(home, &invite, &passphrase, &label, host))
        .await
}

/// Takes up the enrolment that waits here.
#[tauri::command]
#[specta::specta]
pub(crate) async fn resume_enrolment(
    desk: State<'_, Desk>,
    passphrase: String,
) -> Result<(), CommandError> {
    let host = Box::new(OsHost);
    desk.enrol(move |home| Enrolment::resume(home, &passphrase, host))
        .await
}

/// Asks the hub once whether somebody approved it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn poll_enrolment(desk: State<'_, Desk>) -> Result<EnrolmentView, CommandError> {
    desk.poll_enrolment().await
}
