//! How a clinic's sessions end: finished, given up for a reason that the run has given, or through a fault.

use sync::{AbortReason, ClientEvent};
use wire::RefusalCode;

use super::Run;
use crate::link::{End, LinkId};
use crate::report::Seen;
use crate::violation::{Law, Violation};

impl Run {
    /// A session ended too early: for a reason that the run has given it, or it is a fault.
    pub(super) fn aborted(
        &mut self,
        at: usize,
        link: LinkId,
        reason: &AbortReason,
    ) -> Result<(), Violation> {
        // Another copy of this device was in a session at the same time. The next one finds that.
        let of_copies = matches!(
            reason,
            AbortReason::Copied { .. }
                | AbortReason::Refused {
                    code: RefusalCode::LogFork | RefusalCode::LogGap,
                    ..
                }
        );
        let forgot = matches!(reason, AbortReason::FeedMismatch { .. }) && self.ledger.restores > 0;
        let is_unknown = matches!(
            reason,
            AbortReason::Refused {
                code: RefusalCode::UnknownChange,
                ..
            }
        );
        let expected = matches!(
            reason,
            AbortReason::LinkLost
                | AbortReason::Refused {
                    code: RefusalCode::Stopping,
                    ..
                }
        ) || forgot
            || (is_unknown && self.may_lack_a_change());
        if of_copies && self.is_copied(at) {
            self.report.count(Seen::CopiesMet);
        } else if !expected && self.is_disturbed(link) {
            self.report.count(Seen::Refused);
        } else if !expected {
            return Err(Violation::new(
                Law::EverybodyGetsOn,
                format!("clinic {at} gave up: {reason}"),
            ));
        }
        self.give_up_meeting(at);
        Ok(())
    }

    /// A session is finished: it goes on for what was written meanwhile and for attachments, stays, or ends.
    pub(super) fn finished(&mut self, at: usize) -> Result<(), Violation> {
        let Some(clinic) = self.clinics.get_mut(at) else {
            return Ok(());
        };
        let newest = clinic.store()?.log_head()?;
        let files = match clinic.client() {
            Some(client) => client.driver().attachments()?,
            None => None,
        };
        let Some(meeting) = &mut clinic.meeting else {
            return Ok(());
        };
        meeting.finished = true;
        if newest != meeting.told {
            meeting.told = newest;
            meeting.told_of_files = false;
            meeting.tell(ClientEvent::NewEntries);
        } else if let Some(files) = files.filter(|_| !meeting.told_of_files) {
            meeting.told_of_files = true;
            meeting.tell(files);
        } else if !meeting.stays {
            let link = meeting.link;
            clinic.meeting = None;
            clinic.meetings_finished += 1;
            self.report.count(Seen::Finished);
            self.close_link(link, End::Clinic);
        }
        Ok(())
    }
}
