//! What happened to the program, its people, its devices and its clock.

use crypto::PublicKey;
use record::{DeviceId, PersonId};
use serde::{Deserialize, Serialize};

use crate::coded::coded;
use crate::{LogHead, PayloadError};

const ACTOR_DOMAIN: &str = "posta/actor/v1";

coded! {
    /// What happened.
    SessionEvent {
        /// The program started. Names the automerge actor before its first use.
        Started = 1 "started",
        /// A person unlocked the computer.
        Unlocked = 2 "unlocked",
        /// A passphrase was wrong.
        UnlockFailed = 3 "unlock failed",
        /// The computer was locked.
        Locked = 4 "locked",
        /// The device was enrolled.
        Enrolled = 5 "enrolled",
        /// A sync began.
        SyncStarted = 6 "sync started",
        /// A sync ended.
        SyncEnded = 7 "sync ended",
        /// The wall clock jumped.
        ClockStepped = 8 "clock stepped",
        /// The device began a new log epoch: it was restored or cloned.
        LogBegun = 9 "log begun",
        /// The program stopped.
        Stopped = 10 "stopped",
        /// The hub was set up.
        HubCreated = 20 "hub created",
        /// A site was added to the roster.
        SiteAdded = 21 "site added",
        /// A person was added to the roster.
        PersonAdded = 22 "person added",
        /// An invite was issued.
        DeviceInvited = 23 "device invited",
        /// A device asked to be enrolled.
        DeviceAsked = 24 "device asked",
        /// A device was approved.
        DeviceApproved = 25 "device approved",
        /// A device was revoked.
        DeviceRevoked = 26 "device revoked",
        /// A new roster was signed.
        RosterSigned = 27 "roster signed",
        /// An entry could not be merged and was set aside.
        Quarantined = 28 "quarantined",
        /// A part of a log is known to be missing.
        GapSeen = 29 "gap seen",
        /// Two entries claim one place in a log.
        ForkSeen = 30 "fork seen",
        /// The history was verified.
        AuditVerified = 31 "audit verified",
        /// A request to enrol was declined.
        DeviceDeclined = 32 "device declined",
        /// A device was given another block of patient numbers.
        BlockGiven = 33 "block of numbers given",
        /// The hub found that it was restored from an older copy, and began its feeds anew.
        HubRestored = 34 "hub restored",
        /// What was set aside is looked into again, with what builds on it.
        QuarantineReleased = 38 "quarantine released",
        /// A chart's document and its places in feeds were made again from its changes.
        ChartRebuilt = 39 "chart rebuilt",
        /// A chart joined a scope: the number is the scope's.
        ChartJoined = 40 "chart joined",
        /// A chart left a scope: the number is the scope's.
        ChartLeft = 41 "chart left",
        /// A bundle was written to a file.
        BundleWritten = 42 "bundle written",
        /// A bundle was read from a file.
        BundleRead = 43 "bundle read",
        /// A person may unlock a device from now on, or goes on with new keys.
        PersonAdmitted = 44 "person admitted",
        /// A person's request to unlock a device was declined.
        PersonDeclined = 45 "person declined",
        /// A person was taken off a device.
        PersonDismissed = 46 "person taken off a device",
        /// A person does not work here any more.
        PersonLeft = 47 "person left",
        /// A person changed their passphrase.
        PassphraseChanged = 48 "passphrase changed",
        /// The database has a new key: who was taken off the device cannot open it.
        DatabaseRekeyed = 49 "database has a new key",
        /// The fleet's recovery keys are new ones.
        RecoveryKeysRenewed = 50 "recovery keys renewed",
        /// A recovery key opened the database.
        RecoveryKeyUsed = 51 "recovery key used",
    }
}

coded! {
    /// How a device found out that it had to begin a new log.
    BeginReason {
        /// Its database is an older one than the folder around it.
        Restored = 1 "its database was restored from an older copy",
        /// The hub had more of its log, and all of its own.
        Behind = 2 "it was restored from an older copy",
        /// The hub had another branch of its log.
        Branched = 3 "it was copied, or restored from an older copy",
        /// The hub was restored from an older copy, and lost entries that are not here any more either: they were
        /// removed with their charts. The number says how many.
        Removed = 4 "the hub lost entries that were removed here with their charts",
    }
}

/// One thing that happened, where it was running and when by the wall clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// What happened.
    #[serde(rename = "e")]
    pub event: SessionEvent,
    /// The automerge actor that this process will use.
    #[serde(
        rename = "a",
        default,
        skip_serializing_if = "Option::is_none",
        with = "serde_bytes"
    )]
    pub actor: Option<[u8; 16]>,
    /// What shows that the actor is this device's: see [`Session::actor_of`]. None: an earlier release wrote it.
    #[serde(
        rename = "o",
        default,
        skip_serializing_if = "Option::is_none",
        with = "serde_bytes"
    )]
    pub nonce: Option<[u8; 16]>,
    /// The program's version.
    #[serde(rename = "v")]
    pub version: String,
    /// Names the process's run: 16 random bytes made at its start.
    #[serde(rename = "b", with = "serde_bytes")]
    pub boot: [u8; 16],
    /// The wall clock's milliseconds since 1970, as the device had it.
    #[serde(rename = "w")]
    pub wall_ms: u64,
    /// The device it concerns, where that is not the log's own.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The person it concerns, where that is not the entry's own.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// A count or place that belongs to the event: a site, a roster's epoch, a place in a log, milliseconds of a step.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// Of a log begun: the last entry of an older log of the device that the hub has too. What the device had written
    /// after it follows in this log, byte for byte.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<LogHead>,
    /// Of a log begun: how the device found out.
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub why: Option<BeginReason>,
}

