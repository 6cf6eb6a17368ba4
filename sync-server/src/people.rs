//! Who unlocks which computer: what the computers' logs ask for, what a manager vouches for, what an administrator decides.
//!
//! A colleague makes keys at a computer, and its log names them. An administrator compares six words and approves. Where
//! a manager of the site has vouched for them, they count at once, for some days, and the administrator confirms.

use audit::{Admission, Entry, LogPosition, SessionEvent};
use record::{DeviceId, PersonId};
use roster::{Action, PersonKey};
use store::{AdmissionRow, AdmissionState, HubCommit, Outcome, StoreError};

use crate::admin::{AdminError, Changed};
use crate::approve::{ApproveError, same_words};
use crate::hub::Hub;
use crate::judge::Reason;
use crate::pen::Subject;

/// Somebody who is to unlock a computer, until an administrator has decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingPerson {
    /// The request's number.
    pub id: u64,
    /// Who.
    pub person: PersonId,
    /// Which computer.
    pub device: DeviceId,
    /// Who was at work there when they made their keys.
    pub introduced_by: PersonId,
    /// When, by the computer's clock, in milliseconds since 1970.
    pub asked_ms: u64,
    /// Until when a manager of the site vouches for them.
    pub vouched_until_ms: Option<u64>,
    /// Whether they have other keys there, which these are to take the place of.
    pub has_keys: bool,
    /// What both sides show.
    pub words: Vec<String>,
}

impl Hub {
    /// Says what becomes of an entry that names a person's keys. What names nobody who works at the site is kept like
    /// any other entry, and nobody is asked about it.
    pub(crate) fn look_into_admission(&self, position: LogPosition, entry: &Entry) -> Outcome {
        let asked = Admission::from_bytes(&entry.payload).ok();
        let device = self.roster.device(position.device);
        let person = asked.and_then(|it| self.roster.person(it.person));
        match (person, device) {
            (Some(person), Some(device))
                if person.active && device.is_active() && person.sites.contains(&device.site) =>
            {
                Outcome::Admission(person.id)
            }
            _ => Outcome::Noted,
        }
    }

    /// Returns who waits for an administrator to decide, the oldest first.
    pub fn waiting_people(&self) -> Result<Vec<WaitingPerson>, StoreError> {
        let rows = self.store.open_admissions()?;
        Ok(rows.iter().filter_map(|row| self.waiting(row)).collect())
    }

    fn waiting(&self, row: &AdmissionRow) -> Option<WaitingPerson> {
        let entry = row.entry.as_ref()?;
        let asked = Admission::from_bytes(&entry.payload).ok()?;
        let device = row.position.device;
        let current = self.roster.person(asked.person)?.key_on(device);
        let is_listed = current.is_some_and(|it| it.sign == asked.sign);
        Some(WaitingPerson {
            id: row.leaf,
            person: asked.person,
            device,
            introduced_by: entry.person,
            asked_ms: asked.wall_ms,
            vouched_until_ms: current.filter(|_| is_listed).and_then(|it| it.until_ms),
            has_keys: current.is_some() && !is_listed,
            words: asked.words(device).map(str::to_owned).to_vec(),
        })
    }

    /// Lists those whom a manager has vouched for, as long as the manager may: their keys count from now on, until an
    /// administrator confirms them or the time has passed.
    pub(crate) fn settle_admissions(&mut self) -> Result<(), StoreError> {
        for row in self.store.new_admissions()? {
            let vouched = row.entry.as_ref().and_then(|entry| {
                let asked = Admission::from_bytes(&entry.payload).ok()?;
                let until_ms = self.vouched_until(row.position.device, entry.person, &asked)?;
                Some((asked, until_ms))
            });
            let state = match vouched {
                Some((asked, until_ms)) => {
                    match self.admit_person(&row, &asked, Some(until_ms), AdmissionState::Vouched) {
                        Ok(()) => continue,
                        Err(AdminError::Store(error)) => return Err(error),
                        Err(error) => tracing::warn!(%error, "a voucher was not taken"),
                    }
                    AdmissionState::Waiting
                }
                None => AdmissionState::Waiting,
            };
            self.commit(HubCommit {
                admission: Some((row.leaf, state)),
                ..HubCommit::default()
            })?;
        }
        Ok(())
    }

    /// Returns until when a manager's word for a colleague's keys counts: no longer than a fortnight from now, whatever
    /// the computer's clock says. Nobody vouches for themselves, or with keys that need a voucher.
    fn vouched_until(&self, device: DeviceId, manager: PersonId, asked: &Admission) -> Option<u64> {
        let site = self.roster.device(device)?.site;
        let lasting = |it: &&PersonKey| it.until_ms.is_none();
        let key = self
            .roster
            .person(manager)?
            .key_on(device)
            .filter(lasting)?
            .sign;
        let may = roster::may(&self.roster, manager, Action::VouchForColleague, site);
        if manager == asked.person || may.is_err() {
            return None;
        }
        let until_ms = asked.vouched_until(device, &key).ok()??;
        let now_ms = self.world.now_ms();
        Some(until_ms.min(now_ms.saturating_add(Admission::MAX_VOUCHED_MS)))
    }

