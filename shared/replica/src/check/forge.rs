//! Changes forged byte by byte, for tests: what automerge's own writer would never write.

use sha2::{Digest as _, Sha256};

use crate::genesis::GENESIS_ACTOR;
use crate::{Actor, ChangeHash};

/// A change of one operation, each part of which can be set. It sets bytes under a key of `names`.
#[derive(Debug, Clone)]
pub(crate) struct Forged {
    pub(crate) deps: Vec<ChangeHash>,
    pub(crate) actor: Actor,
    pub(crate) seq: u64,
    pub(crate) start_op: u64,
    pub(crate) message: String,
    pub(crate) other_actors: Vec<Actor>,
    /// The container: the number of its actor (0 is the writer) and of its operation; `(0, 0)` is the root.
    pub(crate) object: (u64, u64),
    pub(crate) key: &'static str,
    pub(crate) makes: bool,
    pub(crate) replaces: Vec<(u64, u64)>,
    pub(crate) extra: Vec<u8>,
    /// Columns to put in place of those that the above would make; an empty one leaves the column out.
    pub(crate) columns: Vec<(u32, Vec<u8>)>,
}

impl Forged {
    pub(crate) fn new(deps: &[ChangeHash], actor: Actor) -> Self {
        Self {
            deps: deps.to_vec(),
            actor,
            seq: 1,
            start_op: 9,
            message: String::new(),
            other_actors: vec![GENESIS_ACTOR],
            object: (1, 2),
            key: "key",
            makes: false,
            replaces: Vec::new(),
            extra: Vec::new(),
            columns: Vec::new(),
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut body = leb(self.deps.len() as u64);
        for dep in &self.deps {
            body.extend(dep.as_bytes());
        }
        body.extend(prefixed(self.actor.as_bytes()));
        body.extend(leb(self.seq));
        body.extend(leb(self.start_op));
        body.push(0);
        body.extend(prefixed(self.message.as_bytes()));
        body.extend(leb(self.other_actors.len() as u64));
        for actor in &self.other_actors {
            body.extend(prefixed(actor.as_bytes()));
        }
        let mut columns = self.default_columns();
        for (spec, bytes) in &self.columns {
            columns.retain(|(it, _)| it != spec);
            columns.push((*spec, bytes.clone()));
        }
        columns.retain(|(_, bytes)| !bytes.is_empty());
        columns.sort_by_key(|(spec, _)| *spec);
        body.extend(leb(columns.len() as u64));
        for (spec, bytes) in &columns {
            body.extend(leb(u64::from(*spec)));
            body.extend(leb(bytes.len() as u64));
        }
        body.extend(columns.into_iter().flat_map(|(_, bytes)| bytes));
        body.extend(&self.extra);
        reseal(&body)
    }

    fn default_columns(&self) -> Vec<(u32, Vec<u8>)> {
        // One value is a list of one: the number -1, and the value.
        let one = |value: u64| [vec![0x7f], leb(value)].concat();
        let mut columns = vec![
            (21, [vec![0x7f], prefixed(self.key.as_bytes())].concat()),
            (52, vec![1]),
            (66, one(u64::from(!self.makes))),
            (86, one(if self.makes { 0 } else { (3 << 4) | 7 })),
            (
                87,
                if self.makes {
                    Vec::new()
                } else {
                    b"abc".to_vec()
                },
            ),
            (112, one(self.replaces.len() as u64)),
        ];
        if self.object != (0, 0) {
            columns.push((1, one(self.object.0)));
            columns.push((2, one(self.object.1)));
        }
        for (actor, counter) in &self.replaces {
            columns.push((113, one(*actor)));
            // Small and positive as a signed number too.
            let counter = u8::try_from(*counter).unwrap();
            assert!(counter < 64);
            columns.push((115, vec![0x7f, counter]));
        }
        columns
    }
}

/// Puts magic, checksum, type and length before a change's body.
pub(crate) fn reseal(body: &[u8]) -> Vec<u8> {
    let hashed = [vec![1], leb(body.len() as u64), body.to_vec()].concat();
    let hash = Sha256::digest(&hashed);
    [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &hashed].concat()
}

/// Returns the body of a change.
pub(crate) fn body(bytes: &[u8]) -> &[u8] {
    let length = bytes[9..].iter().position(|it| it & 0x80 == 0).unwrap() + 1;
    &bytes[9 + length..]
}

pub(crate) fn leb(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value & 0x7f).unwrap();
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

fn prefixed(bytes: &[u8]) -> Vec<u8> {
    [leb(bytes.len() as u64), bytes.to_vec()].concat()
}
