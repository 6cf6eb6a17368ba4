//! Enrolling this computer with an invite.
//!
//! Everything that must not change between asking and being approved (keys, invite, label) is on the disk,
//! encrypted, before the hub is asked anything. So an enrolment can be broken off and taken up at any point: the
//! hub is asked again with the same keys.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use audit::SessionEvent;
use crypto::{DatabaseKey, DeviceSecret, PersonSecrets, SigningKey, Slot, seal_to};
use record::{DeviceId, PersonId};
use roster::{Invite, Roster, SignedRoster};
use store::{Commit, ReplicaStore};
use wire::{Enrol, Enrolling, Message, RefusalCode};

use crate::client::{database_key, open_slot};
use crate::driver::{DeviceIdentity, HubPin, ReplicaDriver};
use crate::fault::refusal_fault;
use crate::home::{Facts, Home, KeyFile, Listed, State};
use crate::host::{Host, HostRng};
use crate::identity::{self, Kept, Waiting};
use crate::inputs::optional;
use crate::link::{self, Met, Route, Vigil, send_fault};
use crate::meta;
use crate::passphrase;
use crate::views::{CommandError, EnrolmentView, ErrorCode};

/// The longest label: it must fit the message that asks for enrolment.
const MAX_LABEL_BYTES: usize = 200;

/// How often the hub may say something else before it answers.
const MAX_SKIPPED: u32 = 16;

/// An enrolment under way. It can be dropped at any time and taken up again.
pub struct Enrolment {
    home: Home,
    host: Lent,
    /// None once it went into a replica: of a settling that failed it is opened again.
    store: Option<ReplicaStore>,
    is_settled: bool,
    identity: DeviceIdentity,
    invite: Invite,
    waiting: Waiting,
    person: PersonSecrets,
}

impl Enrolment {
    /// Starts an enrolment in an empty home, or takes up the one that waits there. Another invite takes the place
    /// of the one it waits with: that may have expired, or been typed for another computer. An empty label asks for
    /// the one that the invite was made with.
    pub fn begin(
        folder: &Path,
        invite: &str,
        passphrase: &str,
        label: &str,
        host: Box<dyn Host>,
    ) -> Result<Self, CommandError> {
        let invite: Invite = invite.parse()?;
        let label = optional(Some(label), "label", MAX_LABEL_BYTES)?.unwrap_or_default();
        if !Home::is_at(folder) {
            passphrase::check(passphrase, &[&label])?;
        }
        let home = Home::found(folder)?;
        let host = Lent::of(host);
        if home.has_facts() {
            let mut waiting = Self::take_up(home, passphrase, host)?;
            if waiting.invite != invite {
                waiting.try_with(invite)?;
            }
            return Ok(waiting);
        }
        Self::prepare(home, invite, passphrase, label, host)
    }

    /// Takes up the enrolment that waits in the home.
    pub fn resume(
        folder: &Path,
        passphrase: &str,
        host: Box<dyn Host>,
    ) -> Result<Self, CommandError> {
        Self::take_up(Home::enter(folder)?, passphrase, Lent::of(host))
    }

    /// Asks the hub once how far the enrolment is.
    pub fn poll(&mut self) -> Result<EnrolmentView, CommandError> {
        let enrol = self.enrol();
        let words = enrol.words().map(str::to_owned).to_vec();
        let answer = link::block_on(ask(&self.identity, enrol))?;
        match answer {
            // The hub saw other keys than ours: someone is in between.
            Enrolling::Pending { words: theirs } if theirs != words => Err(CommandError::text(
                ErrorCode::HubNotOurs,
                "the words differ",
            )),
            Enrolling::Pending { .. } => Ok(EnrolmentView::Pending { words }),
            Enrolling::Approved {
                device,
                person,
                roster,
            } => {
                self.settle(device, person, &roster)?;
                Ok(EnrolmentView::Approved {
                    person: person.0,
                    device: device.0,
                })
            }
        }
    }

