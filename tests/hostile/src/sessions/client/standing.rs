//! What a client holds when a session begins.

use audit::{LogHead, LogPosition};
use record::ScopeId;
use sync::{ClientStanding, HeldCheckpoint, LogOffer};
use wire::{Cursor, Early, FeedDigest, Fetch, Segment, Versions};

use super::super::parts;
use super::super::say::Known;
use crate::draw::{Draw, OWN, SITE};

/// What a hub may say.
const KINDS: [u8; 4] = [5, 13, 25, 25];

/// Returns it, and what a hub can know of it.
pub(super) fn standing(
    draw: &mut Draw<'_>,
    own: &[LogHead],
    carried: &[LogHead],
) -> (ClientStanding, Known) {
    let start = LogHead::start(OWN, 2);
    let end = own.last().copied().unwrap_or(start);
    let carried = carried.last().copied().unwrap_or(start);
    let stored = draw.one_of(own).unwrap_or(start);
    let cursor = |scope, position| Cursor {
        scope,
        feed_epoch: 1,
        position,
        digest: FeedDigest([1; 16]),
    };
    let cursors = [ScopeId(1), ScopeId(2), ScopeId::guest_of(SITE)];
    let cursors = cursors.map(|it| cursor(it, u64::from(draw.below(5))));
    let mut known = Known::new(&KINDS);
    known.hear(cursors, None);
    let fetch = Fetch {
        number: "0000-0098".to_owned(),
        reason: "referred".to_owned(),
        entry: LogPosition::from((OWN, 2, 1)),
    };
    let standing = ClientStanding {
        device: OWN,
        log: end,
        stored,
        removed: u64::from(draw.below(3)),
        older: vec![LogHead::start(OWN, 1)],
        restored: draw.rarely(),
        cursors: cursors.into_iter().filter(|_it| !draw.rarely()).collect(),
        packs: Vec::new(),
        fetches: draw.some(2, |_draw| fetch.clone()),
        carried: draw.some(1, |_draw| LogOffer {
            begins: 0,
            head: carried,
        }),
        roster_epoch: 1,
        versions: Versions::SPOKEN,
        release: "0.1.0".to_owned(),
        checkpoint: draw.is().then(|| HeldCheckpoint {
            size: 42,
            note: "a note".to_owned(),
        }),
        feeds_wait: draw.rarely(),
        early: early(draw, own, stored),
    };
    (standing, known)
}

/// Returns the next entries of a log.
pub(super) fn follows(log: &[LogHead], after: u64) -> Option<Segment> {
    let at = log.iter().position(|it| it.seq == after)?;
    let next = log.get(at + 1)?;
    // What the entry was is told by what it brings the log to.
    let before = log.get(at)?;
    let entry = (0..=u8::MAX).find(|it| before.next(&[*it]) == *next)?;
    Some(parts::sealed(*before, &[vec![entry]]))
}

/// Returns what need not wait for WELCOME: mostly what follows on what the hub confirmed.
fn early(draw: &mut Draw<'_>, own: &[LogHead], stored: LogHead) -> Option<Early> {
    let after = if draw.rarely() {
        draw.one_of(own)?
    } else {
        stored
    };
    let segment = follows(own, after.seq).filter(|_it| draw.is())?;
    let is_all = own.last().is_some_and(|it| it.seq == segment.last_seq());
    Some(Early { segment, is_all })
}
