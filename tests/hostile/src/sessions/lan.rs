//! A session between two devices, with a neighbour that says whatever it likes.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other end of a play answers what it knows an answer to"
)]

use std::collections::VecDeque;

use audit::{ChainHash, LogHead};
use record::{ChartId, ScopeId};
use roster::SignedRoster;
use sync::{Judged, LanEffect, LanEvent, LanSession, LanStanding, LogOffer, PeerStanding};
use wire::{
    Cursor, Done, FeedChain, FeedDigest, FeedItem, Meet, Message, RefusalCode, Return, ReturnStep,
    Stored, Versions,
};

use super::parts::{self, SEALED, SEALED_ITEM, log};
use super::say::{self, Known, say};
use super::{LOOKS, TURNS, bounded, sendable, small};
use crate::draw::{Draw, OTHER, OWN, SITE};

/// Plays one session between two devices.
pub(crate) fn lan(bytes: &[u8]) {
    let mut draw = Draw::new(bytes);
    let mut play = Play::begin(&mut draw);
    for turn in 0..TURNS {
        if draw.is_over() {
            break;
        }
        play.turn(&mut draw);
        if turn % LOOKS == 0 {
            small(&play.session);
        }
    }
    play.event(LanEvent::LinkLost);
    play.over = true;
    play.event(LanEvent::Received(Message::Done(Done::default())));
}

/// What a neighbour may say.
const KINDS: [u8; 4] = [3, 19, 25, 25];

struct Play {
    session: LanSession,
    /// What the store was asked and has not answered, in order.
    asked: VecDeque<LanEffect>,
    known: Known,
    own: Vec<LogHead>,
    peer: Result<PeerStanding, RefusalCode>,
    over: bool,
}

impl Play {
    fn begin(draw: &mut Draw<'_>) -> Self {
        let standing = PeerStanding {
            device: OWN,
            site: SITE,
            scopes: vec![ScopeId(1), ScopeId(2)],
        };
        let strangers = [RefusalCode::NotEnrolled, RefusalCode::Revoked];
        let stranger = draw.rarely().then(|| draw.one_of(&strangers)).flatten();
        let peer = stranger.map_or(Ok(standing), Err);
        let judged = Judged {
            roster_epoch: 3,
            peer: peer.clone(),
        };
        let (session, effects) = LanSession::new(Versions::SPOKEN, judged);
        let mut play = Self {
            session,
            asked: VecDeque::new(),
            known: Known::new(&KINDS),
            own: log(OTHER, 1, draw.below(6)),
            peer,
            over: false,
        };
        play.effects(effects);
        let roster_epoch = 2 + u64::from(draw.below(3));
        let meet = Message::Meet(Meet {
            roster_epoch,
            roster: None,
        });
        play.known.hear([], Some(meet));
        if roster_epoch > 3 {
            let roster = Some(no_roster());
            let meet = Meet {
                roster_epoch,
                roster,
            };
            play.known.hear([], Some(Message::Meet(meet)));
        }
        let hello = say::hello(draw, &play.known);
        play.known.hear([], Some(Message::Hello(hello)));
        let start = LogHead::start(OWN, 1);
        for segment in [parts::sealed(start, &[]), parts::segment(draw)] {
            play.known.hear([], Some(Message::Push(segment)));
        }
        let offer = parts::offer(ScopeId(1));
        play.known.hear([], Some(Message::Return(offer)));
        play
    }

    fn turn(&mut self, draw: &mut Draw<'_>) {
        if draw.below(16) < 7 {
            for message in say(draw, &mut self.known) {
                self.event(LanEvent::Received(message));
            }
            return;
        }
        let answer = self.asked.pop_front();
        if let Some(answer) = answer.and_then(|it| self.answer(draw, it)) {
            self.event(answer);
        }
    }

    /// Hands over an event, and looks at what comes of it.
    fn event(&mut self, event: LanEvent) {
        let effects = self.session.handle(event);
        self.effects(effects);
    }

    fn effects(&mut self, effects: Vec<LanEffect>) {
        let count = effects.len();
        for effect in effects {
            assert!(!self.over, "it was over: {effect:?}");
            match effect {
                LanEffect::Send(message) => {
                    sendable(&message);
                    self.told(&message);
                }
                LanEffect::Close(code) => {
                    assert_ne!(code, RefusalCode::Failed, "the store did nothing wrong");
                    self.asked.clear();
                    self.over = true;
                }
                LanEffect::Lost | LanEffect::Refused(_) => {
                    self.asked.clear();
                    self.over = true;
                }
                LanEffect::Finished(_) => {}
                effect => self.asked.push_back(effect),
            }
        }
        bounded(count, self.asked.len());
    }

