//! A client's session, with a hub that says whatever it likes.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other end of a play answers what it knows an answer to"
)]

mod standing;

use std::collections::VecDeque;

use audit::LogHead;
use record::ScopeId;
use sync::{
    AbortReason, ClientBlobEffect, ClientEffect, ClientEvent, ClientSession, Provable, Wanted,
};
use wire::{
    BlobMessage, ChainMark, Done, Early, FeedBatch, Fetched, GroupRange, Message, PackMark, Probed,
    RefusalCode, Repair, RepairStep, Return, ReturnStep, Segment, Stored, Want, Welcome,
};

use super::hub::held;
use super::parts::{self, SEALED, SEALED_ITEM, log};
use super::say::{self, Known, say};
use super::{LOOKS, TURNS, bounded, sendable, small};
use crate::draw::{Draw, OTHER, OWN};
use standing::{follows, standing};

/// Plays one session of a client.
pub(crate) fn client(bytes: &[u8]) {
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
    play.event(ClientEvent::LinkLost);
    play.over = true;
    play.event(ClientEvent::NewEntries);
}

struct Play {
    session: ClientSession,
    /// What the store was asked and has not answered, in order.
    asked: VecDeque<ClientEffect>,
    known: Known,
    /// The own log: each place of it.
    own: Vec<LogHead>,
    carried: Vec<LogHead>,
    /// What did not wait for WELCOME, and what came of that.
    early: Option<Segment>,
    welcome: Option<Welcome>,
    /// Up to where the hub was shown a feed that it is given back.
    shown: u64,
    /// The session has said that it is finished.
    finished: bool,
    over: bool,
}

impl Play {
    fn begin(draw: &mut Draw<'_>) -> Self {
        let own = log(OWN, 2, draw.below(6));
        let carried = log(OTHER, 1, 1 + draw.below(4));
        let (standing, known) = standing(draw, &own, &carried);
        let confirmed = standing.stored;
        let (session, effects) = ClientSession::new(standing);
        let mut play = Self {
            session,
            asked: VecDeque::new(),
            known,
            own,
            carried,
            early: None,
            welcome: None,
            shown: SEALED.0,
            finished: false,
            over: false,
        };
        play.effects(effects);
        play.greet(draw, confirmed);
        play
    }

    /// The hub's first words fit, mostly: it has some of the log, and more of the feeds.
    fn greet(&mut self, draw: &mut Draw<'_>, confirmed: LogHead) {
        let mut welcome = say::welcome(draw, &self.known);
        if !draw.rarely() {
            let other = draw.one_of(&self.own).filter(|_it| draw.is());
            welcome.stored = vec![other.unwrap_or(confirmed)];
            welcome.stored.extend(draw.one_of(&self.carried));
        }
        let cursors = self.known.cursors.clone();
        if !draw.rarely() {
            welcome.feeds = cursors;
            for feed in &mut welcome.feeds {
                feed.position = feed.position.saturating_add(draw.below(4).into());
            }
            welcome.repair.clear();
            welcome.repair.extend(draw.is().then_some(ScopeId(1)));
        }
        let (feeds, repair) = (welcome.feeds.clone(), welcome.repair.clone());
        // Before it answers what did not wait for that.
        self.known.fitting.insert(0, Message::Welcome(welcome));
        for feed in feeds {
            let at = self.known.cursors.iter().find(|it| it.scope == feed.scope);
            let batch = at.filter(|it| !repair.contains(&it.scope));
            let batch = batch.and_then(|at| {
                let missing = feed.position.checked_sub(at.position)?.min(8);
                let items = (0..missing).map(|_at| parts::item(draw)).collect();
                FeedBatch::new(feed.scope, feed.feed_epoch, at.position, feed.digest, items).ok()
            });
            self.known.hear([], batch.map(Message::Feed));
            let pack = parts::packed(draw, feed, PackMark::START);
            self.known
                .hear([], pack.filter(|_it| draw.rarely()).map(Message::Pack));
        }
    }

    fn turn(&mut self, draw: &mut Draw<'_>) {
        match draw.below(16) {
            0..=6 => {
                for message in say(draw, &mut self.known) {
                    self.event(ClientEvent::Received(message));
                }
            }
            7 => {
                let more = self.own.last().map(|it| it.next(&[draw.byte()]));
                self.own.extend(more);
                self.event(ClientEvent::NewEntries);
            }
            8 if self.finished && !self.over => {
                let offers = draw.some(2, |draw| draw.blob().0);
                let wants = draw.some(2, |draw| {
                    let (blob, ..) = draw.blob();
                    let lacking = vec![GroupRange(0, blob.groups())];
                    Wanted { blob, lacking }
                });
                self.event(ClientEvent::Attachments { offers, wants });
            }
            _ => {
                let answer = self.asked.pop_front();
                if let Some(answer) = answer.and_then(|it| self.answer(draw, it)) {
                    self.event(answer);
                }
            }
        }
    }

