//! Two clinics that meet on a LAN in a run, while the hub may be anywhere. A meeting may break after any message, and
//! either of the two may be killed over it.

use std::collections::VecDeque;

use audit::{Entry, EntryKind};
use crypto::PublicKey;
use desktop_client::LanCarried;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use sync::{LanEffect, LanEvent, LanSession};
use wire::{Message, RefusalCode, ReturnStep};

use super::Run;
use crate::laws;
use crate::machine::Killed;
use crate::plan::Who;
use crate::report::Seen;
use crate::sabotage::Sabotage;
use crate::violation::{Law, Violation, ensure};

/// How likely a meeting breaks, and after how many messages at most.
const BREAKS: f64 = 0.4;
const MESSAGES: u32 = 30;

/// How many steps a meeting may take.
const MAX_STEPS: u32 = 10_000;

/// What happens to meetings is drawn from numbers of its own, so that the rest of a seed means what it does without.
#[derive(Debug)]
pub(super) struct Neighbours(ChaCha8Rng);

impl Neighbours {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed ^ 0x6e65_6967_6862_6f72))
    }
}

/// One end of a meeting.
struct Side {
    at: usize,
    /// The other end's key.
    peer: PublicKey,
    session: LanSession,
    effects: VecDeque<LanEffect>,
    is_over: bool,
}

/// What came of a step.
enum Step {
    Nothing,
    Sent(Box<Message>),
    Died,
}

impl Run {
    /// Two clinics meet.
    pub(super) fn meet_neighbour(&mut self, one: usize, other: usize) -> Result<(), Violation> {
        let is_up = |at: usize| {
            self.clinics
                .get(at)
                .is_some_and(crate::clinic::Clinic::is_up)
        };
        if one == other || !is_up(one) || !is_up(other) {
            return Ok(());
        }
        // One program has a home open at a time.
        self.give_up_meeting(one);
        self.give_up_meeting(other);
        let mut sides = [self.side(one, other)?, self.side(other, one)?];
        let mut left = self
            .neighbours
            .0
            .random_bool(BREAKS)
            .then(|| self.neighbours.0.random_range(0..MESSAGES));
        for _step in 0..MAX_STEPS {
            let ready: Vec<usize> = (0..2)
                .filter(|it| sides.get(*it).is_some_and(|it| !it.effects.is_empty()))
                .collect();
            let Some(at) = ready.get(self.neighbours.0.random_range(0..ready.len().max(1))) else {
                return self.parted(&sides);
            };
            let [first, second] = &mut sides;
            let (side, peer) = if *at == 0 {
                (first, second)
            } else {
                (second, first)
            };
            match self.step_neighbour(side)? {
                Step::Nothing => {}
                Step::Sent(message) => {
                    if left == Some(0) {
                        self.report.count(Seen::NeighboursCut);
                        return Ok(());
                    }
                    left = left.map(|it| it - 1);
                    self.sent_to_neighbour(peer.at, &message)?;
                    let event = LanEvent::Received(*message);
                    peer.effects.extend(peer.session.handle(event));
                }
                Step::Died => return self.kill(Who::Clinic(side.at), Seen::KilledOverNeighbour),
            }
        }
        ensure(Law::EverybodyGetsOn, false, || {
            "a meeting of neighbours does not end".into()
        })
    }

    fn side(&mut self, at: usize, other: usize) -> Result<Side, Violation> {
        let tells_all = self.is_broken(Sabotage::TellNeighboursAll);
        let key = self
            .clinics
            .get(other)
            .map(|it| it.seat.identity.tls.public());
        let client = self.clinics.get_mut(at).and_then(|it| it.client());
        let (Some(peer), Some(client)) = (key, client) else {
            return Err(Violation::new(Law::EverybodyGetsOn, "nobody is there"));
        };
        let driver = client.driver();
        let mut judged = driver.judge(&peer);
        if let Ok(peer) = &mut judged.peer
            && tells_all
        {
            peer.scopes = driver.roster().scopes.iter().map(|it| it.id).collect();
        }
        let (session, effects) = LanSession::new(driver.versions(), judged);
        Ok(Side {
            at,
            peer,
            session,
            effects: effects.into(),
            is_over: false,
        })
    }

    fn step_neighbour(&mut self, side: &mut Side) -> Result<Step, Violation> {
        let Some(effect) = side.effects.pop_front() else {
            return Ok(Step::Nothing);
        };
        let Some(clinic) = self.clinics.get_mut(side.at) else {
            return Ok(Step::Nothing);
        };
        let took = matches!(effect, LanEffect::TakeSegment(_) | LanEffect::TakeGiven(_));
        let line = format!("clinic {} and its neighbour: {effect:?}", side.at);
        let peer = side.peer;
        let carried = clinic.with(|client| client.driver_mut().carry_out_lan(effect, &peer));
        self.say(|| line);
        let carried = match carried {
            Err(Killed) => return Ok(Step::Died),
            Ok(None) => return Ok(Step::Nothing),
            Ok(Some(carried)) => carried?,
        };
        if took {
            laws::held(self, side.at)?;
        }
        match carried {
            LanCarried::Event(event) => {
                if matches!(event, LanEvent::SegmentTaken(Ok(_))) {
                    self.report.count(Seen::NeighbourCarries);
                }
                if matches!(event, LanEvent::GivenTaken(Some(_))) {
                    self.report.count(Seen::NeighbourFed);
                }
                side.effects.extend(side.session.handle(event));
                Ok(Step::Nothing)
            }
            LanCarried::Send(message) => Ok(Step::Sent(Box::new(message))),
            LanCarried::Finished(_summary) => {
                side.is_over = true;
                self.report.count(Seen::NeighboursMet);
                Ok(Step::Nothing)
            }
            LanCarried::Lost => Ok(Step::Nothing),
            LanCarried::Refused(code) | LanCarried::Close(code) => {
                side.is_over = true;
                // Two copies of one device have nothing to say to each other, and older programs not the words.
                let copies = code == RefusalCode::WrongDevice && self.is_copied(side.at);
                let skew = code == RefusalCode::NoCommonVersion;
                ensure(
                    Law::EverybodyGetsOn,
                    copies || (skew && self.report.of(Seen::Older) > 0),
                    || format!("neighbours refuse each other: {code:?}"),
                )?;
                Ok(Step::Nothing)
            }
        }
    }

    /// Nobody has anything left to say.
    fn parted(&mut self, sides: &[Side]) -> Result<(), Violation> {
        ensure(
            Law::EverybodyGetsOn,
            sides.iter().all(|it| it.is_over),
            || "neighbours wait for each other".into(),
        )
    }

    /// What comes from a neighbour is of the clinic's scopes.
    fn sent_to_neighbour(&self, at: usize, message: &Message) -> Result<(), Violation> {
        if let Message::Return(step) = message
            && let ReturnStep::Items(items) = &step.step
        {
            laws::of_scope(self, at, step.scope, items)?;
        }
        let Message::Push(segment) = message else {
            return Ok(());
        };
        let mut of = self.clinics.iter().map(|it| &it.seat.identity);
        let author = of.find(|it| it.device == segment.device());
        let opened = author.and_then(|it| segment.open(&it.log.public()).ok());
        let entries = opened.into_iter().flat_map(|it| it.entries);
        let changes = entries.filter_map(|it| Entry::from_bytes(&it.bytes).ok());
        for entry in changes.filter(|it| it.kind == EntryKind::CHANGE) {
            if let Some(chart) = entry.chart {
                laws::carried(self, at, chart)?;
            }
        }
        Ok(())
    }
}
