//! The event loop: two endpoints, the two lanes between them, and a clock that jumps from event to event.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use quinn::{ClientConfig, EndpointConfig, ServerConfig};
use quinn_proto::{Connection, ConnectionHandle, DatagramEvent, Endpoint};

use super::{Lane, Line};
use crate::loopback::{hub_key, key};
use crate::settings::{Congestion, End, transport};
use crate::tls;

/// Where an end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Device,
    Hub,
}

impl Side {
    const fn other(self) -> Self {
        match self {
            Self::Device => Self::Hub,
            Self::Hub => Self::Device,
        }
    }

    fn address(self) -> SocketAddr {
        match self {
            Self::Device => ([10, 0, 0, 1], 1_000).into(),
            Self::Hub => ([10, 0, 0, 2], 4_433).into(),
        }
    }
}

/// One end with its connections.
struct Seat {
    endpoint: Endpoint,
    connections: BTreeMap<usize, Connection>,
}

type Arrival = Reverse<(Duration, u64, Side, Vec<u8>)>;

/// Two ends and what is between them.
pub(crate) struct World {
    began: Instant,
    /// Since the beginning.
    pub(crate) now: Duration,
    congestion: Congestion,
    device: Seat,
    hub: Seat,
    pub(crate) up: Lane,
    pub(crate) down: Lane,
    on_the_way: BinaryHeap<Arrival>,
    sent: u64,
}

impl World {
    pub(crate) fn new(line: &Line, congestion: Congestion, seed: u64) -> Self {
        let mut server = ServerConfig::with_crypto(Arc::new(tls::hub(&hub_key()).unwrap()));
        server.transport_config(transport(End::Hub, congestion, None));
        let seat = |server, mark: u64| {
            let mut config = EndpointConfig::default();
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&(seed ^ mark).to_be_bytes());
            config.rng_seed(Some(bytes));
            Seat {
                endpoint: Endpoint::new(Arc::new(config), server, false, None),
                connections: BTreeMap::new(),
            }
        };
        Self {
            began: Instant::now(),
            now: Duration::ZERO,
            congestion,
            device: seat(None, 1 << 60),
            hub: seat(Some(Arc::new(server)), 1 << 61),
            up: Lane::new(line.clone(), seed.wrapping_mul(2)),
            down: Lane::new(line.clone(), seed.wrapping_mul(2) + 1),
            on_the_way: BinaryHeap::new(),
            sent: 0,
        }
    }

    /// The time that the ends are told.
    fn instant(&self) -> Instant {
        self.began + self.now
    }

    fn seat(&mut self, side: Side) -> &mut Seat {
        match side {
            Side::Device => &mut self.device,
            Side::Hub => &mut self.hub,
        }
    }

    /// Opens a connection from the device.
    pub(crate) fn connect(&mut self) -> usize {
        let tls = tls::client(&key(1), hub_key().public()).unwrap();
        let mut config = ClientConfig::new(Arc::new(tls));
        config.transport_config(transport(End::Client, self.congestion, None));
        let now = self.instant();
        let (handle, connection) = self
            .device
            .endpoint
            .connect(now, config, Side::Hub.address(), "hub.invalid")
            .unwrap();
        self.device.connections.insert(handle.0, connection);
        handle.0
    }

    /// Returns the connections of a side that are not closed.
    pub(crate) fn connections(&self, side: Side) -> Vec<usize> {
        let seat = match side {
            Side::Device => &self.device,
            Side::Hub => &self.hub,
        };
        let open = seat.connections.iter().filter(|it| !it.1.is_closed());
        open.map(|it| *it.0).collect()
    }

    pub(crate) fn connection(&mut self, side: Side, handle: usize) -> &mut Connection {
        self.seat(side).connections.get_mut(&handle).unwrap()
    }

    /// Closes a connection.
    pub(crate) fn close(&mut self, side: Side, handle: usize) {
        let now = self.instant();
        let connection = self.connection(side, handle);
        connection.close(now, 0_u32.into(), Vec::new().into());
    }

    /// Goes on to the next event, but not past a time.
    pub(crate) fn step(&mut self, not_past: Duration) {
        self.drive(Side::Device);
        self.drive(Side::Hub);
        let timers = [Side::Device, Side::Hub].map(|side| self.next_timer(side));
        let arrival = self.on_the_way.peek().map(|it| it.0.0);
        let next = timers.into_iter().chain([arrival]).flatten().min();
        self.now = next.unwrap_or(not_past).min(not_past).max(self.now);
        while let Some(Reverse((at, ..))) = self.on_the_way.peek()
            && *at <= self.now
        {
            let Some(Reverse((_, _, to, bytes))) = self.on_the_way.pop() else {
                break;
            };
            self.arrive(to, &bytes);
        }
        let now = self.instant();
        for side in [Side::Device, Side::Hub] {
            for connection in self.seat(side).connections.values_mut() {
                if connection.poll_timeout().is_some_and(|it| it <= now) {
                    connection.handle_timeout(now);
                }
            }
        }
    }

    fn next_timer(&mut self, side: Side) -> Option<Duration> {
        let began = self.began;
        let connections = self.seat(side).connections.values_mut();
        connections
            .filter_map(Connection::poll_timeout)
            .map(|it| it.saturating_duration_since(began))
            .min()
    }

    fn arrive(&mut self, to: Side, bytes: &[u8]) {
        let now = self.instant();
        let mut answer = Vec::new();
        let seat = self.seat(to);
        let from = to.other().address();
        let event = seat
            .endpoint
            .handle(now, from, None, None, bytes.into(), &mut answer);
        match event {
            Some(DatagramEvent::ConnectionEvent(handle, event)) => {
                if let Some(connection) = seat.connections.get_mut(&handle.0) {
                    connection.handle_event(event);
                }
            }
            Some(DatagramEvent::NewConnection(incoming)) => {
                let accepted = seat.endpoint.accept(incoming, now, &mut answer, None);
                let (handle, connection) = accepted.unwrap_or_else(|_| panic!("not accepted"));
                seat.connections.insert(handle.0, connection);
            }
            Some(DatagramEvent::Response(_)) => self.send(to, answer),
            None => {}
        }
    }

    /// Lets the connections of a side say what they have to say.
    fn drive(&mut self, side: Side) {
        let now = self.instant();
        let handles: Vec<usize> = self.seat(side).connections.keys().copied().collect();
        for handle in handles {
            loop {
                let seat = self.seat(side);
                let connection = seat.connections.get_mut(&handle).unwrap();
                let mut drained = false;
                while let Some(event) = connection.poll_endpoint_events() {
                    drained |= event.is_drained();
                    let answer = seat.endpoint.handle_event(ConnectionHandle(handle), event);
                    if let Some(answer) = answer {
                        connection.handle_event(answer);
                    }
                }
                let mut bytes = Vec::new();
                let transmit = connection.poll_transmit(now, 1, &mut bytes);
                if drained {
                    seat.connections.remove(&handle);
                }
                if transmit.is_none() {
                    break;
                }
                self.send(side, bytes);
                if drained {
                    break;
                }
            }
        }
    }

    fn send(&mut self, from: Side, bytes: Vec<u8>) {
        let now = self.now;
        let lane = match from {
            Side::Device => &mut self.up,
            Side::Hub => &mut self.down,
        };
        if let Some(at) = lane.carry(now, bytes.len()) {
            self.sent += 1;
            self.on_the_way
                .push(Reverse((at, self.sent, from.other(), bytes)));
        }
    }
}
