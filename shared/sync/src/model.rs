//! Both ends in memory, for tests: devices with logs and cursors, a hub with logs and feeds, links
//! that are two queues. Every message goes through its bytes.

mod blobs;
mod device;
mod happening;
mod hub;
mod tail;
mod tests;

use std::collections::VecDeque;

use audit::LogHead;
use record::{DeviceId, ScopeId};
use serde::Serialize;
use serde_bytes::{ByteBuf, Bytes};
use wire::{ChainMark, Message, Segment};

pub(crate) use device::Device;
pub(crate) use hub::{Hub, HubEnd};

/// A log as its owner and the hub hold it. An entry's first byte is the scope that it belongs to;
/// zero is an entry that goes into no feed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Log {
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) heads: Vec<LogHead>,
}

impl Log {
    pub(crate) fn new(device: DeviceId, epoch: u32) -> Self {
        Self {
            entries: Vec::new(),
            heads: vec![LogHead::start(device, epoch)],
        }
    }

    /// Takes what follows a place out of the log.
    pub(crate) fn split_off(&mut self, after_seq: u64) -> Vec<Vec<u8>> {
        let after = usize::try_from(after_seq).unwrap();
        self.heads.truncate(after + 1);
        self.entries.split_off(after)
    }

    /// Returns what stands for the log at those of the places that it has.
    pub(crate) fn marks(&self, seqs: Vec<u64>) -> Vec<(u64, ChainMark)> {
        let mark = |seq| Some((seq, self.mark(seq)?));
        seqs.into_iter().filter_map(mark).collect()
    }

    /// Returns what stands for the log at a place.
    pub(crate) fn mark(&self, seq: u64) -> Option<ChainMark> {
        let head = self.heads.get(usize::try_from(seq).ok()?)?;
        Some(ChainMark::of(&head.chain))
    }

    pub(crate) fn head(&self) -> LogHead {
        self.heads[self.heads.len() - 1]
    }

    pub(crate) fn push(&mut self, entry: Vec<u8>) {
        self.heads.push(self.head().next(&entry));
        self.entries.push(entry);
    }

    /// Returns a segment of at most `count` entries after a place.
    pub(crate) fn segment(&self, after_seq: u64, count: usize) -> Option<Segment> {
        let after = usize::try_from(after_seq).unwrap();
        let rest = self.entries.get(after..).filter(|rest| !rest.is_empty())?;
        Some(segment(self.heads[after], &rest[..rest.len().min(count)]))
    }
}

/// Makes a segment by the book (`PROTOCOL.md`) with a signature of zeros: the sessions do not look at
/// signatures, the stores do.
pub(crate) fn segment(before: LogHead, entries: &[Vec<u8>]) -> Segment {
    #[derive(Serialize)]
    struct Shape {
        b: LogHead,
        n: usize,
        z: ByteBuf,
        s: ByteBuf,
    }

    let list: Vec<&Bytes> = entries.iter().map(|entry| Bytes::new(entry)).collect();
    let mut packed = vec![0];
    packed.extend(serde_ipld_dagcbor::to_vec(&list).unwrap());
    let shape = Shape {
        b: before,
        n: entries.len(),
        z: ByteBuf::from(packed),
        s: ByteBuf::from(vec![0; 64]),
    };
    serde_ipld_dagcbor::from_slice(&serde_ipld_dagcbor::to_vec(&shape).unwrap()).unwrap()
}

/// The key that signs packs.
pub(crate) fn hub_key() -> crypto::SigningKey {
    crypto::SigningKey::from_seed([77; 32])
}

/// What is on its way, each way.
#[derive(Debug, Default)]
pub(crate) struct Link {
    pub(crate) up: VecDeque<Vec<u8>>,
    pub(crate) down: VecDeque<Vec<u8>>,
}

impl Link {
    pub(crate) fn send(queue: &mut VecDeque<Vec<u8>>, message: &Message) {
        queue.push_back(message.to_bytes().unwrap());
    }

    pub(crate) fn receive(queue: &mut VecDeque<Vec<u8>>) -> Option<Message> {
        queue
            .pop_front()
            .map(|bytes| Message::from_bytes(&bytes).unwrap())
    }
}

