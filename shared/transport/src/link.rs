//! A link: messages between a device and the hub, in order, over QUIC or over TCP.
//!
//! The device speaks first. [`Link::receive`] and [`Link::send`] may be dropped half-way, as `select!` does, and
//! called again: nothing is lost or sent twice.

mod errors;
mod limits;
mod quic;
mod tcp;

use std::fmt;
use std::sync::Arc;

use crypto::PublicKey;
use tokio::time::{Instant, timeout};
use wire::{LENGTH_BYTES, Message, RefusalCode, to_frame};

use crate::allowance::RateLimit;
use crate::inbox::Inbox;
use crate::settings::{FAREWELL, PIECE_BYTES};
use crate::watchdog::{LOOK, Watchdog};
pub use errors::{ReceiveError, SendError};
use limits::{Direction, Limits};
pub(crate) use quic::{Quic, refusal};
pub(crate) use tcp::{Order, Tcp};

/// How much is taken from a stream at once.
const READ_BYTES: usize = 16 << 10;

/// What a link has carried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Bytes in UDP datagrams sent: all that QUIC and TLS cost included, IP and UDP headers (28 bytes each) not. Over
    /// TCP: bytes of its stream, TLS included, headers (40 bytes each) not.
    pub udp_up: u64,
    /// The same received.
    pub udp_down: u64,
    /// Bytes of frames sent: messages and their lengths.
    pub app_up: u64,
    /// Bytes of frames received.
    pub app_down: u64,
}

/// What carries a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// QUIC over UDP.
    Quic,
    /// TLS over TCP.
    Tcp,
}

impl Carrier {
    /// Returns the other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Quic => Self::Tcp,
            Self::Tcp => Self::Quic,
        }
    }
}

enum Way {
    Quic(Quic),
    Tcp(Box<Tcp>),
}

/// What came of waiting for a second.
#[derive(Debug)]
pub enum Waited<T> {
    /// What was waited for.
    Done(T),
    /// Nothing yet.
    Alive,
    /// Nothing, and the peer has given no sign of life for long although something is on its way to it: it is time to
    /// open another link beside this one. A sign may still come.
    Silent,
}

impl<T> Waited<T> {
    /// Makes something else of what was waited for.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Waited<U> {
        match self {
            Self::Done(done) => Waited::Done(make(done)),
            Self::Alive => Waited::Alive,
            Self::Silent => Waited::Silent,
        }
    }
}

/// What a read brought.
enum Arrived {
    /// Bytes.
    More,
    /// The word that nothing follows.
    End,
}

/// A connection between a device and the hub. Dropping it unclosed tells the peer that this end stopped.
pub struct Link {
    way: Way,
    peer: PublicKey,
    inbox: Inbox,
    /// Of the last frame, what is not handed over yet.
    outbox: Vec<u8>,
    app_up: u64,
    app_down: u64,
    watchdog: Watchdog,
    looked: Instant,
    limits: Limits,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("peer", &self.peer)
            .field("carrier", &self.carrier())
            .finish_non_exhaustive()
    }
}

impl Link {
    /// Makes an end of QUIC.
    pub(crate) fn over_quic(quic: Quic, peer: PublicKey) -> Self {
        Self::new(Way::Quic(quic), peer)
    }

    /// Makes an end of TCP.
    pub(crate) fn over_tcp(tcp: Tcp, peer: PublicKey) -> Self {
        Self::new(Way::Tcp(Box::new(tcp)), peer)
    }

    fn new(way: Way, peer: PublicKey) -> Self {
        Self {
            way,
            peer,
            inbox: Inbox::default(),
            outbox: Vec::new(),
            app_up: 0,
            app_down: 0,
            watchdog: Watchdog::default(),
            looked: Instant::now(),
            limits: Limits::default(),
        }
    }

    /// Carries no more than so much in each direction from now on.
    pub(crate) fn limited(mut self, limit: Option<RateLimit>) -> Self {
        self.limits = Limits::new(limit);
        self
    }

