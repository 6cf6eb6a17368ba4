//! What is done over the link: an upload in segments as a session makes it, with urgent messages in between.
//!
//! HELLO and WELCOME, segments with a few unstored at most, STORED for each; a new connection goes on from what is
//! stored. What is handed over, when, and how much ahead of the network, is as [`crate::Link`] does it. So the figures
//! are those of a sync, less the work at both ends.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use quinn_proto::{Dir, StreamId};

use wire::limits::PIECE_BYTES;

use super::{Line, Side, World};
use crate::settings::{Congestion, FRESH_ATTEMPT, send_window};
use crate::watchdog::{LOOK, Signs, Watchdog};

/// What HELLO, WELCOME, STORED and an urgent message weigh.
const HELLO: usize = 120;
const WELCOME: usize = 120;
const STORED: usize = 60;
const URGENT: usize = 600;
/// A segment.
const SEGMENT: u64 = 32 << 10;
/// How many a session lets be on their way without STORED.
pub(crate) const UNSTORED: u64 = 4;
/// An attempt to connect anew that is not up by then is given up for the next.
const ATTEMPT: Duration = FRESH_ATTEMPT;

/// An upload.
#[derive(Debug, Clone)]
pub(crate) struct Transfer {
    pub(crate) bytes: u64,
    /// How often something urgent is said.
    pub(crate) urgent: Option<Duration>,
    /// How many segments may be on their way without STORED.
    pub(crate) unstored: u64,
    /// Whether the device looks for silence.
    pub(crate) is_watched: bool,
    pub(crate) congestion: Congestion,
}

/// How it went.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Outcome {
    /// Until the device knew that all is stored.
    pub(crate) took: Duration,
    /// What the bottleneck carried upwards for each byte of the upload.
    pub(crate) wire: f64,
    /// How long each urgent message was on its way that came before the end.
    pub(crate) urgent: Vec<Duration>,
    /// How many connections it took.
    pub(crate) connections: usize,
}

/// The device's end of one connection.
#[derive(Default)]
struct Near {
    stream: Option<StreamId>,
    heard: Vec<u8>,
    /// How much was written of HELLO and the upload.
    said: usize,
    base: Option<u64>,
    /// How much of the upload is handed over, or begun.
    begun: u64,
    /// How much of what was begun is not handed over.
    left: usize,
    /// What was begun, in order, until it arrives.
    parts: VecDeque<Part>,
    stored: u64,
    dog: Watchdog,
    is_silent: bool,
}

/// What stands on the stream.
enum Part {
    /// So many bytes of the upload.
    Bulk(usize),
    /// An urgent message: which, and what is left of it.
    Urgent(usize, usize),
}

impl Near {
    /// Says what so many bytes are that arrived: how many are of the upload, and which urgent messages are whole now.
    fn take(&mut self, mut bytes: usize) -> (u64, Vec<usize>) {
        let (mut bulk, mut urgent) = (0, Vec::new());
        while let Some(part) = self.parts.front_mut().filter(|_| bytes > 0) {
            let (Part::Bulk(left) | Part::Urgent(_, left)) = part;
            let taken = bytes.min(*left);
            *left -= taken;
            bytes -= taken;
            match part {
                Part::Urgent(place, 0) => urgent.push(*place),
                Part::Bulk(_) => bulk += taken as u64,
                Part::Urgent(..) => {}
            }
            if matches!(part, Part::Bulk(0) | Part::Urgent(_, 0)) {
                self.parts.pop_front();
            }
        }
        (bulk, urgent)
    }
}

/// The hub's.
#[derive(Default)]
struct Far {
    stream: Option<StreamId>,
    /// HELLO, which names the connection at the device.
    greeting: Vec<u8>,
    base: Option<u64>,
    received: u64,
    to_say: Vec<u8>,
}

struct Run {
    transfer: Transfer,
    world: World,
    near: BTreeMap<usize, Near>,
    far: BTreeMap<usize, Far>,
    /// Of the upload, at the hub.
    stored: u64,
    /// When each urgent message was said, by its place, and those that arrived.
    said: Vec<Duration>,
    arrived: Vec<Duration>,
    /// The connection attempted beside a silent one, and since when.
    fresh: Option<(usize, Duration)>,
    opened: usize,
}

