//! Inviting a computer: a token that lets it ask, once, for a while.

use audit::SessionEvent;
use record::{PersonId, SiteId};
use roster::Invite as Invitation;
use store::{HubCommit, Invite, StoreError};

use crate::enrol::MAX_LABEL_BYTES;
use crate::hub::Hub;
use crate::pen::Subject;
use crate::world::random;

/// The longest time that an invite holds: a month, so that a forgotten one is worth nothing for long.
pub const MAX_INVITE_HOURS: u32 = 31 * 24;

/// Why no invite was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InviteDeviceError {
    /// Name a person who works at the site.
    #[error("person {person} does not work at site {site}; `posta-hub person list` shows who does")]
    NotAtThisSite {
        /// Who.
        person: PersonId,
        /// Where.
        site: SiteId,
    },
    /// Name someone that the roster lists.
    #[error(
        "the roster lists no such site or person; `posta-hub site list` and `person list` show what there is"
    )]
    NotListed,
    /// Give another label.
    #[error("a label has at most {MAX_LABEL_BYTES} bytes and no control characters")]
    BadLabel,
    /// Give another time.
    #[error("an invite holds for 1 to {MAX_INVITE_HOURS} hours")]
    BadHours,
    /// See what the store says.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Hub {
    /// Makes an invite for a computer that a person will use at a site.
    pub fn invite_device(
        &mut self,
        site: SiteId,
        person: PersonId,
        label: &str,
        hours: u32,
    ) -> Result<Invitation, InviteDeviceError> {
        self.refresh()?;
        let label = label.trim();
        if label.len() > MAX_LABEL_BYTES || label.chars().any(char::is_control) {
            return Err(InviteDeviceError::BadLabel);
        }
        if hours == 0 || hours > MAX_INVITE_HOURS {
            return Err(InviteDeviceError::BadHours);
        }
        let someone = self
            .roster
            .person(person)
            .ok_or(InviteDeviceError::NotListed)?;
        let place = self.roster.site(site).ok_or(InviteDeviceError::NotListed)?;
        if !someone.sites.contains(&site) {
            return Err(InviteDeviceError::NotAtThisSite { person, site });
        }
        let label = if label.is_empty() {
            place.name.clone()
        } else {
            label.to_owned()
        };
        let invitation = Invitation {
            hub_addr: self.address()?,
            tls: self.keys.tls.public(),
            roster: self.keys.roster.public(),
            token: random(self.world.as_ref()),
            expires_ms: self
                .world
                .now_ms()
                .saturating_add(u64::from(hours) * 3_600_000),
        };
        let invite = Invite {
            token_hash: *invitation.token_hash().as_bytes(),
            site,
            people: vec![person],
            label,
            expires_ms: invitation.expires_ms,
            used: false,
        };
        let number = Some(i64::from(site.0));
        let subject = Subject {
            person: Some(person),
            number,
            ..Subject::default()
        };
        let entries = vec![self.entry(SessionEvent::DeviceInvited, subject)];
        self.commit(HubCommit {
            entries,
            invite: Some(invite),
            ..HubCommit::default()
        })?;
        self.sign_checkpoint()?;
        Ok(invitation)
    }
}