/// An automerge actor that a log names as its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclaredActor {
    /// Its 16 bytes.
    pub actor: [u8; 16],
    /// Whether no other device could have named it.
    pub is_proven: bool,
}

impl Session {
    /// The longest version kept.
    pub const MAX_TEXT_BYTES: usize = 100;

    /// Returns the actor that a nonce makes of the key of a device's log. No other key makes the same of any nonce, so
    /// nobody who reads a log can name its actors for their own.
    #[must_use]
    pub fn actor_of(log: &PublicKey, nonce: &[u8; 16]) -> [u8; 16] {
        let digest = crypto::hash(ACTOR_DOMAIN, &[log.as_bytes(), nonce]);
        digest.as_bytes().first_chunk().copied().unwrap_or_default()
    }

    /// Returns the actor that this entry names, in a log that `log` checks. One whose nonce says otherwise is none.
    #[must_use]
    pub fn declared(&self, log: &PublicKey) -> Option<DeclaredActor> {
        let actor = self.actor.filter(|_| self.event == SessionEvent::Started)?;
        let is_proven = match &self.nonce {
            Some(nonce) if Self::actor_of(log, nonce) == actor => true,
            Some(_of_another) => return None,
            None => false,
        };
        Some(DeclaredActor { actor, is_proven })
    }

    /// Returns the payload of an entry.
    pub fn to_bytes(&self) -> Result<Vec<u8>, PayloadError> {
        if self.version.len() > Self::MAX_TEXT_BYTES {
            return Err(PayloadError::TooLong {
                limit: Self::MAX_TEXT_BYTES,
            });
        }
        serde_ipld_dagcbor::to_vec(self).map_err(|_unwritable| PayloadError::Damaged)
    }

    /// Reads an entry's payload; members of a newer release are passed over.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PayloadError> {
        serde_ipld_dagcbor::from_slice(bytes).map_err(|_unreadable| PayloadError::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn session() -> Session {
        Session {
            event: SessionEvent::Started,
            actor: Some([3; 16]),
            nonce: Some([5; 16]),
            version: "0.1.0".to_owned(),
            boot: [4; 16],
            wall_ms: 1_700_000_000_000,
            device: None,
            person: None,
            number: Some(-5),
            continues: Some(LogHead::start(DeviceId(3), 1)),
            why: Some(BeginReason::Branched),
        }
    }

    #[test]
    fn a_session_reads_back_as_written() {
        let without_actor = Session {
            actor: None,
            ..session()
        };

        assert_eq!(
            Session::from_bytes(&session().to_bytes().unwrap()),
            Ok(session())
        );
        assert_eq!(
            Session::from_bytes(&without_actor.to_bytes().unwrap()),
            Ok(without_actor)
        );
    }

    #[test]
    fn a_version_without_end_is_refused() {
        let long = Session {
            version: "1".repeat(Session::MAX_TEXT_BYTES + 1),
            ..session()
        };

        assert_eq!(
            long.to_bytes(),
            Err(PayloadError::TooLong {
                limit: Session::MAX_TEXT_BYTES
            })
        );
    }

    fn key(seed: u8) -> PublicKey {
        crypto::SigningKey::from_seed([seed; 32]).public()
    }

    #[test]
    fn an_actor_is_of_the_device_whose_key_and_nonce_it_comes_from() {
        let nonce = Some([5; 16]);
        let actor = Some(Session::actor_of(&key(1), &[5; 16]));
        let session = Session {
            actor,
            nonce,
            ..session()
        };

        assert!(session.declared(&key(1)).is_some_and(|it| it.is_proven));
        assert_eq!(session.declared(&key(2)), None, "of another device");
        let another = Session {
            nonce: Some([6; 16]),
            ..session
        };
        assert_eq!(another.declared(&key(1)), None, "of another nonce");
    }

    #[test]
    fn an_earlier_release_names_an_actor_alone() {
        let bare = Session {
            nonce: None,
            ..session()
        };

        assert_eq!(
            bare.declared(&key(1)),
            Some(DeclaredActor {
                actor: [3; 16],
                is_proven: false
            })
        );
    }

    #[test]
    fn only_a_start_names_an_actor() {
        let unlocked = Session {
            event: SessionEvent::Unlocked,
            nonce: None,
            ..session()
        };

        assert_eq!(unlocked.declared(&key(1)), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_session_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(Session::from_bytes(&bytes));
        }
    }
}