/// The longest that a run may take; one that is not done by then has failed.
const LIMIT: Duration = Duration::from_secs(3_600);

impl Transfer {
    /// Runs it from one seed.
    pub(crate) fn run(&self, line: &Line, seed: u64) -> Outcome {
        let mut run = Run {
            transfer: self.clone(),
            world: World::new(line, self.congestion, seed),
            near: BTreeMap::new(),
            far: BTreeMap::new(),
            stored: 0,
            said: Vec::new(),
            arrived: Vec::new(),
            fresh: None,
            opened: 0,
        };
        run.open();
        let mut look_at = LOOK;
        while !run.is_done() && run.world.now < LIMIT {
            run.world.step(look_at);
            run.turn();
            if run.world.now >= look_at {
                look_at += LOOK;
                run.look();
            }
        }
        Outcome {
            took: run.world.now,
            wire: run.world.up.carried as f64 / self.bytes as f64,
            urgent: run
                .arrived
                .into_iter()
                .filter(|it| *it < Duration::MAX)
                .collect(),
            connections: run.opened,
        }
    }
}

impl Run {
    fn is_done(&self) -> bool {
        let bytes = self.transfer.bytes;
        self.near.values().any(|it| it.stored == bytes)
    }

    fn open(&mut self) -> usize {
        let handle = self.world.connect();
        self.near.insert(handle, Near::default());
        self.opened += 1;
        handle
    }

    /// Both applications do what they can.
    fn turn(&mut self) {
        let served = self.world.connections(Side::Hub);
        // A number is given again when its connection is gone.
        self.far.retain(|handle, _| served.contains(handle));
        for handle in served {
            self.hub_turn(handle);
        }
        let mut open = self.world.connections(Side::Device);
        open.retain(|it| !self.world.connection(Side::Device, *it).is_handshaking());
        if let Some((fresh, _)) = self.fresh
            && open.contains(&fresh)
        {
            // It answered first: the older ones are dropped.
            self.fresh = None;
            for older in self.world.connections(Side::Device) {
                if older != fresh {
                    self.drop_near(older);
                }
            }
            open = vec![fresh];
        }
        for handle in open {
            self.device_turn(handle);
        }
        if self.world.connections(Side::Device).is_empty() {
            self.open();
        }
    }

    fn drop_near(&mut self, handle: usize) {
        self.world.close(Side::Device, handle);
        self.near.remove(&handle);
    }

    fn device_turn(&mut self, handle: usize) {
        let now = self.world.now;
        let connection = self.world.connection(Side::Device, handle);
        while connection.poll().is_some() {}
        let near = self.near.get_mut(&handle).unwrap();
        let stream = *near
            .stream
            .get_or_insert_with(|| connection.streams().open(Dir::Bi).unwrap());
        if near.said < HELLO {
            near.said += write(connection, stream, &say(handle as u64, HELLO)[near.said..]);
        }
        read(connection, stream, &mut near.heard);
        if let (None, Some(base)) = (near.base, number(&near.heard, WELCOME)) {
            near.base = Some(base);
            near.begun = base;
            near.stored = base;
            near.heard.drain(..WELCOME);
        }
        let Some(_) = near.base else { return };
        while let Some(stored) = number(&near.heard, STORED) {
            near.stored = stored;
            near.heard.drain(..STORED);
        }
        let may = (near.stored + self.transfer.unstored * SEGMENT).min(self.transfer.bytes);
        let path = connection.stats().path;
        connection.set_send_window(send_window(path.cwnd, path.rtt));
        loop {
            if near.left == 0 {
                let every = self.transfer.urgent;
                let part =
                    if every.is_some_and(|it| self.said.last().is_none_or(|at| *at + it <= now)) {
                        self.said.push(now);
                        self.arrived.push(Duration::MAX);
                        near.left = URGENT;
                        Part::Urgent(self.said.len() - 1, URGENT)
                    } else {
                        near.left = usize::try_from(may - near.begun).unwrap().min(PIECE_BYTES);
                        near.begun += near.left as u64;
                        Part::Bulk(near.left)
                    };
                if near.left == 0 {
                    break;
                }
                near.parts.push_back(part);
            }
            let written = write(connection, stream, &vec![1; near.left]);
            if written == 0 {
                break;
            }
            near.left -= written;
        }
    }

