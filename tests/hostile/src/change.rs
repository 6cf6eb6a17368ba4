//! Changes and documents of automerge, from a peer.
//!
//! The law: what the structural check accepts and the chart takes can be saved, loaded, made again from its
//! changes and written upon, and it is the same chart each time. What is refused leaves the chart as it was.

use record::{BirthDate, ChartId, DeviceId, Hlc, PersonId, SiteId, Stamp, Stamped, When};
use replica::{Actor, ApplyError, ApplyRefusal, Change, ChartDoc, CheckedChange, Intent, check};

pub(crate) const REGISTRATION: &[u8] =
    include_bytes!("../../fixtures/replica/v0.1.0/registration.change");
const VISIT: &[u8] = include_bytes!("../../fixtures/replica/v0.1.0/visit.change");
const SNAPSHOT: &[u8] = include_bytes!("../../fixtures/replica/v0.1.0/chart.snapshot");

const CHART: ChartId = ChartId::new([1; 16]);

/// Magic, checksum and type stand before a change's length.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHECKSUM_BYTES: usize = 4;

/// Returns the charts that changes are tried upon: an empty one, and one that three wrote.
fn charts() -> Vec<ChartDoc> {
    let mut written = vec![ChartDoc::new(CHART)];
    if let Ok(mut doc) = ChartDoc::load(CHART, SNAPSHOT) {
        for change in branches(&doc) {
            if let Ok(change) = check(&change.bytes) {
                assert_eq!(doc.apply(&[change]), Ok(()));
            }
        }
        written.push(doc);
    }
    written
}

/// Writes two birth dates apart: a conflict.
fn branches(doc: &ChartDoc) -> Vec<Change> {
    let branch = |device: u8| {
        let mut branch = doc.clone();
        birth_date(&mut branch, device, "1985-03-12")
    };
    [21, 22].into_iter().filter_map(branch).collect()
}

fn birth_date(doc: &mut ChartDoc, device: u8, date: &str) -> Option<Change> {
    let at = Hlc::new(1_790_000_100_000 + u64::from(device), 0);
    let value = Stamped {
        value: BirthDate {
            date: When::parse(date).ok()?,
            estimated: false,
        },
        stamp: Stamp {
            at,
            device: DeviceId(device.into()),
            person: PersonId(1),
            site: SiteId(1),
        },
        reason: None,
    };
    let actor = Actor::new([device; 16]);
    doc.edit(&actor, at, &[Intent::SetBirthDate(value)]).ok()
}

/// Merges a change with this body, its checksum made right, into each chart.
pub(crate) fn change(body: &[u8]) {
    let bytes = with_checksum(body);
    let Ok(change) = check(&bytes) else { return };
    assert!(change.bytes() == bytes && change.operation_count() > 0);
    for doc in charts() {
        merge(&doc, &change);
    }
}

fn merge(before: &ChartDoc, change: &CheckedChange) {
    let mut doc = before.clone();
    match doc.apply(std::slice::from_ref(change)) {
        Ok(()) => {
            assert!(doc.contains(&change.hash()));
            holds_together(&doc);
        }
        Err(error) => {
            assert_eq!(doc.heads(), before.heads(), "refused and yet taken");
            if let ApplyError::Refused { reason, .. } = error {
                // Safe, but the check should have known.
                let unforeseen = [ApplyRefusal::Panicked, ApplyRefusal::NotReloadable];
                assert!(!unforeseen.contains(&reason), "automerge: {reason}");
            }
        }
    }
}

/// Saves, loads, makes again, and writes upon.
fn holds_together(doc: &ChartDoc) {
    same(&ChartDoc::load(CHART, &doc.save()).ok(), doc);
    same(&made_again(doc), doc);
    let mut further = doc.clone();
    assert!(birth_date(&mut further, 250, "1999").is_some());
    same(&ChartDoc::load(CHART, &further.save()).ok(), &further);
}

fn made_again(doc: &ChartDoc) -> Option<ChartDoc> {
    let mut again = ChartDoc::new(CHART);
    let changes = doc.changes();
    let changes: Result<Vec<_>, _> = changes.iter().map(|it| check(&it.bytes)).collect();
    again.apply(&changes.ok()?).ok()?;
    Some(again)
}

#[track_caller]
fn same(found: &Option<ChartDoc>, expected: &ChartDoc) {
    let heads = found.as_ref().map(ChartDoc::heads);
    assert_eq!(heads, Some(expected.heads()), "other heads");
    let view = found.as_ref().map(ChartDoc::view);
    assert!(view == Some(expected.view()), "another chart");
}

/// Loads the bytes as a chart's document. None but a whole one is loaded, for its checksum does not fit.
pub(crate) fn snapshot(bytes: &[u8]) {
    if let Ok(doc) = ChartDoc::load(CHART, bytes) {
        same(&ChartDoc::load(CHART, &doc.save()).ok(), &doc);
    }
}

/// Puts magic, checksum, type and length before a change's body.
fn with_checksum(body: &[u8]) -> Vec<u8> {
    let mut hashed = vec![1];
    let mut length = body.len();
    while length >= 0x80 {
        hashed.push(u8::try_from(length & 0x7f).unwrap_or_default() | 0x80);
        length >>= 7;
    }
    hashed.push(u8::try_from(length).unwrap_or_default());
    hashed.extend(body);
    let hash = crypto::sha256(&hashed);
    let checksum = hash.get(..CHECKSUM_BYTES).unwrap_or_default();
    [&MAGIC, checksum, &hashed].concat()
}

/// Returns the body of a change.
fn body(bytes: &[u8]) -> Option<Vec<u8>> {
    let rest = bytes.get(MAGIC.len() + CHECKSUM_BYTES + 1..)?;
    let length = rest.iter().position(|it| it & 0x80 == 0)?;
    Some(rest.get(length + 1..)?.to_vec())
}

pub(crate) fn change_seeds() -> Vec<Vec<u8>> {
    let mut changes = vec![REGISTRATION.to_vec(), VISIT.to_vec()];
    for mut doc in charts() {
        for date in ["1990", "1991-02"] {
            let change = birth_date(&mut doc, 30, date);
            changes.extend(change.map(|it| it.bytes));
        }
    }
    changes.iter().filter_map(|it| body(it)).collect()
}

pub(crate) fn snapshot_seeds() -> Vec<Vec<u8>> {
    vec![SNAPSHOT.to_vec()]
}
