//! The colleagues at this computer: who unlocks it, letting another come, one's own passphrase.

use audit::{AccessEvent, Admission, EntryKind, SessionEvent};
use crypto::{DeviceSecret, PersonSecrets, Slot};
use record::{PersonId, When};
use roster::{Action, Person, may};
use store::{Commit, NewEntry};

use super::Client;
use super::access::Deed;
use super::keys::Asked;
use super::unlock::open_slot;
use crate::driver::{ReplicaDriver, payload_fault};
use crate::home::{Home, KeyFile};
use crate::host::HostRng;
use crate::meta;
use crate::passphrase;
use crate::views::{ColleagueStanding, ColleagueView, CommandError, ErrorCode};

impl Client {
    /// Returns who works at this site, and whether they unlock this computer.
    pub fn colleagues(&self) -> Result<Vec<ColleagueView>, CommandError> {
        let site = self.driver.site()?;
        let people = self.driver.roster().people.iter();
        let works_here = people.filter(|it| it.active && it.sites.contains(&site));
        Ok(works_here.map(|it| self.colleague(it)).collect())
    }

    /// Tells whether the one who works here may vouch for colleagues.
    pub(super) fn may_vouch(&self) -> Result<bool, CommandError> {
        let site = self.driver.site()?;
        let vouch = Action::VouchForColleague;
        Ok(may(self.driver.roster(), self.person, vouch, site).is_ok())
    }

    fn colleague(&self, person: &Person) -> ColleagueView {
        let device = self.driver.identity().device;
        let listed = person.key_on(device);
        let asked = self.asked.iter().find(|it| it.person == person.id);
        let until_ms = asked.and_then(|it| it.until_ms);
        let until_ms = until_ms.or(listed.and_then(|it| it.until_ms));
        let standing = match (listed, asked) {
            (_, Some(_)) | (Some(_), None) if until_ms.is_some() => ColleagueStanding::Vouched,
            (_, Some(_)) => ColleagueStanding::Waits,
            (Some(_), None) => ColleagueStanding::Unlocks,
            (None, None) => ColleagueStanding::NoKeys,
        };
        let words = asked.map(|it| {
            let named = it.admission(0).words(device);
            named.map(str::to_owned).to_vec()
        });
        ColleagueView {
            id: person.id.0,
            name: person.name.clone(),
            role: person.role.name().to_owned(),
            standing,
            until: until_ms.map(|it| When::from_ms(it).as_str().to_owned()),
            words,
        }
    }

    /// Lets a colleague make keys here, with a passphrase that they alone know. The office compares six words and
    /// approves; a manager of the site may vouch for them, so that they can work at once.
    ///
    /// Somebody who has keys here already has new ones from then on: that is how a forgotten passphrase is mended.
    pub fn introduce(
        &mut self,
        person: u32,
        passphrase: &str,
        vouch: bool,
    ) -> Result<ColleagueView, CommandError> {
        let (person, site) = (PersonId(person), self.driver.site()?);
        let someone = self.driver.roster().person(person);
        let someone = someone.filter(|it| it.active && it.sites.contains(&site));
        let someone = someone
            .filter(|it| it.id != self.person)
            .ok_or_else(|| CommandError::new(ErrorCode::NoSuchColleague))?
            .clone();
        self.check_passphrase(passphrase, &someone)?;
        let deed = Deed::new(AccessEvent::Introduce);
        if vouch {
            self.permit(Action::VouchForColleague, &deed)?;
        }
        let secrets = PersonSecrets::generate(&mut HostRng(self.driver.host()));
        let slot = self.closed_slot(&secrets, passphrase)?;
        self.folder()?
            .write_key(&KeyFile::AskedSlot(person), &slot)?;
        self.ask_for(person, &secrets, vouch)?;
        self.settle_keys()?;
        Ok(self.colleague(&someone))
    }

