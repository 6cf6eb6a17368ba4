//! The fact that someone looked at, wrote, printed or exported something.
//!
//! Links, never clinical content; of a search, what was typed. Its text goes into the encrypted log and
//! nowhere else: `Debug` leaves it out.

use std::fmt;

use record::SiteId;
use serde::{Deserialize, Serialize};

use crate::PayloadError;
use crate::coded::coded;

coded! {
    /// What an access did to the record, by the letters of FHIR's AuditEvent.
    AccessAction {
        /// Something new was written.
        Create = 1 "create",
        /// Something was shown.
        Read = 2 "read",
        /// Something was changed.
        Update = 3 "update",
        /// Something was withdrawn; nothing is ever erased.
        Delete = 4 "delete",
        /// Something was done with it: a search, a print, an export.
        Execute = 5 "execute",
    }
}

coded! {
    /// What the person did.
    AccessEvent {
        /// Searched for patients.
        Search = 1 "search",
        /// Opened a chart.
        OpenChart = 2 "open chart",
        /// Registered a patient.
        Register = 3 "register",
        /// Wrote a visit.
        Visit = 4 "visit",
        /// Corrected a register.
        Correct = 5 "correct",
        /// Resolved a conflict.
        Resolve = 6 "resolve",
        /// Imported records.
        Import = 7 "import",
        /// Exported records.
        Export = 8 "export",
        /// Printed something.
        Print = 9 "print",
        /// Looked at a list of patients.
        List = 10 "list",
        /// Looked at the audit history.
        AuditViewed = 11 "audit viewed",
        /// Asked the hub for a chart that the site does not hold.
        Fetch = 12 "fetch chart",
        /// Attached a file to a chart.
        Attach = 13 "attach",
        /// Opened or took out an attachment.
        OpenAttachment = 14 "open attachment",
        /// Let a colleague make keys at the computer.
        Introduce = 15 "introduce colleague",
    }
}

coded! {
    /// Why the person did it.
    Purpose {
        /// To care for the patient.
        Treatment = 1 "treatment",
        /// To keep the records in order.
        Operations = 2 "operations",
        /// For payment.
        Payment = 3 "payment",
        /// In an emergency, without the right to it; reviewed afterwards.
        BreakGlass = 4 "break-glass",
        /// Because the patient asked.
        PatientRequest = 5 "patient request",
        /// For public health.
        PublicHealth = 6 "public health",
        /// Because the law asks.
        Law = 7 "required by law",
    }
}

coded! {
    /// How it ended.
    Outcome {
        /// It was done.
        Done = 1 "done",
        /// The person may not.
        Refused = 2 "refused",
        /// It could not be done.
        Failed = 3 "failed",
    }
}

/// One access: what, why, how it ended, where, in which role and when by the wall clock.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// What it did to the record.
    #[serde(rename = "a")]
    pub action: AccessAction,
    /// What the person did.
    #[serde(rename = "e")]
    pub event: AccessEvent,
    /// Why.
    #[serde(rename = "p")]
    pub purpose: Purpose,
    /// How it ended.
    #[serde(rename = "o")]
    pub outcome: Outcome,
    /// What was searched for.
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// How many results were shown.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub results: Option<u32>,
    /// The person's reason, in their words.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The wall clock's milliseconds since 1970, as the device had it.
    #[serde(rename = "w")]
    pub wall_ms: u64,
    /// Where.
    #[serde(rename = "s")]
    pub site: SiteId,
    /// In which role (a name of the roster's roles).
    #[serde(rename = "l")]
    pub role: String,
    /// The size of the newest history checkpoint seen: the access was not before it.
    #[serde(rename = "c")]
    pub checkpoint: u64,
}

impl Access {
    /// The longest text kept of what was typed: no search and no reason needs more.
    pub const MAX_TEXT_BYTES: usize = 2_000;

    /// Returns the payload of an entry.
    pub fn to_bytes(&self) -> Result<Vec<u8>, PayloadError> {
        let texts = [self.query.as_ref(), self.reason.as_ref(), Some(&self.role)];
        if texts
            .into_iter()
            .flatten()
            .any(|it| it.len() > Self::MAX_TEXT_BYTES)
        {
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

impl fmt::Debug for Access {
    /// Leaves out what was typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("action", &self.action)
            .field("event", &self.event)
            .field("purpose", &self.purpose)
            .field("outcome", &self.outcome)
            .field("results", &self.results)
            .field("wall_ms", &self.wall_ms)
            .field("site", &self.site)
            .field("role", &self.role)
            .field("checkpoint", &self.checkpoint)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn access() -> Access {
        Access {
            action: AccessAction::Execute,
            event: AccessEvent::Search,
            purpose: Purpose::Treatment,
            outcome: Outcome::Done,
            query: Some("amina wanjiru".to_owned()),
            results: Some(3),
            reason: None,
            wall_ms: 1_700_000_000_000,
            site: SiteId(2),
            role: "nurse".to_owned(),
            checkpoint: 40,
        }
    }

    #[test]
    fn an_access_reads_back_as_written() {
        let bytes = access().to_bytes().unwrap();

        assert_eq!(Access::from_bytes(&bytes), Ok(access()));
        assert!(bytes.len() < 70, "{} bytes", bytes.len());
    }

    #[test]
    fn values_and_members_of_a_newer_release_do_not_hinder() {
        #[derive(Serialize)]
        struct Newer {
            a: u16,
            e: u16,
            p: u16,
            o: u16,
            w: u64,
            s: u32,
            l: &'static str,
            c: u64,
            later: &'static str,
        }
        let newer = Newer {
            a: 2,
            e: 900,
            p: 1,
            o: 1,
            w: 5,
            s: 1,
            l: "nurse",
            c: 0,
            later: "x",
        };

        let access = Access::from_bytes(&serde_ipld_dagcbor::to_vec(&newer).unwrap()).unwrap();

        assert_eq!(access.event, AccessEvent::Unknown(900));
        assert_eq!(u16::from(access.event), 900);
    }

    #[test]
    fn a_text_without_end_is_refused() {
        let long = Access {
            query: Some("x".repeat(Access::MAX_TEXT_BYTES + 1)),
            ..access()
        };

        assert_eq!(
            long.to_bytes(),
            Err(PayloadError::TooLong {
                limit: Access::MAX_TEXT_BYTES
            })
        );
    }

    #[test]
    fn debug_shows_nothing_that_was_typed() {
        assert!(!format!("{:?}", access()).contains("amina"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_access_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(Access::from_bytes(&bytes));
        }
    }
}
