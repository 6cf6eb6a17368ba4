//! A session between two devices of one hub, where the hub is not in reach.
//!
//! Both ends are the same. Each says first how new its roster is; the newer one goes over, and each judges the other by
//! it. Then each says HELLO with what it holds, and gives what the other lacks: runs of logs as their devices signed
//! them, and feeds as far as the hub signed them. Nothing is believed that is not signed by the one or the other, and
//! each thing is committed before it is answered, so that a link may break at any point.

mod events;
mod give;
mod take;

use roster::SignedRoster;
use wire::{Hello, Meet, Message, RefusalCode, Refused, Version, Versions};

pub use events::{FeedGiven, Judged, LanEffect, LanEvent, LanStanding, LanSummary, LogOffer};
use give::Giving;
use take::Taking;

/// The version that two devices speak: older ones know nothing of each other.
const SPOKEN: Version = Version::TWO;

/// One end of a session between two devices.
#[derive(Debug)]
pub struct LanSession {
    versions: Versions,
    judged: Judged,
    phase: Phase,
    summary: LanSummary,
}

#[derive(Debug)]
enum Phase {
    /// The roster's epoch was said; the peer has yet to say its own, and then which roster counts.
    Meeting {
        /// The peer's, once it is said.
        newer: Option<u64>,
        asked: Asked,
        hello: Option<Box<Hello>>,
    },
    /// Both judge by the same roster. What is held was asked for, and what the peer holds is to come.
    Greeting {
        standing: Option<Box<LanStanding>>,
        hello: Option<Box<Hello>>,
    },
    /// Both give and take.
    Open(Box<Open>),
    /// Nothing more is to be done.
    Closed,
}

/// What the store was asked about rosters. A peer has nothing to say of its own meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Nothing,
    /// For the one here: the peer's is older.
    Ours,
    /// To judge the peer's; what the peer says meanwhile of itself waits for that.
    Theirs,
}

impl Phase {
    const fn meeting(newer: Option<u64>, asked: Asked) -> Self {
        Self::Meeting {
            newer,
            asked,
            hello: None,
        }
    }
}

#[derive(Debug)]
struct Open {
    giving: Giving,
    taking: Taking,
    /// The peer has given what it had.
    peer_done: bool,
    finished: bool,
}

impl LanSession {
    /// Opens a session with whoever proved to hold a key, as the roster here judges that.
    #[must_use]
    pub fn new(versions: Versions, judged: Judged) -> (Self, Vec<LanEffect>) {
        let mut session = Self {
            versions,
            judged,
            phase: Phase::meeting(None, Asked::Nothing),
            summary: LanSummary::default(),
        };
        // Who is revoked is told nothing. Whom this roster does not know, a newer one may.
        let effects = match session.judged.peer {
            Err(code) if code != RefusalCode::NotEnrolled => session.refuse(code),
            Ok(_) | Err(_) => vec![LanEffect::Send(Message::Meet(Meet {
                roster_epoch: session.judged.roster_epoch,
                roster: None,
            }))],
        };
        (session, effects)
    }

    /// Takes in one event and returns what to do about it.
    pub fn handle(&mut self, event: LanEvent) -> Vec<LanEffect> {
        let mut effects = Vec::new();
        if let Err(code) = self.react(event, &mut effects) {
            effects.extend(self.refuse(code));
        }
        effects
    }

    fn refuse(&mut self, code: RefusalCode) -> Vec<LanEffect> {
        self.phase = Phase::Closed;
        let refused = Refused {
            code,
            text: String::new(),
        };
        vec![
            LanEffect::Send(Message::Refused(refused)),
            LanEffect::Close(code),
        ]
    }