    /// Hands over an event, and looks at what comes of it.
    fn event(&mut self, event: ClientEvent) {
        if let ClientEvent::Received(Message::Welcome(welcome)) = &event {
            self.welcome.get_or_insert_with(|| welcome.clone());
        }
        let effects = self.session.handle(event);
        let _ahead = self.session.ahead();
        self.effects(effects);
    }

    fn effects(&mut self, effects: Vec<ClientEffect>) {
        let count = effects.len();
        for effect in effects {
            assert!(!self.over, "it was over: {effect:?}");
            match effect {
                ClientEffect::Send(message) => {
                    sendable(&message);
                    self.goes_on(&message);
                    self.told(&message);
                }
                ClientEffect::Abort(reason) => {
                    let ours = AbortReason::OutOfStep;
                    assert_ne!(reason, ours, "the store did nothing wrong");
                    self.asked.clear();
                    self.over = true;
                }
                ClientEffect::Finished(_) => self.finished = true,
                ClientEffect::NoteStored(head) => assert!(self.own.contains(&head), "it is ours"),
                ClientEffect::NoteLost(_)
                | ClientEffect::NoteDelivered(_)
                | ClientEffect::NoteDeclined(_)
                | ClientEffect::NoteNotAtHub { .. }
                | ClientEffect::NoteFetched(_)
                | ClientEffect::TakeRoster(_)
                | ClientEffect::NoteShown
                | ClientEffect::Show(_)
                | ClientEffect::NoteContact { .. }
                | ClientEffect::Blob(ClientBlobEffect::NoteAtHub { .. }) => {}
                effect => self.asked.push_back(effect),
            }
        }
        bounded(count, self.asked.len());
    }

    /// What did not wait is followed upon only if the hub says that it is taken, or that it is there; else nobody has it.
    fn goes_on(&mut self, message: &Message) {
        let segment = match message {
            Message::Early(early) => {
                self.early = Some(early.segment.clone());
                return;
            }
            Message::Push(segment) if segment.device() == OWN => segment,
            _other => return,
        };
        let (Some(early), Some(welcome)) = (self.early.take(), &self.welcome) else {
            return;
        };
        if early.after() != Ok(segment.before()) {
            return;
        }
        let before = early.before();
        let same_log = |it: &&LogHead| (it.device, it.epoch) == (OWN, before.epoch);
        let told = welcome.stored.iter().find(same_log).copied();
        let told = told.unwrap_or_else(|| LogHead::start(OWN, before.epoch));
        let is_taken = welcome.takes_early && told == before;
        assert!(is_taken || told == segment.before(), "{told:?} is stored");
    }

    /// Remembers what the hub was told, and what would fit as an answer.
    fn told(&mut self, message: &Message) {
        let scope_of = |scope, step| Message::Repair(Repair { scope, step });
        let fits = match message {
            Message::Push(segment) | Message::Early(Early { segment, .. }) => {
                Message::Stored(Stored {
                    place: segment.end(),
                    chain: None,
                })
            }
            Message::Done(_) => Message::Done(Done::default()),
            Message::Probe(probe) => Message::Probed(Probed {
                epoch: probe.epoch,
                marks: self.marks(&probe.seqs),
            }),
            Message::Repair(Repair {
                scope,
                step: RepairStep::Compare(_),
            }) => scope_of(*scope, RepairStep::Compare(vec![0x61])),
            Message::Repair(Repair {
                scope,
                step: RepairStep::Want(wanted),
            }) => {
                let answered = u32::try_from(wanted.len()).unwrap_or(1);
                let items = Vec::new();
                scope_of(*scope, RepairStep::Items { answered, items })
            }
            Message::Return(step) => return self.given(step),
            Message::Fetch(fetch) => Message::Fetched(Fetched {
                entry: fetch.entry,
                code: RefusalCode::Done,
                feed: self.known.cursors.first().copied(),
                until_ms: 0,
            }),
            Message::Want(want) => {
                let group = want.lacking.first();
                let group = group.and_then(|it| parts::first_group(&want.blob, it.0));
                let missing = BlobMessage::refusal(want.blob, RefusalCode::BlobMissing);
                Message::Blob(group.unwrap_or(missing))
            }
            Message::Blob(blob) => Message::Want(Want {
                blob: blob.blob,
                lacking: if blob.group.is_none() {
                    vec![GroupRange(0, blob.blob.groups())]
                } else {
                    Vec::new()
                },
                code: RefusalCode::Done,
                told: 1,
            }),
            _other => return,
        };
        self.known.hear([], Some(fits));
    }