    /// Makes keys and an encrypted database, and says last that they are there.
    fn prepare(
        home: Home,
        invite: Invite,
        passphrase: &str,
        label: String,
        host: Lent,
    ) -> Result<Self, CommandError> {
        let mut rng = HostRng(&host);
        let secret = DeviceSecret::generate(&mut rng);
        let person = PersonSecrets::generate(&mut rng);
        let key = DatabaseKey::generate(&mut rng);
        let identity = DeviceIdentity {
            device: DeviceId::HUB,
            tls: SigningKey::generate(&mut rng),
            log: SigningKey::generate(&mut rng),
            hub: pin_of(&invite),
        };
        let slot = Slot::close(&person, passphrase, &secret, &mut rng);
        let sealed = seal_to(&[person.seal.public()], key.expose())
            .map_err(|error| CommandError::text(ErrorCode::Fault, error.to_string()))?;
        home.write_key(&KeyFile::DeviceSecret, secret.expose())?;
        home.write_key(&KeyFile::Slot(PersonId::NOBODY), &slot)?;
        home.write_key(&KeyFile::Database, &sealed)?;
        let mut store = ReplicaStore::create(&home.database(), &key)?;
        let waiting = Waiting {
            invite: invite.to_string(),
            label,
        };
        meta::write(&mut store, meta::IDENTITY, &Kept::new(&identity))?;
        meta::write(&mut store, meta::ENROLMENT, &waiting)?;
        home.write_facts(&Facts::pending(&waiting.label))?;
        Ok(Self {
            home,
            host,
            store: Some(store),
            is_settled: false,
            identity,
            invite,
            waiting,
            person,
        })
    }

    fn take_up(home: Home, passphrase: &str, host: Lent) -> Result<Self, CommandError> {
        let facts = home.facts()?;
        if facts.is_too_new() {
            return Err(CommandError::new(ErrorCode::TooNew));
        }
        if facts.state == State::Enrolled {
            return Err(CommandError::new(ErrorCode::AlreadyEnrolled));
        }
        let person = open_slot(&home, PersonId::NOBODY, passphrase, &host)?;
        let store = ReplicaStore::open(&home.database(), &database_key(&home, &person)?)?;
        let identity = identity::read(&store)?;
        let waiting: Waiting = meta::read(&store, meta::ENROLMENT)?
            .ok_or_else(|| CommandError::text(ErrorCode::Damaged, "the invite is missing"))?;
        let invite: Invite = waiting.invite.parse()?;
        Ok(Self {
            home,
            host,
            store: Some(store),
            is_settled: false,
            identity,
            invite,
            waiting,
            person,
        })
    }

    /// Waits with another invite from here on. A crash between the two writes is mended by typing it again.
    fn try_with(&mut self, invite: Invite) -> Result<(), CommandError> {
        let mut store = self.open_store()?;
        self.identity.hub = pin_of(&invite);
        self.waiting.invite = invite.to_string();
        self.invite = invite;
        meta::write(&mut store, meta::IDENTITY, &Kept::new(&self.identity))?;
        meta::write(&mut store, meta::ENROLMENT, &self.waiting)?;
        self.store = Some(store);
        Ok(())
    }

    /// Returns the store, opened again if a settling that failed has used it up.
    fn open_store(&mut self) -> Result<ReplicaStore, CommandError> {
        match self.store.take() {
            Some(store) => Ok(store),
            None => {
                let key = database_key(&self.home, &self.person)?;
                Ok(ReplicaStore::open(&self.home.database(), &key)?)
            }
        }
    }

    fn enrol(&self) -> Enrol {
        Enrol {
            token: self.invite.token,
            tls: self.identity.tls.public(),
            log: self.identity.log.public(),
            sign: self.person.sign.public(),
            seal: self.person.seal.public(),
            person: PersonId::NOBODY,
            label: self.waiting.label.clone(),
            proves_actors: true,
        }
    }

    /// Becomes the device that the roster lists. Each step may be repeated: the hub is asked again until the
    /// last is done, by this process or by another.
    pub(crate) fn settle(
        &mut self,
        device: DeviceId,
        person: PersonId,
        signed: &SignedRoster,
    ) -> Result<(), CommandError> {
        if self.is_settled {
            return Err(CommandError::new(ErrorCode::AlreadyEnrolled));
        }
        let roster = signed.open(&self.identity.hub.roster, 0)?;
        let listed = self.listed(&roster, device, person)?;
        let enrolled = roster.device(device);
        let label = enrolled.map_or_else(String::new, |it| it.label.clone());
        let site = enrolled
            .and_then(|it| roster.site(it.site))
            .map_or_else(String::new, |it| it.name.clone());
        let mut store = self.open_store()?;
        self.identity.device = device;
        meta::write(&mut store, meta::IDENTITY, &Kept::new(&self.identity))?;
        let host = Box::new(self.host.clone());
        let mut driver = ReplicaDriver::found(store, self.identity.clone(), signed, host)?;
        let entries = vec![driver.session_entry(SessionEvent::Enrolled, person)?];
        driver.commit(Commit {
            entries,
            ..Commit::default()
        })?;

        let slot = self.home.read_key(&KeyFile::Slot(PersonId::NOBODY))?;
        self.home.write_key(&KeyFile::Slot(person), &slot)?;
        self.home
            .write_facts(&Facts::enrolled(device, &label, &site, vec![listed]))?;
        // Enrolled from here on. What was waited with goes last: without it nothing above could be repeated.
        driver.store_mut().remove(meta::ENROLMENT)?;
        self.home.remove_key(&KeyFile::Slot(PersonId::NOBODY))?;
        self.is_settled = true;
        Ok(())
    }

