//! Letting a new computer in: an invite, its request, six words compared, an approval.
//!
//! The hub keeps only the hash of an invite's token. A token works once; the key that used it may ask again as often
//! as it likes and learns how far its request is. Nothing is enrolled before a person has approved it.

use audit::SessionEvent;
use crypto::{BoxPublicKey, PublicKey};
use record::{PersonId, SiteId};
use roster::token_hash;
use serde::{Deserialize, Serialize};
use store::{HubCommit, Invite, Request, RequestState, StoreError};
use wire::{Enrol, Enrolling, RefusalCode};

use crate::hub::Hub;
use crate::pen::Subject;

/// The longest label, in bytes.
pub(crate) const MAX_LABEL_BYTES: usize = 200;

/// What a device asked for, as it is kept until someone decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    #[serde(rename = "l")]
    pub(crate) log: PublicKey,
    #[serde(rename = "s")]
    pub(crate) sign: PublicKey,
    #[serde(rename = "e")]
    pub(crate) seal: BoxPublicKey,
    #[serde(rename = "p")]
    pub(crate) person: PersonId,
    #[serde(rename = "i")]
    pub(crate) site: SiteId,
    #[serde(rename = "n")]
    pub(crate) label: String,
    #[serde(rename = "a", default)]
    pub(crate) proves_actors: bool,
    /// Kept, because making them is slow on purpose and a device asks again and again.
    #[serde(rename = "w")]
    pub(crate) words: Vec<String>,
}

impl From<&Enrol> for Asked {
    fn from(enrol: &Enrol) -> Self {
        Self {
            log: enrol.log,
            sign: enrol.sign,
            seal: enrol.seal,
            person: enrol.person,
            site: SiteId::default(),
            label: enrol.label.clone(),
            proves_actors: enrol.proves_actors,
            words: enrol.words().map(str::to_owned).to_vec(),
        }
    }
}

impl Hub {
    /// Takes a device's request to enrol, or says how far it is. `peer` is the key that its link proved.
    pub fn enrol(&mut self, peer: PublicKey, enrol: &Enrol) -> Result<Enrolling, RefusalCode> {
        self.try_enrol(peer, enrol)
            .map_err(|refusal| match refusal {
                Refusal::Code(code) => code,
                Refusal::Store(error) => {
                    tracing::error!(%error, "a request to enrol could not be kept");
                    crate::driver::code_of(&error)
                }
            })
    }

    fn try_enrol(&mut self, peer: PublicKey, enrol: &Enrol) -> Result<Enrolling, Refusal> {
        self.refresh()?;
        if enrol.tls != peer {
            return Err(Refusal::Code(RefusalCode::WrongDevice));
        }
        if let Some(device) = self.roster.device_by_tls(&peer) {
            if !device.is_active() {
                return Err(Refusal::Code(RefusalCode::Revoked));
            }
            return Ok(Enrolling::Approved {
                device: device.id,
                person: device.people.first().copied().unwrap_or(PersonId::NOBODY),
                roster: self.signed.clone(),
            });
        }
        let hash = *token_hash(&enrol.token).as_bytes();
        let words = match self.store.request_of(&peer)? {
            Some(request) if request.token_hash == hash => words_again(&request)?,
            // The same computer with another invite: the first request was refused, or lost its invite.
            Some(_) | None => self.ask(peer, enrol, hash)?,
        };
        Ok(Enrolling::Pending { words })
    }

    /// Uses an invite up and keeps the request.
    fn ask(
        &mut self,
        tls: PublicKey,
        enrol: &Enrol,
        token_hash: [u8; 32],
    ) -> Result<Vec<String>, Refusal> {
        let unknown = Refusal::Code(RefusalCode::InviteUnknown);
        let invite = self.store.invite(&token_hash)?.ok_or(unknown)?;
        if invite.used {
            return Err(Refusal::Code(RefusalCode::InviteUsed));
        }
        if !enrol.proves_actors {
            // A program of an earlier release: the invite stays good for its update.
            return Err(Refusal::Code(RefusalCode::NoCommonVersion));
        }
        let now = self.world.now_ms();
        if now >= invite.expires_ms {
            return Err(Refusal::Code(RefusalCode::InviteExpired));
        }
        let mut asked = Asked {
            site: invite.site,
            ..Asked::from(enrol)
        };
        let words = asked.words.clone();
        asked.person = match (enrol.person, invite.people.as_slice()) {
            (PersonId::NOBODY, [only]) => *only,
            (person, people) if people.contains(&person) => person,
            _another => return Err(Refusal::Code(RefusalCode::EnrolmentDeclined)),
        };
        let label = asked.label.trim();
        if label.is_empty() || label.len() > MAX_LABEL_BYTES || label.chars().any(char::is_control)
        {
            asked.label = invite.label.clone();
        }
        let request = Request {
            id: 0,
            tls,
            token_hash,
            body: serde_ipld_dagcbor::to_vec(&asked)
                .map_err(|_unwritable| Refusal::Code(RefusalCode::Malformed))?,
            asked_ms: now,
            state: RequestState::Pending,
        };
        let number = Some(i64::from(asked.site.0));
        let subject = Subject {
            person: Some(asked.person),
            number,
            ..Subject::default()
        };
        let entries = vec![self.entry(SessionEvent::DeviceAsked, subject)];
        let invite = Some(Invite {
            used: true,
            ..invite
        });
        self.commit(HubCommit {
            entries,
            invite,
            request: Some(request),
            ..HubCommit::default()
        })?;
        Ok(words)
    }
}

enum Refusal {
    Code(RefusalCode),
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

pub(crate) fn read(request: &Request) -> Option<Asked> {
    serde_ipld_dagcbor::from_slice(&request.body).ok()
}

fn words_again(request: &Request) -> Result<Vec<String>, Refusal> {
    match request.state {
        RequestState::Pending => {}
        RequestState::Refused => return Err(Refusal::Code(RefusalCode::EnrolmentDeclined)),
        // It would be in the roster.
        RequestState::Approved(_) => return Err(Refusal::Code(RefusalCode::Failed)),
    }
    let asked = read(request).ok_or(Refusal::Code(RefusalCode::Failed))?;
    Ok(asked.words)
}

#[cfg(test)]
mod tests;
