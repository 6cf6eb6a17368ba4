//! What a peer may say: any message with any content, and now and then just what was asked for.

use crypto::BoxKey;
use record::PersonId;
use roster::SignedRoster;
use wire::{
    ChainMark, CheckpointMark, Cursor, Declined, Done, Early, Enrol, Enrolling, Fetch, Fetched,
    Hello, Meet, Message, PackProgress, Probe, Probed, Quarantined, RefusalCode, Refused, Show,
    Stored, Version, Versions, Welcome,
};

use super::{key, parts};
use crate::draw::{Draw, OWN};
use crate::messages::message_seeds;

/// What a peer can know of the session, to say what fits.
pub(super) struct Known {
    /// Cursors that it was told of.
    pub(super) cursors: Vec<Cursor>,
    /// What fits as the next message, the newest last.
    pub(super) fitting: Vec<Message>,
    /// The kinds of message that have a place in such a session, as numbered in `of_kind`.
    kinds: &'static [u8],
}

/// How many kinds [`of_kind`] knows.
const KINDS: u8 = 25;

/// How much is remembered of each.
const REMEMBERED: usize = 16;

impl Known {
    pub(super) const fn new(kinds: &'static [u8]) -> Self {
        Self {
            cursors: Vec::new(),
            fitting: Vec::new(),
            kinds,
        }
    }

    /// Remembers what it was told, and what an honest peer would say to that.
    pub(super) fn hear(&mut self, cursor: impl IntoIterator<Item = Cursor>, fits: Option<Message>) {
        self.cursors.extend(cursor);
        self.fitting.extend(fits);
        let over = self.cursors.len().saturating_sub(REMEMBERED);
        self.cursors.drain(..over);
        let over = self.fitting.len().saturating_sub(REMEMBERED);
        self.fitting.drain(..over);
    }
}

/// How often a peer says the same without a pause, if it does.
const AGAIN: usize = 100;

/// Returns what the peer says next: mostly one thing, at times the same over and over.
pub(super) fn say(draw: &mut Draw<'_>, known: &mut Known) -> Vec<Message> {
    let said = next(draw, known);
    let times = if draw.byte() >= 244 { AGAIN } else { 1 };
    said.map_or_else(Vec::new, |it| vec![it; times])
}

/// Returns a message; none if it could not be sent.
fn next(draw: &mut Draw<'_>, known: &mut Known) -> Option<Message> {
    let message = match draw.byte() {
        0..=219 if !known.fitting.is_empty() => {
            // In order, mostly.
            let last = known.fitting.len() - 1;
            known.fitting.remove(if draw.rarely() { last } else { 0 })
        }
        250.. => golden(draw)?,
        244..=249 => {
            let kind = draw.below(KINDS);
            of_kind(kind, draw, known)
        }
        _ => {
            let kind = draw.one_of(known.kinds).unwrap_or(KINDS);
            of_kind(kind, draw, known)
        }
    };
    let bytes = message.to_bytes().ok();
    match bytes {
        Some(bytes) => Message::from_bytes(&bytes).ok(),
        None => matches!(message, Message::Unknown { .. }).then_some(message),
    }
}

/// Returns a golden message, or one with a few other bytes.
fn golden(draw: &mut Draw<'_>) -> Option<Message> {
    let mut bytes = draw.one_of(&message_seeds())?;
    for _ in 0..draw.below(3) {
        let at = usize::from(draw.byte()).checked_rem(bytes.len())?;
        if let Some(byte) = bytes.get_mut(at) {
            *byte = draw.byte();
        }
    }
    Message::from_bytes(&bytes).ok()
}

