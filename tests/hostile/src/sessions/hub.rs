//! The hub's session, with a client that says whatever it likes.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other end of a play answers what it knows an answer to"
)]

use std::collections::VecDeque;

use audit::{ChainHash, LogHead};
use record::{ChartId, ScopeId};
use sync::{
    Held, HubBlobEffect, HubEffect, HubEvent, HubSession, HubStanding, IngestRefusal, JudgedBlob,
    PeerStanding,
};
use wire::{
    ChainMark, Cursor, Early, FeedBatch, FeedChain, FeedDigest, FeedHead, FeedItem, Fetched,
    Message, RefusalCode, Repair, RepairStep, Return, ReturnStep, Segment, Versions,
};

use super::parts;
use super::say::{Known, hello, say};
use super::{LOOKS, TURNS, bounded, sendable, small};
use crate::draw::{Draw, OWN, SITE};

/// Plays one session of a hub.
pub(crate) fn hub(bytes: &[u8]) {
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
    play.event(HubEvent::LinkLost);
    play.over = true;
    play.event(HubEvent::FeedGrew { scope: ScopeId(1) });
}

/// What a client may say.
const KINDS: [u8; 8] = [3, 7, 10, 15, 17, 18, 22, 25];

struct Play {
    session: HubSession,
    /// What the store was asked and has not answered, in order.
    asked: VecDeque<HubEffect>,
    known: Known,
    /// Where the feeds end.
    feeds: Vec<FeedHead>,
    /// Where WELCOME said that logs end.
    stored: Vec<LogHead>,
    /// What the store may be given: what was pushed, and the one run that did not wait.
    pushed: Vec<Segment>,
    early: Option<Early>,
    over: bool,
}

impl Play {
    fn begin(draw: &mut Draw<'_>) -> Self {
        let scopes = vec![ScopeId(1), ScopeId(2), ScopeId::guest_of(SITE)];
        let feeds = scopes.iter().map(|scope| Cursor {
            scope: *scope,
            feed_epoch: 1,
            position: u64::from(draw.below(6)),
            digest: FeedDigest([draw.below(3); 16]),
        });
        let feeds = feeds.collect();
        let peer = PeerStanding {
            device: OWN,
            site: SITE,
            scopes,
        };
        let mut known = Known::new(&KINDS);
        let hello = hello(draw, &known);
        known.hear([], Some(Message::Hello(hello)));
        let early = draw.is().then(|| Message::Early(early(draw)));
        known.hear([], early);
        Self {
            session: HubSession::new(peer, Versions::SPOKEN),
            asked: VecDeque::new(),
            known,
            feeds,
            stored: Vec::new(),
            pushed: Vec::new(),
            early: None,
            over: false,
        }
    }

    fn turn(&mut self, draw: &mut Draw<'_>) {
        match draw.below(16) {
            0..=6 => {
                for message in say(draw, &mut self.known) {
                    self.event(HubEvent::Received(message));
                }
            }
            7 => {
                let scope = draw.scope();
                // Of scopes that it was told of.
                for feed in self.feeds.iter_mut().filter(|it| it.scope == scope) {
                    feed.position = feed.position.saturating_add(1);
                }
                self.event(HubEvent::FeedGrew { scope });
            }
            _ => {
                let answer = self.asked.pop_front().and_then(|it| self.answer(draw, it));
                if let Some(answer) = answer {
                    self.event(answer);
                }
            }
        }
    }

    /// Hands over an event, and looks at what comes of it.
    fn event(&mut self, event: HubEvent) {
        match &event {
            HubEvent::Received(Message::Push(segment)) => self.pushed.push(segment.clone()),
            HubEvent::Received(Message::Early(early)) => {
                self.early.get_or_insert_with(|| early.clone());
            }
            _other => {}
        }
        let effects = self.session.handle(event);
        assert!(!self.over || effects.is_empty(), "it was over: {effects:?}");
        let count = effects.len();
        for effect in effects {
            assert!(!self.over, "it was over: {effect:?}");
            match effect {
                HubEffect::Send(message) => {
                    sendable(&message);
                    self.told(&message);
                }
                HubEffect::Close(code) => {
                    assert_ne!(code, RefusalCode::Failed, "the store did nothing wrong");
                    self.asked.clear();
                    self.over = true;
                }
                effect => {
                    if let HubEffect::Ingest(segment) = &effect {
                        self.may_store(segment);
                    }
                    self.asked.push_back(effect);
                }
            }
        }
        bounded(count, self.asked.len());
    }