    fn react(&mut self, event: LanEvent, effects: &mut Vec<LanEffect>) -> Result<(), RefusalCode> {
        match (&mut self.phase, event) {
            (Phase::Closed, _) => Ok(()),
            (_, LanEvent::Received(Message::Refused(Refused { code, .. }))) => {
                self.phase = Phase::Closed;
                effects.push(LanEffect::Refused(code));
                Ok(())
            }
            (Phase::Open(open), LanEvent::LinkLost) if open.finished => {
                self.phase = Phase::Closed;
                Ok(())
            }
            (_, LanEvent::LinkLost) => {
                self.phase = Phase::Closed;
                effects.push(LanEffect::Lost);
                Ok(())
            }
            (_, LanEvent::Received(Message::Unknown { .. })) => Ok(()),
            (
                Phase::Meeting {
                    asked: Asked::Theirs,
                    hello: hello @ None,
                    ..
                },
                LanEvent::Received(Message::Hello(said)),
            ) => {
                *hello = Some(Box::new(said));
                Ok(())
            }
            (
                Phase::Meeting {
                    newer,
                    asked: Asked::Nothing,
                    ..
                },
                LanEvent::Received(Message::Meet(meet)),
            ) => {
                let known = newer.take();
                self.met(meet, known, effects)
            }
            (Phase::Meeting { .. }, LanEvent::RosterRead(roster)) => {
                effects.push(self.show(roster));
                self.greet(effects)
            }
            (Phase::Meeting { .. }, LanEvent::Judged(judged)) => {
                self.summary.roster_taken |= judged.roster_epoch > self.judged.roster_epoch;
                self.judged = judged;
                self.greet(effects)
            }
            (Phase::Greeting { standing, .. }, LanEvent::Standing(held)) => {
                effects.push(LanEffect::Send(Message::Hello(held.hello())));
                *standing = Some(held);
                self.open(effects);
                Ok(())
            }
            (Phase::Greeting { hello, .. }, LanEvent::Received(Message::Hello(said))) => {
                if hello.is_some() {
                    return Err(RefusalCode::Unexpected);
                }
                self.greeted(Box::new(said), effects)
            }
            (Phase::Open(open), event) => {
                open.react(event, &mut self.summary, effects)?;
                open.go_on(&self.summary, effects);
                Ok(())
            }
            (Phase::Meeting { .. } | Phase::Greeting { .. }, event) => Err(event.misplaced()),
        }
    }

    /// Shows the peer the newer roster.
    const fn show(&self, roster: SignedRoster) -> LanEffect {
        LanEffect::Send(Message::Meet(Meet {
            roster_epoch: self.judged.roster_epoch,
            roster: Some(roster),
        }))
    }

    /// The peer says how new its roster is, or shows it.
    fn met(
        &mut self,
        meet: Meet,
        newer: Option<u64>,
        effects: &mut Vec<LanEffect>,
    ) -> Result<(), RefusalCode> {
        let own = self.judged.roster_epoch;
        match (meet.roster, newer) {
            (Some(roster), Some(epoch)) if meet.roster_epoch == epoch => {
                effects.push(LanEffect::TakeRoster(roster));
                self.phase = Phase::meeting(None, Asked::Theirs);
                Ok(())
            }
            (Some(_), _) | (None, Some(_)) => Err(RefusalCode::Unexpected),
            (None, None) if meet.roster_epoch > own => {
                self.phase = Phase::meeting(Some(meet.roster_epoch), Asked::Nothing);
                Ok(())
            }
            (None, None) => {
                // The roster goes to nobody that it does not list.
                self.judged.peer.as_ref().map_err(|code| *code)?;
                if meet.roster_epoch == own {
                    self.greet(effects)
                } else {
                    effects.push(LanEffect::ReadRoster);
                    self.phase = Phase::meeting(None, Asked::Ours);
                    Ok(())
                }
            }
        }
    }

    /// Says who this is, to a peer that the newest roster of both lists.
    fn greet(&mut self, effects: &mut Vec<LanEffect>) -> Result<(), RefusalCode> {
        let peer = self.judged.peer.clone()?;
        effects.push(LanEffect::ReadStanding(peer));
        let greeting = Phase::Greeting {
            standing: None,
            hello: None,
        };
        match std::mem::replace(&mut self.phase, greeting) {
            Phase::Meeting {
                hello: Some(said), ..
            } => self.greeted(said, effects),
            Phase::Meeting { .. } | Phase::Greeting { .. } | Phase::Open(_) | Phase::Closed => {
                Ok(())
            }
        }
    }

    /// The peer says who it is and what it holds.
    fn greeted(
        &mut self,
        said: Box<Hello>,
        effects: &mut Vec<LanEffect>,
    ) -> Result<(), RefusalCode> {
        let peer = self.judged.peer.as_ref().map_err(|code| *code)?;
        if said.device != peer.device {
            return Err(RefusalCode::WrongDevice);
        }
        let version = self.versions.common(said.versions);
        if version.is_none_or(|it| it < SPOKEN) {
            return Err(RefusalCode::NoCommonVersion);
        }
        if let Phase::Greeting { hello, .. } = &mut self.phase {
            *hello = Some(said);
        }
        self.open(effects);
        Ok(())
    }