    /// The hub takes what it is given.
    fn given(&mut self, given: &Return) {
        let scope = given.scope;
        self.shown = match &given.step {
            ReturnStep::Offer { begins, .. } => *begins,
            ReturnStep::Marks(marks) => self.shown.saturating_add(marks.len() as u64),
            ReturnStep::Items(_) | ReturnStep::After(_) | ReturnStep::No => SEALED.1,
        };
        let place = self.shown;
        let step = ReturnStep::After(place);
        self.known
            .hear([], Some(Message::Return(Return { scope, step })));
    }

    /// Returns what a hub has that was never another's.
    fn marks(&self, seqs: &[u64]) -> Vec<(u64, ChainMark)> {
        let at = |seq: &u64| self.own.iter().find(|it| it.seq == *seq);
        let found = seqs.iter().filter_map(at);
        found.map(|it| (it.seq, ChainMark::of(&it.chain))).collect()
    }

    fn answer(&mut self, draw: &mut Draw<'_>, asked: ClientEffect) -> Option<ClientEvent> {
        Some(match asked {
            ClientEffect::ReadSegment { after_seq, .. } => {
                ClientEvent::SegmentRead(follows(&self.own, after_seq))
            }
            ClientEffect::ReadCarried { after } => {
                ClientEvent::CarriedRead(follows(&self.carried, after.seq))
            }
            ClientEffect::CompareChains { marks, .. } => {
                let ours = |it: &&(u64, ChainMark)| self.marks(&[it.0]).contains(it);
                ClientEvent::ChainsCompared(marks.iter().rfind(ours).map(|it| it.0))
            }
            ClientEffect::BeginLog { epoch, .. } => {
                self.own = log(OWN, epoch, 1 + draw.below(3));
                ClientEvent::LogBegun(*self.own.last()?)
            }
            ClientEffect::ReadHeld { scope, .. } => ClientEvent::HeldRead {
                scope,
                held: held(draw.below(40)),
            },
            ClientEffect::ReadProvable { scope, hashes } => ClientEvent::ProvableRead {
                scope,
                provable: provable(draw, scope, hashes),
            },
            ClientEffect::ReadMarks {
                scope,
                after,
                up_to,
            } => {
                let count = up_to.checked_sub(after)?.clamp(1, 2);
                let marks = (0..count).map(|_at| SEALED_ITEM).collect();
                ClientEvent::MarksRead { scope, marks }
            }
            ClientEffect::ReadChanges { scope, hashes } => ClientEvent::ChangesRead {
                scope,
                answered: 1 + usize::from(draw.byte()).checked_rem(hashes.len())?,
                items: draw.some(1, parts::item),
            },
            ClientEffect::Keep { scope, .. } => ClientEvent::Kept { scope },
            ClientEffect::MoveCursor(cursor) => ClientEvent::Taken(cursor),
            ClientEffect::Take(batch) => ClientEvent::Taken(batch.cursor()),
            ClientEffect::TakePack(pack) => ClientEvent::Taken(pack.taken()),
            ClientEffect::Blob(ClientBlobEffect::Read { blob, number }) => {
                let group = parts::first_group(&blob, number).filter(|_it| !draw.rarely());
                ClientEvent::GroupRead(group.and_then(|it| it.group))
            }
            ClientEffect::Blob(ClientBlobEffect::Keep { blob, number, .. }) => {
                let lacking = GroupRange(number + 1, blob.groups());
                let lacking = (lacking.0 < lacking.1).then_some(lacking);
                let lacking = lacking.into_iter().collect();
                ClientEvent::GroupKept(Wanted { blob, lacking })
            }
            _told => return None,
        })
    }
}

fn provable(draw: &mut Draw<'_>, scope: ScopeId, hashes: Vec<[u8; 32]>) -> Option<Provable> {
    (!draw.rarely()).then(|| Provable {
        begins: SEALED.0,
        seal: parts::seal_of(scope),
        hashes,
    })
}
