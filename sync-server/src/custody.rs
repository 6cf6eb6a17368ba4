//! The fleet's recovery keys: two, each on paper with somebody who is asked for it once in years.
//!
//! The key of every computer's database is sealed to both, so a computer whose people have all forgotten their passphrases
//! can be opened with either. The hub has only their public halves. What is printed is also an age identity file, so
//! that it can be typed in and used by any program that opens age files.

use std::path::{Path, PathBuf};

use audit::SessionEvent;
use crypto::{BoxKey, BoxPublicKey};
use record::When;
use store::HubCommit;
use zeroize::Zeroizing;

use crate::admin::{AdminError, Changed};
use crate::home::{HomeError, private_folder_at, write_private_at};
use crate::hub::Hub;
use crate::pen::Subject;
use crate::world::{World, WorldRng};

/// How many recovery keys there are: one custodian may be away, or lose theirs.
const KEYS: usize = 2;

/// Under which name it is kept where the forms were written.
const FORMS: &str = "custody";

/// New recovery keys, until they are on paper.
pub struct Custody {
    keys: [BoxKey; KEYS],
}

/// Why there are no new recovery keys. Those that there were still count.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CustodyError {
    /// Hand out, or delete, what lies there.
    #[error("{} is there already: hand it to its custodian or delete it, or name another folder", .0.display())]
    FormThere(PathBuf),
    /// Look at the folder and the disk.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// See what the roster says.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// See what the store says.
    #[error(transparent)]
    Store(#[from] store::StoreError),
}

impl Custody {
    /// Draws new keys.
    #[must_use]
    pub fn generate(world: &dyn World) -> Self {
        let mut rng = WorldRng(world);
        Self {
            keys: [(); KEYS].map(|()| BoxKey::generate(&mut rng)),
        }
    }

    fn public(&self) -> Vec<BoxPublicKey> {
        self.keys.iter().map(BoxKey::public).collect()
    }

    /// Writes a form for each key into a folder, for its owner's eyes only.
    fn write(&self, folder: &Path, hub: &str, now_ms: u64) -> Result<(), CustodyError> {
        let forms: Vec<PathBuf> = form_paths(folder).collect();
        if let Some(there) = forms.iter().find(|it| it.exists()) {
            return Err(CustodyError::FormThere(there.clone()));
        }
        private_folder_at(folder)?;
        for (number, (path, key)) in forms.iter().zip(&self.keys).enumerate() {
            let form = form(number + 1, hub, key, now_ms);
            write_private_at(path, form.as_bytes())?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Custody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Custody(redacted)")
    }
}

impl Hub {
    /// Draws new recovery keys and writes their forms into a folder. Each computer seals its key to them when it next
    /// has the roster; those that there were before count no more then.
    pub fn renew_recovery(&mut self, folder: &Path) -> Result<Vec<PathBuf>, CustodyError> {
        let custody = Custody::generate(self.world.as_ref());
        custody.write(folder, &self.roster.hub.name, self.world.now_ms())?;
        let keys = custody.public();
        let at = std::path::absolute(folder).unwrap_or_else(|_unknown| folder.to_owned());
        let forms = at.to_string_lossy().into_owned().into_bytes();
        self.change_roster(
            |roster| {
                roster.hub.recovery.clone_from(&keys);
                Ok(Changed {
                    result: (),
                    event: SessionEvent::RecoveryKeysRenewed,
                    subject: Subject::default(),
                })
            },
            |()| HubCommit {
                meta: vec![(FORMS.to_owned(), forms.clone())],
                ..HubCommit::default()
            },
        )?;
        Ok(form_paths(&at).collect())
    }

    /// Returns the forms that still lie where they were written: whoever copies this disk has them.
    pub fn forms_left(&self) -> Result<Vec<PathBuf>, store::StoreError> {
        let Some(folder) = self.store.get(FORMS)? else {
            return Ok(Vec::new());
        };
        let folder = PathBuf::from(String::from_utf8_lossy(&folder).into_owned());
        Ok(form_paths(&folder).filter(|it| it.exists()).collect())
    }
}

fn form_paths(folder: &Path) -> impl Iterator<Item = PathBuf> {
    (1..=KEYS).map(move |number| folder.join(format!("recovery-key-{number}.txt")))
}

/// What is printed. Every line but the key's own is a comment, so that the file is one that age reads.
fn form(number: usize, hub: &str, key: &BoxKey, now_ms: u64) -> Zeroizing<String> {
    let mut form = Zeroizing::new(String::with_capacity(4096));
    let made = When::from_ms(now_ms);
    let public = key.public();
    let made = made.as_str();
    form.push_str(&format!(
        "# RECOVERY KEY {number} OF {KEYS}\n\
         #\n\
         # Hub:         {hub}\n\
         # Made:        {made}\n\
         # Public half: {public}\n\
         #\n\
         # With this key, and the computer itself or a backup, every record on it can be read.\n\
         # Print this page, check that the line below can be read, and delete the file.\n\
         # Keep the paper sealed, in a safe, away from the hub and from the other key.\n\
         # When a computer's people cannot open it: on that computer, type the line below into a\n\
         # file on a stick and run\n\
         #     posta --home DIR recover --key-file FILE --person NUMBER\n\
         # Afterwards have the administrator make new recovery keys: `posta-hub recovery renew`.\n\
         #\n"
    ));
    form.push_str(&key.spelt());
    form.push_str(
        "\n#\n\
         # Custodian:  ____________________________\n\
         #\n\
         # Received:   ____________________________   Signature: ____________________________\n\
         #\n\
         # Opened:     ____________________________   Reason:    ____________________________\n",
    );
    form
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::testing::hub;

    #[test]
    fn each_form_opens_what_is_sealed_to_the_recovery_keys() {
        let (mut hub, _world) = hub();
        let folder = tempfile::tempdir().unwrap();

        let forms = hub.renew_recovery(&folder.path().join("paper")).unwrap();

        assert_eq!(forms.len(), KEYS);
        let listed = hub.roster().hub.recovery.clone();
        let sealed = crypto::seal_to(&listed, b"the key of a database").unwrap();
        for form in &forms {
            let text = fs::read_to_string(form).unwrap();
            assert!(text.contains("Hub") && text.contains("Custodian"));
            let key = BoxKey::from_identity_file(&text).unwrap();
            let opened = crypto::open_with(&key, &sealed).unwrap();
            assert_eq!(opened.expose(), b"the key of a database");
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                let mode = fs::metadata(form).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600);
            }
        }
    }

    #[test]
    fn the_hub_says_that_forms_lie_about_and_writes_over_none() {
        let (mut hub, _world) = hub();
        let folder = tempfile::tempdir().unwrap();
        let paper = folder.path().join("paper");
        assert_eq!(hub.forms_left().unwrap(), Vec::<PathBuf>::new());
        let forms = hub.renew_recovery(&paper).unwrap();
        let first = hub.roster().hub.recovery.clone();

        assert_eq!(hub.forms_left().unwrap(), forms);
        fs::remove_file(&forms[0]).unwrap();
        let again = hub.renew_recovery(&paper);
        assert!(matches!(again, Err(CustodyError::FormThere(it)) if it == forms[1]));
        assert_eq!(hub.roster().hub.recovery, first);

        fs::remove_file(&forms[1]).unwrap();
        assert_eq!(hub.forms_left().unwrap(), Vec::<PathBuf>::new());
        hub.renew_recovery(&paper).unwrap();
        assert_ne!(hub.roster().hub.recovery, first);
    }
}