    /// The store is given what was pushed, each once, and of what did not wait only what goes on where WELCOME says.
    fn may_store(&mut self, segment: &Segment) {
        if let Some(at) = self.pushed.iter().position(|it| it == segment) {
            self.pushed.remove(at);
            return;
        }
        let early = self.early.take().map(|it| it.segment);
        assert_eq!(early.as_ref(), Some(segment), "nobody sent it");
        let before = segment.before();
        let same_log = |it: &&LogHead| (it.device, it.epoch) == (OWN, before.epoch);
        let told = self.stored.iter().find(same_log).copied();
        let told = told.unwrap_or_else(|| LogHead::start(OWN, before.epoch));
        assert_eq!(before, told, "it goes on where the log ends");
    }

    /// Remembers what the peer was told, and what would fit as an answer.
    fn told(&mut self, message: &Message) {
        match message {
            Message::Welcome(welcome) => {
                self.stored.clone_from(&welcome.stored);
                self.known.hear(welcome.feeds.iter().copied(), None);
                for scope in &welcome.repair {
                    // Nothing is held, and all is wanted.
                    let step = RepairStep::Compare(vec![0x61, 0, 0, 2, 0]);
                    let fits = Message::Repair(Repair {
                        scope: *scope,
                        step,
                    });
                    self.known.hear([], Some(fits));
                    let offer = Message::Return(parts::offer(*scope));
                    self.known.hear([], Some(offer));
                    let end = welcome.feeds.iter().find(|it| it.scope == *scope);
                    self.known.hear([], end.copied().map(Message::Taken));
                }
            }
            Message::Feed(batch) => {
                let taken = batch.cursor();
                self.known.hear([taken], Some(Message::Taken(taken)));
            }
            Message::Pack(pack) => {
                let taken = pack.taken();
                self.known.hear([taken], Some(Message::Taken(taken)));
            }
            Message::Return(Return {
                scope,
                step: ReturnStep::After(place),
            }) => {
                let item = FeedItem::Leave {
                    position: LogHead::start(OWN, 1).position(),
                    chart: ChartId::new([1; 16]),
                };
                let fits = Message::Return(parts::goes_on(*scope, *place, vec![item]));
                self.known.fitting.insert(0, fits);
            }
            Message::Want(want) => {
                let group = want.lacking.first();
                let group = group.and_then(|it| parts::first_group(&want.blob, it.0));
                self.known.hear([], group.map(Message::Blob));
            }
            _other => {}
        }
    }

    fn answer(&self, draw: &mut Draw<'_>, asked: HubEffect) -> Option<HubEvent> {
        Some(match asked {
            HubEffect::ReadStanding { cursors, .. } => {
                HubEvent::Standing(self.standing(draw, &cursors))
            }
            HubEffect::ReadHeld { scope, .. } => HubEvent::HeldRead {
                scope,
                held: held(draw.below(40)),
            },
            HubEffect::ReadWanted { scope, hashes, .. } => HubEvent::WantedRead {
                scope,
                answered: 1 + usize::from(draw.byte()).checked_rem(hashes.len())?,
                items: draw.some(1, parts::item),
            },
            HubEffect::JudgeSeal { begins, seal } => HubEvent::SealJudged {
                scope: seal.scope,
                start: draw.is().then(|| (begins, FeedChain::start(seal.scope))),
            },
            HubEffect::TakeBack(given) => HubEvent::TakenBack {
                scope: given.scope,
                taken: draw.is(),
            },
            HubEffect::Ingest(segment) => HubEvent::Ingested(if draw.rarely() {
                Err(draw.one_of(&REFUSALS).unwrap_or(IngestRefusal::Gap))
            } else {
                let end = segment.end();
                let head = (
                    end.device,
                    end.epoch,
                    end.seq,
                    ChainHash::from_bytes([1; 32]),
                );
                Ok(LogHead::from(head))
            }),
            HubEffect::Settle => HubEvent::Settled {
                feeds: self.feeds.clone(),
                quarantined: Vec::new(),
                roster: None,
            },
            HubEffect::ReadFeed { scope, from, .. } => HubEvent::FeedRead {
                scope,
                batch: self.batch(draw, scope, from),
            },
            HubEffect::ReadChains { epoch, seqs } => HubEvent::ChainsRead {
                epoch,
                marks: seqs.into_iter().map(|it| (it, ChainMark([1; 8]))).collect(),
            },
            HubEffect::ReadPack { head, after, .. } => {
                HubEvent::PackRead(parts::packed(draw, head, after)?)
            }
            HubEffect::Fetch(fetch) => HubEvent::Fetched(Fetched {
                entry: fetch.entry,
                code: RefusalCode::Done,
                feed: draw.one_of(&self.feeds).filter(|_it| draw.is()),
                until_ms: 0,
            }),
            HubEffect::Blob(asked) => attached(draw, &asked),
            HubEffect::NoteTaken(_)
            | HubEffect::TakeProof(_)
            | HubEffect::Send(_)
            | HubEffect::Close(_) => return None,
        })
    }