    /// Approves a person's keys on a computer. `words` are those that the computer shows, if the caller has them to
    /// compare.
    pub fn approve_person(&mut self, id: u64, words: Option<&str>) -> Result<(), ApproveError> {
        let (row, asked) = self.asked(id)?;
        let shown = asked.words(row.position.device).map(str::to_owned);
        if words.is_some_and(|typed| !same_words(typed, &shown)) {
            return Err(ApproveError::WrongWords);
        }
        self.admit_person(&row, &asked, None, AdmissionState::Decided)?;
        Ok(())
    }

    /// Declines a person's keys on a computer. If a manager vouched for them, they count no more.
    pub fn decline_person(&mut self, id: u64) -> Result<(), ApproveError> {
        let (row, asked) = self.asked(id)?;
        let device = row.position.device;
        let person = self.roster.person(asked.person);
        let key = person.and_then(|it| it.key_on(device));
        let decided = HubCommit {
            admission: Some((row.leaf, AdmissionState::Decided)),
            ..HubCommit::default()
        };
        if key.is_some_and(|it| it.sign == asked.sign) {
            self.take_off(
                asked.person,
                device,
                SessionEvent::PersonDeclined,
                decided.admission,
            )?;
            return Ok(());
        }
        let subject = Subject {
            device: Some(device),
            person: Some(asked.person),
            number: None,
        };
        let entries = vec![self.entry(SessionEvent::PersonDeclined, subject)];
        self.commit(HubCommit { entries, ..decided })?;
        Ok(self.sign_checkpoint()?)
    }

    /// Takes a person off a computer: at its next sync it shuts them out, and makes its database a new key.
    pub fn dismiss_person(&mut self, person: PersonId, device: DeviceId) -> Result<(), AdminError> {
        self.take_off(person, device, SessionEvent::PersonDismissed, None)
    }

    /// Lists that a person works here no more: every computer that they could unlock shuts them out at its next sync.
    pub fn person_left(&mut self, person: PersonId) -> Result<(), AdminError> {
        let now_ms = self.world.now_ms();
        self.change_roster(
            |roster| {
                roster.leave(person, now_ms)?;
                let subject = Subject {
                    person: Some(person),
                    ..Subject::default()
                };
                Ok(Changed {
                    result: (),
                    event: SessionEvent::PersonLeft,
                    subject,
                })
            },
            |()| HubCommit::default(),
        )
    }

    fn asked(&self, id: u64) -> Result<(AdmissionRow, Admission), ApproveError> {
        let rows = self.store.open_admissions()?;
        let row = rows.into_iter().find(|it| it.leaf == id);
        let row = row.ok_or(ApproveError::NobodyAsks(id))?;
        let entry = row.entry.as_ref().ok_or(ApproveError::Damaged)?;
        let asked = Admission::from_bytes(&entry.payload);
        let asked = asked.map_err(|_unreadable| ApproveError::Damaged)?;
        Ok((row, asked))
    }

    /// Lists a person's keys on a computer, and has what they wrote there before looked into again.
    fn admit_person(
        &mut self,
        row: &AdmissionRow,
        asked: &Admission,
        until_ms: Option<u64>,
        state: AdmissionState,
    ) -> Result<(), AdminError> {
        let (device, person) = (row.position.device, asked.person);
        let now_ms = self.world.now_ms();
        let reason = Reason::PersonNotOnDevice.word();
        let again: Vec<_> = self.store.charts_set_aside(reason)?.into_iter().collect();
        let key = PersonKey {
            device,
            sign: asked.sign,
            seal: asked.seal,
            until_ms,
        };
        self.change_roster(
            |roster| {
                roster.readmit(person, key.clone(), now_ms)?;
                let subject = Subject {
                    device: Some(device),
                    person: Some(person),
                    number: None,
                };
                Ok(Changed {
                    result: (),
                    event: SessionEvent::PersonAdmitted,
                    subject,
                })
            },
            |()| HubCommit {
                admission: Some((row.leaf, state)),
                again: again.clone(),
                ..HubCommit::default()
            },
        )
    }

    fn take_off(
        &mut self,
        person: PersonId,
        device: DeviceId,
        event: SessionEvent,
        admission: Option<(u64, AdmissionState)>,
    ) -> Result<(), AdminError> {
        let now_ms = self.world.now_ms();
        self.change_roster(
            |roster| {
                roster.dismiss(person, device, now_ms)?;
                let subject = Subject {
                    device: Some(device),
                    person: Some(person),
                    number: None,
                };
                Ok(Changed {
                    result: (),
                    event,
                    subject,
                })
            },
            |()| HubCommit {
                admission,
                ..HubCommit::default()
            },
        )
    }
}

#[cfg(test)]
mod tests;
