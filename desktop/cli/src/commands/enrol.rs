//! `posta enrol`

use std::io::IsTerminal as _;
use std::time::Duration;

use desktop_client::{Enrolment, EnrolmentView, OsHost};

use super::home;
use crate::arguments::{Common, Enrol};
use crate::files::text_of;
use crate::output::{Lines, Output};
use crate::passphrase::{Asking, passphrase};
use crate::run::Failure;

/// How often the hub is asked. An administrator takes a minute; the hub should not mind.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// The largest file of an invite, which has a few hundred letters.
const MAX_INVITE_FILE_BYTES: u64 = 1 << 16;

/// Enrols, and waits for the approval.
pub(crate) fn run(
    common: &Common,
    command: &Enrol,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let folder = home(common)?;
    let mut enrolment = match invite(command)? {
        Some(invite) => {
            let passphrase = passphrase(common, Asking::Twice)?;
            Enrolment::begin(
                &folder,
                &invite,
                &passphrase,
                &command.label,
                Box::new(OsHost),
            )?
        }
        None => {
            let passphrase = passphrase(common, Asking::Once)?;
            Enrolment::resume(&folder, &passphrase, Box::new(OsHost))?
        }
    };
    let mut told = false;
    loop {
        let view = enrolment.poll()?;
        let is_done = matches!(view, EnrolmentView::Approved { .. });
        if is_done || !told {
            output.result(&view, |view| text(view, command.no_wait))?;
            told = true;
        }
        if is_done || command.no_wait {
            return Ok(());
        }
        std::thread::sleep(ASK_EVERY);
    }
}

fn invite(command: &Enrol) -> Result<Option<String>, Failure> {
    let Some(path) = &command.invite_file else {
        return Ok(command.invite.clone());
    };
    text_of(path, MAX_INVITE_FILE_BYTES).map(Some)
}

fn text(view: &EnrolmentView, no_wait: bool) -> String {
    let mut lines = Lines::default();
    match view {
        EnrolmentView::Pending { words } => {
            lines.add("The hub has the request. Its administrator must see the same six words:");
            lines.gap();
            lines.add(format!("    {}", words.join("  ")));
            lines.gap();
            if no_wait {
                lines.add(
                    "Once it is approved there, run `posta enrol` again: it needs no invite then.",
                );
            } else if std::io::stdout().is_terminal() {
                lines.add("Waiting for the approval (Ctrl-C ends the waiting, nothing is lost) …");
            }
        }
        EnrolmentView::Approved { person, device } => {
            lines.add(format!(
                "Enrolled as device {device}, for person {person}. Next: `posta sync --once`."
            ));
        }
    }
    lines.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_an_invite_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("invite");
        let read = |size: u64| {
            std::fs::write(&file, "x".repeat(usize::try_from(size).unwrap())).unwrap();
            invite(&Enrol {
                invite: None,
                invite_file: Some(file.clone()),
                label: String::new(),
                no_wait: true,
            })
        };

        let most = read(MAX_INVITE_FILE_BYTES).unwrap().unwrap();
        assert_eq!(most.len() as u64, MAX_INVITE_FILE_BYTES);
        let more = read(MAX_INVITE_FILE_BYTES + 1);
        assert!(matches!(more, Err(Failure::Words(it)) if it.contains("more than 65536")));
    }
}