fn of_kind(kind: u8, draw: &mut Draw<'_>, known: &Known) -> Message {
    match kind {
        1 => Message::Hello(hello(draw, known)),
        2 => Message::Welcome(welcome(draw, known)),
        3 => Message::Push(parts::segment(draw)),
        4 => Message::Stored(Stored {
            place: draw.position(),
            chain: None,
        }),
        5 => parts::batch(draw, known).map_or(Message::Unknown { kind: 5 }, Message::Feed),
        6 => Message::Taken(cursor(draw, known)),
        7 => Message::Done(done(draw, known)),
        8 => refused(draw),
        9 => enrol(draw),
        10 => Message::Probe(Probe {
            epoch: draw.short(),
            seqs: draw.some(5, Draw::number),
        }),
        11 => Message::Probed(Probed {
            epoch: draw.short(),
            marks: draw.some(5, |draw| (draw.place(), ChainMark([draw.below(3); 8]))),
        }),
        12 => Message::Show(Show {
            checkpoint: draw.is().then(|| "a note".to_owned()),
            roster: draw.is().then(|| roster(draw)),
        }),
        13 => Message::Repair(parts::repair(draw)),
        14 => parts::pack(draw, known).map_or(Message::Unknown { kind: 15 }, Message::Pack),
        15 => Message::Fetch(Fetch {
            number: "0000-0098".to_owned(),
            reason: "referred".to_owned(),
            entry: draw.position(),
        }),
        16 => Message::Fetched(Fetched {
            entry: draw.position(),
            code: code(draw),
            feed: draw.is().then(|| cursor(draw, known)),
            until_ms: draw.number(),
        }),
        17 => Message::Want(parts::want(draw)),
        18 => Message::Blob(parts::blob(draw)),
        19 => Message::Return(parts::giving(draw)),
        20 => Message::Meet(Meet {
            roster_epoch: draw.number(),
            roster: draw.is().then(|| roster(draw)),
        }),
        21 => Message::Declined(Declined {
            place: draw.position(),
            code: code(draw),
        }),
        22 => Message::Early(Early {
            segment: parts::segment(draw),
            is_all: draw.is(),
        }),
        _ => Message::Unknown {
            kind: 1_000 + u16::from(draw.byte()),
        },
    }
}

pub(super) fn code(draw: &mut Draw<'_>) -> RefusalCode {
    draw.one_of(RefusalCode::KNOWN).unwrap_or(RefusalCode::Done)
}

/// Refusals are rare: they are the end.
fn refused(draw: &mut Draw<'_>) -> Message {
    if !draw.rarely() {
        return Message::Unknown { kind: 9_999 };
    }
    let (code, text) = (code(draw), String::new());
    Message::Refused(Refused { code, text })
}

pub(super) fn cursor(draw: &mut Draw<'_>, known: &Known) -> Cursor {
    let told = if draw.is() {
        draw.one_of(&known.cursors)
    } else {
        None
    };
    told.unwrap_or_else(|| draw.cursor())
}

pub(super) fn hello(draw: &mut Draw<'_>, known: &Known) -> Hello {
    let lowest = Version(u16::from(draw.below(2)) + 1);
    let checkpoint = draw.is().then(|| CheckpointMark::of("a note"));
    Hello {
        versions: Versions(lowest, Version(2 + u16::from(draw.below(2)))),
        device: if draw.rarely() { draw.device() } else { OWN },
        logs: draw.some(4, Draw::head),
        cursors: draw.some(4, |draw| cursor(draw, known)),
        roster_epoch: draw.number(),
        release: "0.1.0".to_owned(),
        checkpoint,
        checkpoint_size: checkpoint.map(|_mark| draw.number()),
        packs: draw.some(2, |draw| PackProgress {
            head: cursor(draw, known),
            mark: parts::mark(draw),
        }),
        feeds_wait: draw.rarely(),
    }
}

pub(super) fn welcome(draw: &mut Draw<'_>, known: &Known) -> Welcome {
    let feeds = draw.some(3, |draw| cursor(draw, known));
    let repair = feeds.iter().map(|it| it.scope);
    let repair = repair.filter(|_scope| draw.below(3) == 0).collect();
    Welcome {
        version: Version(if draw.rarely() {
            draw.below(4).into()
        } else {
            2
        }),
        stored: draw.some(3, Draw::head),
        feeds,
        roster: draw.rarely().then(|| roster(draw)),
        time_ms: draw.number(),
        checkpoint: draw.rarely().then(|| "a note".to_owned()),
        repair,
        takes_early: draw.is(),
        files_told: draw.number(),
    }
}

fn done(draw: &mut Draw<'_>, known: &Known) -> Done {
    let heads = draw.some(3, |draw| cursor(draw, known));
    let quarantined = draw.some(2, |draw| Quarantined {
        position: draw.position(),
        reason: "unreadable".to_owned(),
    });
    let version = Version(1 + u16::from(draw.below(2)));
    Done {
        roster: draw.rarely().then(|| roster(draw)),
        ..Done::answer(heads, quarantined, version)
    }
}

fn roster(draw: &mut Draw<'_>) -> SignedRoster {
    SignedRoster {
        bytes: draw.run(),
        signature: draw.signature(),
    }
}

fn enrol(draw: &mut Draw<'_>) -> Message {
    if draw.is() {
        let words = draw.some(6, |_draw| "word".to_owned());
        return Message::Enrolling(Enrolling::Pending { words });
    }
    Message::Enrol(Enrol {
        token: [draw.byte(); 16],
        tls: key().public(),
        log: key().public(),
        sign: key().public(),
        seal: BoxKey::from_seed([8; 32]).public(),
        person: PersonId(draw.short()),
        label: "front desk".to_owned(),
        proves_actors: draw.is(),
    })
}
