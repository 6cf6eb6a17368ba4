//! `posta visit`

use desktop_client::{AllergyInput, DiagnosisInput, MedicineInput, VisitInput, VitalsInput};

use super::{chart, work};
use crate::arguments::{AddVisit, Common, Visit};
use crate::files::text_of;
use crate::output::Output;
use crate::run::Failure;
use crate::show;

/// The largest file of a note: some times what a note may have, so that the client says how long it may be.
const MAX_NOTE_FILE_BYTES: u64 = 1 << 20;

/// Writes a visit.
pub(crate) fn run(
    common: &Common,
    command: &Visit,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let Visit::Add(command) = command;
    let input = visit(command, note(command)?);
    let view = work(common, |client| {
        let named = chart(client, &command.chart)?;
        Ok(client.record_visit(&named, &input)?)
    })?;
    output.result(&view, show::chart)
}

fn note(command: &AddVisit) -> Result<String, Failure> {
    let Some(path) = &command.note_file else {
        return Ok(command.note.clone());
    };
    text_of(path, MAX_NOTE_FILE_BYTES)
}

fn visit(command: &AddVisit, note: String) -> VisitInput {
    VisitInput {
        reason: command.reason.clone(),
        vitals: VitalsInput {
            systolic: command.systolic.clone(),
            diastolic: command.diastolic.clone(),
            temperature: command.temperature.clone(),
            weight: command.weight.clone(),
            height: command.height.clone(),
            pulse: command.pulse.clone(),
            respiration: command.respiration.clone(),
            oxygen: command.oxygen.clone(),
        },
        diagnosis: command.diagnosis.clone().map(|text| DiagnosisInput {
            text,
            code: command.code.clone(),
        }),
        note,
        allergy: command.allergy.clone().map(|substance| AllergyInput {
            substance,
            criticality: command.criticality.clone(),
            reaction: command.reaction.clone(),
        }),
        no_known_allergies: command.no_known_allergies,
        medicine: command.medicine.clone().map(|text| MedicineInput {
            text,
            dosage: command.dosage.clone(),
        }),
        confirmed: command.confirmed,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::arguments::{Arguments, Command};

    #[test]
    fn the_file_of_a_note_is_read_up_to_its_limit_whatever_letter_ends_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("note");
        let path = file.to_str().unwrap();
        let line = [
            "posta",
            "visit",
            "add",
            "x",
            "--reason",
            "x",
            "--note-file",
            path,
        ];
        let Command::Visit(Visit::Add(command)) = Arguments::parse_from(line).command else {
            panic!("another command")
        };
        let read = |before: &str| {
            let letters = usize::try_from(MAX_NOTE_FILE_BYTES).unwrap() / "\u{e9}".len();
            std::fs::write(&file, format!("{before}{}", "\u{e9}".repeat(letters))).unwrap();
            note(&command)
        };

        assert_eq!(read("").unwrap().len() as u64, MAX_NOTE_FILE_BYTES);
        for before in ["x", "xx"] {
            let more = read(before);
            assert!(
                matches!(&more, Err(Failure::Words(it)) if it.contains("more than")),
                "{more:?}"
            );
        }
    }
}
