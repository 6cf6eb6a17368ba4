//! `posta colleague` and `posta passphrase`

use desktop_client::{Client, ColleagueStanding, ColleagueView, OsHost};
use serde::Serialize;
use zeroize::Zeroizing;

use super::{home, work};
use crate::arguments::{AddColleague, Colleague, Common, Passphrase, Recover};
use crate::files::text_of;
use crate::output::{Lines, Output};
use crate::passphrase::{Asking, new_passphrase, passphrase};
use crate::run::Failure;

/// The largest file of a recovery key that is read: a form has about two kB.
const MAX_KEY_FILE: u64 = 16 * 1024;

/// Lists colleagues, or lets one come.
pub(crate) fn colleague(
    common: &Common,
    command: &Colleague,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    match command {
        Colleague::List => {
            let found = super::upkeep(common)?.colleagues()?;
            output.result(&found, |found: &Vec<ColleagueView>| told(found))
        }
        Colleague::Add(it) => add(common, it, output),
    }
}

fn add(common: &Common, it: &AddColleague, output: &mut Output<'_>) -> Result<(), Failure> {
    let added = work(common, |client| {
        let chosen = new_passphrase(&it.new, "The colleague's new passphrase: ")?;
        Ok(client.introduce(it.colleague, &chosen, it.vouch)?)
    })?;
    output.result(&added, |it| {
        let mut lines = Lines::default();
        if let Some(words) = &it.words {
            lines.add(format!("words: {}", words.join(" ")));
        }
        match &it.until {
            Some(until) => lines.add(format!(
                "{} can work here now, and until {until} unless the office confirms it: after the next sync they compare the words and approve",
                it.name
            )),
            None => lines.add(format!(
                "{} can work here once the office has approved: after the next sync they compare the words (`posta-hub person list`), and the sync after that brings it",
                it.name
            )),
        }
        lines.finish()
    })
}

fn told(found: &[ColleagueView]) -> String {
    let mut lines = Lines::default();
    for it in found {
        let until = it.until.as_deref().unwrap_or_default();
        let standing = match it.standing {
            ColleagueStanding::Unlocks => "unlocks this computer".to_owned(),
            ColleagueStanding::Vouched => {
                format!("unlocks this computer until {until}, unless the office confirms it")
            }
            ColleagueStanding::Waits => "waits for the office to approve".to_owned(),
            ColleagueStanding::NoKeys => "has no keys here".to_owned(),
        };
        lines.add(format!("{}: {}, {}; {standing}", it.id, it.name, it.role));
        if let Some(words) = &it.words {
            lines.add(format!("    words: {}", words.join(" ")));
        }
    }
    lines.finish()
}

/// Opens the computer with a recovery key.
pub(crate) fn recover(
    common: &Common,
    it: &Recover,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let folder = home(common)?;
    Client::home(&folder)?;
    let person = common
        .person
        .ok_or_else(|| Failure::Words("for whom? add --person NUMBER".to_owned()))?;
    let key = Zeroizing::new(text_of(&it.key_file, MAX_KEY_FILE)?);
    let chosen = new_passphrase(&it.new, "Their new passphrase: ")?;
    let recovered = Client::recover(&folder, &key, person, &chosen, Box::new(OsHost))?;
    output.result(&recovered, |it| {
        format!(
            "words: {}\n{} can work here now: after the next sync the office compares the words (`posta-hub person list`) and approves; have it make new recovery keys then (`posta-hub recovery renew`)\n",
            it.words.join(" "),
            it.person
        )
    })
}

/// A passphrase was changed.
#[derive(Serialize)]
struct Changed {
    changed: bool,
}

/// Changes one's own passphrase.
pub(crate) fn change(
    common: &Common,
    command: &Passphrase,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let Passphrase::Change(new) = command;
    let folder = home(common)?;
    Client::home(&folder)?;
    let old = passphrase(common, Asking::Once)?;
    let mut client = Client::unlock(&folder, common.person, &old, Box::new(OsHost))?;
    let chosen = new_passphrase(new, "New passphrase: ")?;
    client.change_passphrase(&old, &chosen)?;
    client.lock()?;
    output.result(&Changed { changed: true }, |_changed| {
        "the new passphrase opens this computer from now on; the old one opens nothing\n".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_and_a_file_without_an_end_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let read = |size: u64| {
            let size = usize::try_from(size).unwrap();
            std::fs::write(&path, "#".repeat(size)).unwrap();
            text_of(&path, MAX_KEY_FILE).is_ok()
        };

        assert!(read(MAX_KEY_FILE));
        assert!(!read(MAX_KEY_FILE + 1));
    }
}