    /// Puts the keys into the log, and remembers that they wait.
    fn ask_for(
        &mut self,
        person: PersonId,
        secrets: &PersonSecrets,
        vouch: bool,
    ) -> Result<(), CommandError> {
        let (device, now_ms) = (self.driver.identity().device, self.driver.host().now_ms());
        let mut asked = Asked {
            person,
            sign: secrets.sign.public(),
            seal: secrets.seal.public(),
            until_ms: None,
        };
        let mut admission = asked.admission(now_ms);
        if vouch {
            let until_ms = now_ms.saturating_add(Admission::MAX_VOUCHED_MS);
            admission.vouch(device, until_ms, &self.sign);
            asked.until_ms = Some(until_ms);
        }
        let mut all: Vec<Asked> = self.asked.clone();
        all.retain(|it| it.person != person);
        all.push(asked);
        let mut entries = self.begin()?;
        entries.push(admission_entry(&mut self.driver, &admission, self.person)?);
        self.commit(Commit {
            entries,
            meta: vec![(meta::ASKED.to_owned(), meta::to_bytes(&all))],
            ..Commit::default()
        })?;
        self.asked = all;
        Ok(())
    }

    /// Gives the one who works here another passphrase. The old one opens nothing any more.
    pub fn change_passphrase(&mut self, old: &str, new: &str) -> Result<(), CommandError> {
        let secrets = open_slot(self.folder()?, self.person, old, self.driver.host())?;
        let someone = self.driver.roster().person(self.person).cloned();
        let someone = someone.ok_or_else(|| CommandError::new(ErrorCode::PersonUnknown))?;
        self.check_passphrase(new, &someone)?;
        let slot = self.closed_slot(&secrets, new)?;
        self.folder()?
            .write_key(&KeyFile::Slot(self.person), &slot)?;
        let mut entries = self.begin()?;
        let changed = SessionEvent::PassphraseChanged;
        entries.push(self.driver.session_entry(changed, self.person)?);
        self.commit(Commit {
            entries,
            ..Commit::default()
        })
    }

    fn check_passphrase(&self, text: &str, person: &Person) -> Result<(), CommandError> {
        let site = self.driver.roster().site(self.driver.site()?);
        let site = site.map_or("", |it| it.name.as_str());
        passphrase::check(text, &[&person.name, site])
    }

    fn closed_slot(
        &self,
        secrets: &PersonSecrets,
        passphrase: &str,
    ) -> Result<Vec<u8>, CommandError> {
        let secret = self.folder()?.device_secret()?;
        let mut rng = HostRng(self.driver.host());
        Ok(Slot::close(secrets, passphrase, &secret, &mut rng))
    }

    fn folder(&self) -> Result<&Home, CommandError> {
        let none = || CommandError::new(ErrorCode::NotEnrolled);
        self.home.as_ref().ok_or_else(none)
    }
}

/// Makes the entry that names somebody's keys.
pub(super) fn admission_entry(
    driver: &mut ReplicaDriver,
    admission: &Admission,
    by: PersonId,
) -> Result<NewEntry, CommandError> {
    let payload = admission.to_bytes().map_err(payload_fault)?;
    Ok(driver.entry(EntryKind::ADMISSION, by, payload))
}

impl Asked {
    pub(super) fn admission(&self, wall_ms: u64) -> Admission {
        Admission {
            person: self.person,
            sign: self.sign,
            seal: self.seal,
            wall_ms,
            voucher: None,
        }
    }
}

impl Home {
    /// Reads the half of every slot's key that stays on this computer.
    pub(crate) fn device_secret(&self) -> Result<DeviceSecret, CommandError> {
        let secret = self.read_key(&KeyFile::DeviceSecret)?;
        let secret: [u8; 32] = secret
            .try_into()
            .map_err(|_size| CommandError::text(ErrorCode::Damaged, "keys/device.secret"))?;
        Ok(DeviceSecret::from_bytes(secret))
    }
}

#[cfg(test)]
pub(super) mod tests;