    fn open(&mut self, effects: &mut Vec<LanEffect>) {
        let Phase::Greeting { standing, hello } = &mut self.phase else {
            return;
        };
        let (Some(_), Some(_)) = (&standing, &hello) else {
            return;
        };
        let (Some(standing), Some(hello)) = (standing.take(), hello.take()) else {
            return;
        };
        let mut open = Open {
            giving: Giving::begin(&standing, &hello),
            taking: Taking::default(),
            peer_done: false,
            finished: false,
        };
        open.go_on(&self.summary, effects);
        self.phase = Phase::Open(Box::new(open));
    }
}

impl Open {
    fn react(
        &mut self,
        event: LanEvent,
        summary: &mut LanSummary,
        effects: &mut Vec<LanEffect>,
    ) -> Result<(), RefusalCode> {
        match event {
            LanEvent::Received(message) => self.received(message, summary, effects),
            LanEvent::LogRead(segment) => {
                effects.extend(self.giving.log_read(segment)?);
                Ok(())
            }
            LanEvent::OfferRead(offer) => {
                effects.extend(self.giving.offer_read(offer)?);
                Ok(())
            }
            LanEvent::ItemsRead(items) => {
                effects.extend(self.giving.items_read(items)?);
                Ok(())
            }
            LanEvent::SegmentTaken(taken) => {
                effects.push(self.taking.segment_taken(taken, summary)?);
                Ok(())
            }
            LanEvent::OfferJudged(before) => {
                effects.push(self.taking.judged(before)?);
                Ok(())
            }
            LanEvent::GivenTaken(position) => {
                effects.push(self.taking.given_taken(position, summary)?);
                Ok(())
            }
            event @ (LanEvent::RosterRead(_)
            | LanEvent::Judged(_)
            | LanEvent::Standing(_)
            | LanEvent::LinkLost) => Err(event.misplaced()),
        }
    }

    fn received(
        &mut self,
        message: Message,
        summary: &mut LanSummary,
        effects: &mut Vec<LanEffect>,
    ) -> Result<(), RefusalCode> {
        match message {
            Message::Push(segment) if !self.peer_done => self.taking.segment(segment),
            Message::Stored(stored) => self.giving.stored(stored.place, summary),
            Message::Declined(declined) => self.giving.declined(&declined, summary),
            // The peer may still answer after it has given what it had.
            Message::Return(step) if Giving::is_answer(&step) => {
                effects.extend(self.giving.answered(&step, summary)?);
                Ok(())
            }
            Message::Return(step) if !self.peer_done => {
                effects.extend(self.taking.given(step)?);
                Ok(())
            }
            Message::Done(_) if !self.peer_done && self.taking.is_idle() => {
                self.peer_done = true;
                Ok(())
            }
            Message::Hello(_)
            | Message::Welcome(_)
            | Message::Push(_)
            | Message::Feed(_)
            | Message::Taken(_)
            | Message::Done(_)
            | Message::Refused(_)
            | Message::Enrol(_)
            | Message::Enrolling(_)
            | Message::Probe(_)
            | Message::Probed(_)
            | Message::Show(_)
            | Message::Repair(_)
            | Message::Pack(_)
            | Message::Fetch(_)
            | Message::Fetched(_)
            | Message::Return(_)
            | Message::Want(_)
            | Message::Blob(_)
            | Message::Meet(_)
            | Message::Early(_)
            | Message::Wait(_)
            | Message::Unknown { .. } => Err(RefusalCode::Unexpected),
        }
    }

    /// Does what is next, and says so once when both ends have given what they had.
    fn go_on(&mut self, summary: &LanSummary, effects: &mut Vec<LanEffect>) {
        effects.extend(self.taking.go_on());
        effects.extend(self.giving.go_on());
        if self.giving.is_done() && self.peer_done && !self.finished {
            self.finished = true;
            effects.push(LanEffect::Finished(*summary));
        }
    }
}

#[cfg(test)]
mod tests;