/// Two devices, their links, and the hub.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) hub: Hub,
    pub(crate) devices: Vec<Device>,
    pub(crate) links: Vec<Option<(Link, HubEnd)>>,
    /// The hub lost what it had acknowledged, on purpose.
    pub(crate) hub_was_restored: bool,
    /// The hub as it was once.
    pub(crate) backup: Option<Hub>,
}

impl World {
    /// Makes devices 1, 2, … with these scopes.
    pub(crate) fn new(scopes: &[&[u32]]) -> Self {
        let devices: Vec<Device> = (1..)
            .zip(scopes)
            .map(|(id, _)| Device::new(DeviceId(id)))
            .collect();
        let entitled = scopes
            .iter()
            .map(|scopes| scopes.iter().copied().map(ScopeId).collect())
            .collect();
        let links = devices.iter().map(|_| None).collect();
        Self {
            hub: Hub::new(entitled),
            devices,
            links,
            hub_was_restored: false,
            backup: None,
        }
    }

    /// Opens a session, unless one is open.
    pub(crate) fn connect(&mut self, who: usize) {
        if self.links[who].is_none() {
            self.devices[who].begin();
            self.links[who] = Some((Link::default(), self.hub.admit(who)));
        }
    }

    /// Breaks the link, and what is on its way is gone.
    pub(crate) fn disconnect(&mut self, who: usize) {
        if self.links[who].take().is_some() {
            self.devices[who].lose_link();
        }
    }

    /// Carries out one thing that can be done. Returns whether there was any.
    pub(crate) fn step(&mut self, who: usize, choice: u8) -> bool {
        let Some((link, end)) = &mut self.links[who] else {
            return false;
        };
        let done = match choice % 4 {
            0 => self.devices[who].step(&mut link.up),
            1 => Link::receive(&mut link.up)
                .map(|message| end.received(message))
                .is_some(),
            2 => end.step(&mut self.hub, &mut link.down),
            _ => Link::receive(&mut link.down)
                .map(|message| self.devices[who].received(message))
                .is_some(),
        };
        if done {
            self.check(who);
        }
        if self.hub.grown() {
            for (_, end) in self.links.iter_mut().flatten() {
                end.feeds_grew();
            }
        }
        done
    }

    /// Runs until nothing more can be done. Returns how many steps there were.
    pub(crate) fn run(&mut self) -> usize {
        let mut steps = 0;
        loop {
            let all =
                (0..self.devices.len()).flat_map(|who| (0..4).map(move |choice| (who, choice)));
            let who_can = all.filter(|(who, choice)| self.step(*who, *choice)).count();
            if who_can == 0 {
                return steps;
            }
            steps += who_can;
            assert!(steps < 100_000, "the session never comes to rest");
        }
    }

    /// What must hold after every step.
    fn check(&self, who: usize) {
        let device = &self.devices[who];
        let noted = usize::try_from(device.noted.seq).unwrap();
        assert!(
            self.hub_was_restored
                || self.hub.log(device.id, device.noted.epoch).heads.get(noted)
                    == Some(&device.noted),
            "what was acknowledged is at the hub"
        );
        for (scope, cursor) in &device.cursors {
            assert!(
                self.hub.is_entitled(who, *scope),
                "nothing leaves its scope"
            );
            // Of a hub that was restored, a cursor may say nothing until it is repaired.
            if self.hub.head(*scope, cursor.position).map(|it| it.digest) != Some(cursor.digest) {
                assert!(self.hub_was_restored, "the cursor is one of the feed");
                continue;
            }
            let covered = usize::try_from(cursor.position).unwrap();
            for (position, entry) in &self.hub.feeds[scope][..covered] {
                let own = position.device == device.id
                    && device
                        .log
                        .entries
                        .get(usize::try_from(position.seq).unwrap() - 1)
                        == Some(entry);
                assert!(
                    own || device.held.contains_key(&(*scope, *position)),
                    "the cursor passed what was not delivered"
                );
            }
        }
    }
}