    fn hub_turn(&mut self, handle: usize) {
        let now = self.world.now;
        let connection = self.world.connection(Side::Hub, handle);
        while connection.poll().is_some() {}
        let far = self.far.entry(handle).or_default();
        if far.stream.is_none() {
            far.stream = connection.streams().accept(Dir::Bi);
        }
        let Some(stream) = far.stream else { return };
        let mut bytes = Vec::new();
        read(connection, stream, &mut bytes);
        let greeting = bytes.len().min(HELLO - far.greeting.len());
        far.greeting.extend(&bytes[..greeting]);
        let Some(named) = number(&far.greeting, HELLO) else {
            return;
        };
        if far.base.is_none() {
            far.base = Some(self.stored);
            far.to_say.extend(say(self.stored, WELCOME));
        }
        let before = far.received;
        // What comes over a connection that the device has dropped is of no use.
        let near = self.near.get_mut(&usize::try_from(named).unwrap());
        let (bulk, urgent) =
            near.map_or_else(Default::default, |near| near.take(bytes.len() - greeting));
        for place in urgent {
            self.arrived[place] = now - self.said[place];
        }
        far.received += bulk;
        let base = far.base.unwrap_or(0);
        let end = self.transfer.bytes;
        for segment in (before / SEGMENT + 1).. {
            let reached = (base + segment * SEGMENT).min(end);
            if base + far.received < reached {
                break;
            }
            if reached > self.stored || far.to_say.is_empty() && before != far.received {
                self.stored = self.stored.max(reached);
                far.to_say.extend(say(reached, STORED));
            }
            if reached == end {
                break;
            }
        }
        let written = write(connection, stream, &far.to_say);
        far.to_say.drain(..written);
    }

    /// The watchdog's look, and what follows from it.
    fn look(&mut self) {
        if !self.transfer.is_watched {
            return;
        }
        let now = self.world.now;
        if let Some((fresh, since)) = self.fresh
            && now >= since + ATTEMPT
        {
            self.drop_near(fresh);
            self.fresh = None;
        }
        let mut is_silent = false;
        for handle in self.world.connections(Side::Device) {
            let stats = self.world.connection(Side::Device, handle).stats();
            let near = self.near.get_mut(&handle).unwrap();
            near.is_silent = near.dog.look(Signs::of(&stats), LOOK);
            is_silent |= near.is_silent && self.fresh.is_none_or(|it| it.0 != handle);
        }
        if is_silent && self.fresh.is_none() {
            self.fresh = Some((self.open(), now));
        }
    }
}

/// A message that begins with a number.
fn say(number: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// The number at the beginning of a message, once it is there whole.
fn number(heard: &[u8], length: usize) -> Option<u64> {
    let message = heard.get(..length)?;
    Some(u64::from_be_bytes(*message.first_chunk()?))
}

/// Writes what there is room for. Writing nothing would send a frame with nothing in it.
fn write(connection: &mut quinn_proto::Connection, stream: StreamId, bytes: &[u8]) -> usize {
    if bytes.is_empty() {
        return 0;
    }
    connection.send_stream(stream).write(bytes).unwrap_or(0)
}

/// Reads what is there.
fn read(connection: &mut quinn_proto::Connection, stream: StreamId, into: &mut Vec<u8>) {
    let mut receiving = connection.recv_stream(stream);
    let Ok(mut chunks) = receiving.read(true) else {
        return;
    };
    while let Ok(Some(chunk)) = chunks.next(usize::MAX) {
        into.extend_from_slice(&chunk.bytes);
    }
    // If that gives the peer room, it is told so with the next turn.
    drop(chunks);
}