    /// Remembers what would fit as an answer.
    fn told(&mut self, message: &Message) {
        let fits = match message {
            Message::Push(segment) => Message::Stored(Stored {
                place: segment.end(),
                chain: None,
            }),
            Message::Return(Return {
                scope,
                step: ReturnStep::Offer { begins, .. },
            }) => after(*scope, *begins),
            Message::Return(Return {
                scope,
                step: ReturnStep::Marks(_) | ReturnStep::Items(_),
            }) => after(*scope, SEALED.1),
            Message::Return(Return {
                scope,
                step: ReturnStep::After(place),
            }) => {
                let item = FeedItem::Leave {
                    position: LogHead::start(OWN, 1).position(),
                    chart: ChartId::new([1; 16]),
                };
                Message::Return(parts::goes_on(*scope, *place, vec![item; self.own.len()]))
            }
            Message::Done(_) => Message::Done(Done::default()),
            _other => return,
        };
        self.known.hear([], Some(fits));
    }

    fn answer(&self, draw: &mut Draw<'_>, asked: LanEffect) -> Option<LanEvent> {
        Some(match asked {
            LanEffect::ReadRoster => LanEvent::RosterRead(no_roster()),
            LanEffect::TakeRoster(_) => LanEvent::Judged(Judged {
                roster_epoch: 4,
                peer: self.peer.clone(),
            }),
            LanEffect::ReadStanding(_) => LanEvent::Standing(Box::new(self.standing(draw))),
            LanEffect::ReadLog { after, .. } => {
                let before = self.own.iter().find(|it| it.seq == after);
                let segment = before.map(|it| parts::sealed(*it, &[]));
                LanEvent::LogRead(segment.filter(|_it| !draw.rarely()))
            }
            LanEffect::ReadOffer { after, seal } => {
                let count = usize::try_from(seal.position.saturating_sub(after)).ok()?;
                let marks = vec![SEALED_ITEM; count];
                LanEvent::OfferRead((!draw.rarely()).then_some(marks))
            }
            LanEffect::ReadItems { after, up_to, .. } => {
                let count = up_to.saturating_sub(after).min(2);
                let items: Vec<FeedItem> = (0..count).map(|_at| parts::item(draw)).collect();
                LanEvent::ItemsRead(items)
            }
            LanEffect::TakeSegment(segment) => LanEvent::SegmentTaken(if draw.rarely() {
                Err(say::code(draw))
            } else {
                let end = segment.end();
                let chain = ChainHash::from_bytes([1; 32]);
                Ok(LogHead::from((end.device, end.epoch, end.seq, chain)))
            }),
            LanEffect::JudgeOffer { seal, .. } => {
                LanEvent::OfferJudged((!draw.rarely()).then(|| FeedChain::start(seal.scope)))
            }
            LanEffect::TakeGiven(given) => {
                let end = given.from.saturating_add(given.items.len() as u64);
                LanEvent::GivenTaken((!draw.rarely()).then_some(end))
            }
            _told => return None,
        })
    }

    fn standing(&self, draw: &mut Draw<'_>) -> LanStanding {
        let start = LogHead::start(OTHER, 1);
        let head = self.own.last().copied().unwrap_or(start);
        let seal = parts::seal_of(ScopeId(1));
        let cursor = Cursor {
            scope: ScopeId(1),
            feed_epoch: 1,
            position: u64::from(draw.below(6)),
            digest: FeedDigest([1; 16]),
        };
        LanStanding {
            device: OTHER,
            versions: Versions::SPOKEN,
            release: "0.1.0".to_owned(),
            roster_epoch: 3,
            logs: vec![head],
            cursors: vec![cursor],
            offers: draw.some(1, |_draw| LogOffer { begins: 0, head }),
            feeds: draw.some(1, |_draw| (SEALED.0, seal)),
        }
    }
}

fn after(scope: ScopeId, place: u64) -> Message {
    let step = ReturnStep::After(place);
    Message::Return(Return { scope, step })
}

fn no_roster() -> SignedRoster {
    SignedRoster {
        bytes: Vec::new(),
        signature: crypto::Signature::from_bytes([0; 64]),
    }
}