    /// Returns the key that the peer has proved to hold. At the hub it says nothing yet about what the peer may do.
    #[must_use]
    pub const fn peer(&self) -> PublicKey {
        self.peer
    }

    /// Returns what carries the link.
    #[must_use]
    pub const fn carrier(&self) -> Carrier {
        match self.way {
            Way::Quic(_) => Carrier::Quic,
            Way::Tcp(_) => Carrier::Tcp,
        }
    }

    /// Returns what the link has carried so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let mut counters = Counters {
            app_up: self.app_up,
            app_down: self.app_down,
            ..Counters::default()
        };
        match &self.way {
            Way::Quic(quic) => quic.count(&mut counters),
            Way::Tcp(tcp) => tcp.count(&mut counters),
        }
        counters
    }

    /// Returns a handle that closes the link from elsewhere, while it waits for a message.
    #[must_use]
    pub fn closer(&self) -> LinkCloser {
        LinkCloser(match &self.way {
            Way::Quic(quic) => Closing::Quic(quic.connection.clone()),
            Way::Tcp(tcp) => Closing::Tcp(Arc::clone(&tcp.order)),
        })
    }

    /// Hands a message to the network. That it has left does not mean that it has arrived.
    pub async fn send(&mut self, message: &Message) -> Result<(), SendError> {
        let frame = to_frame(message)?;
        self.flush().await?;
        self.app_up += frame.len() as u64;
        self.outbox = frame;
        self.flush().await
    }

    /// Hands bytes to the network that need be no message, and says that nothing follows if they are the last: what
    /// a peer may do that is broken, or worse.
    #[cfg(any(test, feature = "misbehaviour"))]
    pub async fn send_bytes(&mut self, bytes: &[u8], is_last: bool) -> Result<(), SendError> {
        self.flush().await?;
        self.outbox = bytes.to_vec();
        self.flush().await?;
        match &mut self.way {
            Way::Quic(quic) if is_last => quic.fall_silent(),
            Way::Tcp(tcp) if is_last => tcp.fall_silent().await,
            Way::Quic(_) | Way::Tcp(_) => Ok(()),
        }
    }

    /// Waits for the next message. One of a kind that only a later release knows comes as [`Message::Unknown`].
    pub async fn receive(&mut self) -> Result<Message, ReceiveError> {
        loop {
            let closes = matches!(self.way, Way::Tcp(_)) && tcp::begins_to_close(&self.inbox);
            if !closes && let Some(body) = self.inbox.next_frame()? {
                self.app_down += (LENGTH_BYTES + body.len()) as u64;
                return Ok(Message::from_bytes(body)?);
            }
            let most = self.limits.room(Direction::Down, READ_BYTES).await;
            let before = self.inbox.unread().len();
            let arrived = match &mut self.way {
                Way::Quic(quic) => quic.read(&mut self.inbox, most).await?,
                Way::Tcp(tcp) => tcp.read(&mut self.inbox, most).await?,
            };
            self.note_came(before);
            match (arrived, &self.way) {
                (Arrived::More, _) => {}
                (Arrived::End, _) if self.inbox.is_midway() => return Err(ReceiveError::CutShort),
                (Arrived::End, Way::Quic(quic)) => return Err(quic.farewell().await),
                (Arrived::End, Way::Tcp(_)) => {
                    let code = RefusalCode::Done;
                    return Err(ReceiveError::Closed { code });
                }
            }
        }
    }

    /// Hands a message over like [`Link::send`], but comes back every second to say how things stand. It is called
    /// with the message first and then without, until it is done.
    pub async fn send_a_while(
        &mut self,
        message: Option<&Message>,
    ) -> Result<Waited<()>, SendError> {
        if let Some(message) = message {
            let frame = to_frame(message)?;
            self.app_up += frame.len() as u64;
            self.outbox.extend_from_slice(&frame);
        }
        match timeout(LOOK, self.flush()).await {
            Ok(sent) => sent.map(Waited::Done),
            Err(_not_yet) => Ok(self.look()),
        }
    }

    /// Waits for the next message like [`Link::receive`], but comes back every second to say how things stand.
    pub async fn receive_a_while(&mut self) -> Result<Waited<Message>, ReceiveError> {
        match timeout(LOOK, self.receive()).await {
            Ok(received) => received.map(Waited::Done),
            Err(_not_yet) => Ok(self.look()),
        }
    }

    fn look<T>(&mut self) -> Waited<T> {
        let passed = self.looked.elapsed();
        self.looked = Instant::now();
        let is_silent = match &self.way {
            Way::Quic(quic) => self.watchdog.look(quic.signs(), passed),
            Way::Tcp(tcp) => tcp.is_silent(),
        };
        if is_silent {
            Waited::Silent
        } else {
            Waited::Alive
        }
    }

    /// Closes the link with a code that the peer reads, once the peer has what was sent before; it waits for that at most
    /// ten seconds.
    pub async fn close(&mut self, code: RefusalCode) {
        let flushed = timeout(FAREWELL, self.flush()).await;
        match &mut self.way {
            Way::Quic(quic) => {
                if quic.is_open() {
                    let delivered = timeout(FAREWELL, quic.delivered()).await;
                    if !matches!((flushed, delivered), (Ok(Ok(())), Ok(true))) {
                        tracing::debug!(?code, "a link closed before all was delivered");
                    }
                }
                quic.abort(code).await;
            }
            Way::Tcp(tcp) => tcp.close(code).await,
        }
    }

    /// Closes the link at once; what the peer has not received yet, it never will.
    pub async fn abort(&mut self, code: RefusalCode) {
        match &mut self.way {
            Way::Quic(quic) => quic.abort(code).await,
            Way::Tcp(tcp) => tcp.abort(code).await,
        }
    }

    /// Takes note of what has come on top of so many bytes.
    fn note_came(&mut self, before: usize) {
        let came = self.inbox.unread().len().saturating_sub(before);
        self.limits.carried(Direction::Down, came);
    }

    async fn flush(&mut self) -> Result<(), SendError> {
        while !self.outbox.is_empty() {
            let most = self.limits.room(Direction::Up, PIECE_BYTES).await;
            let before = self.inbox.unread().len();
            let piece = self.outbox.get(..most).unwrap_or(&self.outbox);
            let written = match &mut self.way {
                Way::Quic(quic) => quic.write(piece).await?,
                Way::Tcp(tcp) => tcp.write(piece, &mut self.inbox).await?,
            };
            self.outbox.drain(..written);
            self.limits.carried(Direction::Up, written);
            self.note_came(before);
        }
        match &mut self.way {
            Way::Quic(_) => Ok(()),
            Way::Tcp(tcp) => tcp.flush(&mut self.inbox).await,
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        match &self.way {
            // After a close this does nothing.
            Way::Quic(quic) => quic::close(&quic.connection, RefusalCode::Stopping),
            // It says so itself.
            Way::Tcp(_) => {}
        }
    }
}

/// Closes a link from elsewhere: a device was revoked while it was connected.
#[derive(Clone)]
pub struct LinkCloser(Closing);

#[derive(Clone)]
enum Closing {
    Quic(quinn::Connection),
    Tcp(Arc<Order>),
}

impl LinkCloser {
    /// Closes the link at once. Whoever waits on it learns that it was lost.
    pub fn close(&self, code: RefusalCode) {
        match &self.0 {
            Closing::Quic(connection) => quic::close(connection, code),
            Closing::Tcp(order) => give_order(order, code),
        }
    }
}

/// Tells a link to close, unless it was told so before.
pub(crate) fn give_order(order: &Order, code: RefusalCode) {
    order.send_if_modified(|given| {
        let is_first = given.is_none();
        given.get_or_insert(code);
        is_first
    });
}

impl fmt::Debug for LinkCloser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkCloser").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
