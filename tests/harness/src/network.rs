//! A network between the clinics and the hub that can be cut, and held still in the middle of a transfer.
//!
//! Datagrams pass through unread, so what runs over them is the real protocol. Holding still is how a test kills a
//! program *in the middle* without a race: nothing passes until the test lets it.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result};

/// The largest datagram there is.
const MAX_DATAGRAM: usize = 65_535;
/// How often a thread looks whether the network is gone for good.
const LOOK: Duration = Duration::from_millis(100);
/// How many peers are carried at once; a test has a handful.
const MAX_PEERS: usize = 256;

/// The network.
#[derive(Debug)]
pub struct Network {
    address: SocketAddr,
    shared: Arc<Shared>,
    carrying: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    held: Condvar,
}

#[derive(Debug)]
struct State {
    hub: Option<SocketAddr>,
    is_up: bool,
    /// How many more bytes pass until everything is held still.
    until_held: Option<u64>,
    is_held: bool,
    is_gone: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Network {
    /// Makes a network that leads nowhere yet.
    pub fn new() -> Result<Self> {
        let front = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).context("binding the network")?;
        let address = front.local_addr().context("the network's address")?;
        front
            .set_read_timeout(Some(LOOK))
            .context("setting up the network")?;
        let state = State {
            hub: None,
            is_up: true,
            until_held: None,
            is_held: false,
            is_gone: false,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            held: Condvar::new(),
        });
        let carrier = Arc::clone(&shared);
        let carrying = thread::spawn(move || carry_up(&front, &carrier));
        Ok(Self {
            address,
            shared,
            carrying: Some(carrying),
        })
    }

    /// Returns the address at which devices reach the hub.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads to a hub.
    pub fn lead_to(&self, hub: SocketAddr) {
        self.shared.state().hub = Some(hub);
    }

    /// Cuts the network: everything sent is lost.
    pub fn cut(&self) {
        self.shared.state().is_up = false;
    }

    /// Brings the network back.
    pub fn restore(&self) {
        let mut state = self.shared.state();
        state.is_up = true;
        state.is_held = false;
        state.until_held = None;
    }

    /// Lets so many more bytes pass, up and down together, then holds everything still.
    pub fn hold_after(&self, bytes: u64) {
        self.shared.state().until_held = Some(bytes);
    }

    /// Waits until everything is held still; tells whether that came within the limit.
    #[must_use]
    pub fn wait_until_held(&self, limit: Duration) -> bool {
        let state = self.shared.state();
        let waited = self
            .shared
            .held
            .wait_timeout_while(state, limit, |it| !it.is_held);
        waited.is_ok_and(|(state, _)| state.is_held)
    }
}

/// Once it is dropped, its address is free.
impl Drop for Network {
    fn drop(&mut self) {
        self.shared.state().is_gone = true;
        if let Some(carrying) = self.carrying.take() {
            // A thread that panicked has let go of the address too.
            drop(carrying.join());
        }
    }
}

/// Carries datagrams from devices to the hub.
fn carry_up(front: &UdpSocket, shared: &Arc<Shared>) {
    let mut peers: HashMap<(SocketAddr, SocketAddr), UdpSocket> = HashMap::new();
    let mut ways_back = Vec::new();
    let mut bytes = vec![0; MAX_DATAGRAM];
    while !shared.state().is_gone {
        let Ok((size, peer)) = front.recv_from(&mut bytes) else {
            continue;
        };
        let Some(hub) = may_pass(shared, size) else {
            continue;
        };
        if peers.len() >= MAX_PEERS {
            peers.clear();
        }
        let back = match peers.entry((peer, hub)) {
            std::collections::hash_map::Entry::Occupied(it) => it.into_mut(),
            std::collections::hash_map::Entry::Vacant(it) => {
                match lead_back(front, peer, hub, shared) {
                    Ok((back, carrying)) => {
                        ways_back.push(carrying);
                        it.insert(back)
                    }
                    Err(_no_socket) => continue,
                }
            }
        };
        if let Some(datagram) = bytes.get(..size) {
            // A datagram to a hub that is gone is lost, as on any network.
            let _is_lost = back.send(datagram).is_err();
        }
    }
    for carrying in ways_back {
        drop(carrying.join());
    }
}

/// Says where a datagram may go, and holds everything still if it was one too many.
fn may_pass(shared: &Shared, size: usize) -> Option<SocketAddr> {
    let mut state = shared.state();
    if !state.is_up || state.is_held {
        return None;
    }
    if let Some(left) = state.until_held {
        match left.checked_sub(size as u64) {
            Some(left) => state.until_held = Some(left),
            None => {
                state.is_held = true;
                shared.held.notify_all();
                return None;
            }
        }
    }
    state.hub
}

/// Opens the way back from the hub to one device.
fn lead_back(
    front: &UdpSocket,
    peer: SocketAddr,
    hub: SocketAddr,
    shared: &Arc<Shared>,
) -> io::Result<(UdpSocket, JoinHandle<()>)> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(hub)?;
    socket.set_read_timeout(Some(LOOK))?;
    let (from_hub, front, shared) = (socket.try_clone()?, front.try_clone()?, Arc::clone(shared));
    let carrying = thread::spawn(move || {
        let mut bytes = vec![0; MAX_DATAGRAM];
        while !shared.state().is_gone {
            let Ok(size) = from_hub.recv(&mut bytes) else {
                continue;
            };
            let passes = may_pass(&shared, size).is_some();
            if let Some(datagram) = bytes.get(..size).filter(|_| passes) {
                // A device that is gone misses nothing.
                let _is_lost = front.send_to(datagram, peer).is_err();
            }
        }
    });
    Ok((socket, carrying))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn socket() -> UdpSocket {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        socket
    }

    #[test]
    fn datagrams_pass_both_ways_until_the_network_is_held() {
        let (hub, device, network) = (socket(), socket(), Network::new().unwrap());
        network.lead_to(hub.local_addr().unwrap());
        let mut bytes = [0; 16];

        device.send_to(b"up", network.address()).unwrap();
        let (size, back) = hub.recv_from(&mut bytes).unwrap();
        assert_eq!(&bytes[..size], b"up");
        hub.send_to(b"down", back).unwrap();
        let size = device.recv(&mut bytes).unwrap();
        assert_eq!(&bytes[..size], b"down");

        network.hold_after(3);
        device.send_to(b"abc", network.address()).unwrap();
        device.send_to(b"d", network.address()).unwrap();
        assert!(network.wait_until_held(Duration::from_secs(5)));
        network.restore();
        device.send_to(b"again", network.address()).unwrap();
        assert_eq!(hub.recv(&mut bytes).unwrap(), 3);
        let size = hub.recv(&mut bytes).unwrap();
        assert_eq!(&bytes[..size], b"again");
    }

    #[test]
    fn the_address_is_free_when_the_network_is_gone() {
        let (hub, device, network) = (socket(), socket(), Network::new().unwrap());
        network.lead_to(hub.local_addr().unwrap());
        let address = network.address();
        device.send_to(b"up", address).unwrap();
        hub.recv_from(&mut [0; 16]).unwrap();

        drop(network);

        UdpSocket::bind(address).unwrap();
    }
}