    /// Finds ourselves in the roster: the keys must be the ones that were made here.
    fn listed(
        &self,
        roster: &Roster,
        device: DeviceId,
        person: PersonId,
    ) -> Result<Listed, CommandError> {
        let not_ours = || CommandError::text(ErrorCode::HubNotOurs, "the roster lists other keys");
        let enrolled = roster.device(device).ok_or_else(not_ours)?;
        let someone = roster.person(person).ok_or_else(not_ours)?;
        let has_our_keys = enrolled.tls == self.identity.tls.public()
            && enrolled.log == self.identity.log.public()
            && someone.keys.iter().any(|it| {
                it.device == device
                    && it.sign == self.person.sign.public()
                    && it.seal == self.person.seal.public()
            });
        if !has_our_keys {
            return Err(not_ours());
        }
        Ok(Listed {
            id: person,
            name: someone.name.clone(),
            role: someone.role.name().to_owned(),
        })
    }
}

/// The machine, which the enrolment keeps while the replica that it makes uses it too.
#[derive(Clone)]
struct Lent(Arc<Mutex<Box<dyn Host>>>);

impl Lent {
    fn of(host: Box<dyn Host>) -> Self {
        Self(Arc::new(Mutex::new(host)))
    }
}

impl Host for Lent {
    fn now_ms(&self) -> u64 {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .now_ms()
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        let host = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        host.fill_random(bytes);
    }
}

fn pin_of(invite: &Invite) -> HubPin {
    HubPin {
        address: invite.hub_addr.clone(),
        tls: invite.tls,
        roster: invite.roster,
    }
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enrolment")
            .field("label", &self.waiting.label)
            .finish_non_exhaustive()
    }
}

/// Asks the hub over a link of its own.
async fn ask(identity: &DeviceIdentity, enrol: Enrol) -> Result<Enrolling, CommandError> {
    let route = Route::find(&identity.hub, &identity.tls, None).await?;
    let mut link = route.open().await?;
    let answer = converse(&route, &mut link, enrol).await;
    link.close(RefusalCode::Done).await;
    answer
}

async fn converse(
    route: &Route<'_>,
    link: &mut transport::Link,
    enrol: Enrol,
) -> Result<Enrolling, CommandError> {
    let mut vigil = Vigil::begin();
    link.queue(&Message::Enrol(enrol)).map_err(send_fault)?;
    for _skipped in 0..MAX_SKIPPED {
        let message = loop {
            match route.exchange(link, &mut vigil).await? {
                Met::Came(message) => break message,
                Met::Went | Met::Nothing => {}
                // Asking is repeated by whoever waits for the answer, so a link that falls silent is not gone on with.
                Met::Moved(_fresh) => return Err(CommandError::new(ErrorCode::LinkLost)),
            }
        };
        match message {
            Message::Enrolling(answer) => return Ok(answer),
            Message::Refused(refused) => return Err(refusal_fault(refused.code)),
            Message::Wait(_) | Message::Unknown { .. } => {}
            Message::Hello(_)
            | Message::Welcome(_)
            | Message::Push(_)
            | Message::Stored(_)
            | Message::Feed(_)
            | Message::Taken(_)
            | Message::Done(_)
            | Message::Enrol(_)
            | Message::Probe(_)
            | Message::Probed(_)
            | Message::Show(_)
            | Message::Repair(_)
            | Message::Return(_)
            | Message::Meet(_)
            | Message::Declined(_)
            | Message::Early(_)
            | Message::Pack(_)
            | Message::Fetch(_)
            | Message::Fetched(_)
            | Message::Want(_)
            | Message::Blob(_) => break,
        }
    }
    Err(CommandError::text(
        ErrorCode::HubRefused,
        "the hub did not answer the request",
    ))
}

#[cfg(test)]
pub(crate) mod tests;