    fn standing(&self, draw: &mut Draw<'_>, cursors: &[Cursor]) -> HubStanding {
        let known = cursors.iter().filter(|_it| draw.is()).copied().collect();
        HubStanding {
            stored: vec![LogHead::start(OWN, 1)],
            held: Vec::new(),
            feeds: self.feeds.clone(),
            at_cursors: known,
            roster: None,
            time_ms: 1_790_000_000_000,
            checkpoint: draw.is().then(|| "a note".to_owned()),
            shows: draw.rarely(),
            files_told: draw.number(),
        }
    }

    /// Returns what follows in a feed.
    fn batch(&self, draw: &mut Draw<'_>, scope: ScopeId, from: u64) -> Option<FeedBatch> {
        let feed = self.feeds.iter().find(|it| it.scope == scope)?;
        let left = feed.position.checked_sub(from).filter(|it| *it > 0)?;
        let count = left.min(u64::from(draw.below(3)) + 1);
        let items = (0..count).map(|_at| parts::item(draw)).collect();
        FeedBatch::new(scope, feed.feed_epoch, from, feed.digest, items).ok()
    }
}

/// Answers about an attachment.
fn attached(draw: &mut Draw<'_>, asked: &HubBlobEffect) -> HubEvent {
    match *asked {
        HubBlobEffect::Judge(blob) | HubBlobEffect::Keep { blob, .. } => {
            let lacking = if draw.rarely() {
                Err(RefusalCode::BlobUnknown)
            } else {
                Ok(parts::ranges(draw, &blob))
            };
            let told = u64::from(draw.below(3));
            HubEvent::BlobJudged(JudgedBlob {
                blob,
                lacking,
                told,
            })
        }
        HubBlobEffect::Read { blob, number } => {
            let group = parts::first_group(&blob, number).and_then(|it| it.group);
            let group = group.filter(|_it| !draw.rarely());
            let group = group.ok_or(RefusalCode::BlobMissing);
            HubEvent::GroupRead { blob, group }
        }
    }
}

/// Returns what does not wait for WELCOME: what goes on with a log, the beginning of it or of another, or whatever.
fn early(draw: &mut Draw<'_>) -> Early {
    let segment = match draw.below(4) {
        0..=1 => parts::sealed(LogHead::start(OWN, 1), &draw.some(2, Draw::run)),
        2 => {
            let device = draw.device();
            parts::sealed(LogHead::start(device, draw.short()), &[])
        }
        _ => parts::segment(draw),
    };
    let is_all = draw.is();
    Early { segment, is_all }
}

const REFUSALS: [IngestRefusal; 5] = [
    IngestRefusal::Gap,
    IngestRefusal::Fork,
    IngestRefusal::BadSignature,
    IngestRefusal::UnknownChange,
    IngestRefusal::TooManyLogs,
];

/// Returns so many changes that an end holds.
pub(super) fn held(count: u8) -> Vec<Held> {
    let one = |number: u8| Held {
        at_ms: u64::from(number / 7),
        hash: crypto::sha256(&[number]),
    };
    (0..count).map(one).collect()
}
