//! The commands and events as the page sees them: registered here, and written out as TypeScript.

use tauri_specta::{Builder, collect_commands, collect_events};

use crate::commands::{conflict, draft, enrolment, home, patient, people, status, visit};
use crate::news::StatusChanged;

#[expect(
    trivial_casts,
    reason = "the macro casts every command to find its type"
)]
/// Collects every command and event, for the window and for the generated file alike.
pub(crate) fn collected() -> Builder<tauri::Wry> {
    Builder::new()
        // One type for both directions: an input may leave nothing out, so that nothing is left out by mistake.
        .disable_serde_phases()
        .commands(collect_commands![
            home::home,
            home::unlock,
            home::lock,
            enrolment::begin_enrolment,
            enrolment::resume_enrolment,
            enrolment::poll_enrolment,
            patient::find_patients,
            patient::open_chart,
            patient::register_patient,
            patient::correct_identity,
            visit::record_visit,
            conflict::conflicts,
            conflict::resolve_conflict,
            status::status,
            status::sync_now,
            draft::keep_draft,
            draft::draft,
            draft::drop_draft,
            people::colleagues,
            people::introduce,
            people::change_passphrase,
        ])
        .events(collect_events![StatusChanged])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use specta_typescript::Typescript;

    /// Where the page finds them.
    const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/platform/bindings.ts");

    /// Set it to write the file instead of comparing.
    const WRITE: &str = "POSTA_WRITE_BINDINGS";

    #[test]
    fn the_committed_bindings_are_those_of_the_commands() {
        let header = "// Generated from desktop/src-tauri by its tests. To write it again:\n\
            // POSTA_WRITE_BINDINGS=1 cargo test -p desktop-shell bindings\n";
        let folder = tempfile::tempdir().unwrap();
        let fresh = folder.path().join("bindings.ts");
        let language = Typescript::default().header(header);
        super::collected().export(language, &fresh).unwrap();
        let fresh = std::fs::read_to_string(fresh).unwrap();

        if std::env::var_os(WRITE).is_some() {
            std::fs::write(Path::new(COMMITTED), &fresh).unwrap();
        }

        let committed = std::fs::read_to_string(COMMITTED).unwrap();
        assert!(
            committed == fresh,
            "{COMMITTED} is stale: {WRITE}=1 cargo test -p desktop-shell bindings"
        );
    }
}
