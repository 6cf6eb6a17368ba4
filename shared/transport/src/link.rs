//! A link: messages between a device and the hub, in order, over QUIC or over TCP.
//!
//! The device speaks first. [`Link::receive`], [`Link::send`] and [`Link::exchange`] may be dropped half-way, as `select!`
//! does, and called again: nothing is lost or sent twice.

mod errors;
mod exchange;
mod limits;
mod quic;
mod tcp;

use std::fmt;
use std::sync::Arc;

use crypto::PublicKey;
use tokio::time::{Instant, timeout};
use wire::{Inbox, Message, Outbox, RefusalCode, Version};

use crate::allowance::RateLimit;
use crate::settings::{FAREWELL, PIECE_BYTES};
use crate::watchdog::Watchdog;
pub use errors::{ExchangeError, ReceiveError, SendError};
pub use exchange::{Exchanged, Receiving, Waited};
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
    outbox: Outbox,
    app_up: u64,
    /// When something was last handed over, or began to wait for that.
    moved_up: Instant,
    /// When something last came.
    moved_down: Instant,
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
            outbox: Outbox::default(),
            app_up: 0,
            moved_up: Instant::now(),
            moved_down: Instant::now(),
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
            app_down: self.inbox.carried(),
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
        self.queue(message)?;
        self.flush().await
    }

    /// Has a message wait until [`Link::exchange`] hands it over. What is urgent goes first.
    pub fn queue(&mut self, message: &Message) -> Result<(), SendError> {
        if self.outbox.waiting() == 0 {
            self.moved_up = Instant::now();
        }
        self.outbox.push(message)?;
        self.note_version(message);
        Ok(())
    }

    /// Hands over all that waits.
    pub async fn hand_over(&mut self) -> Result<(), SendError> {
        self.flush().await
    }

    /// From version 2 on both ends read pieces.
    fn note_version(&mut self, message: &Message) {
        if let Message::Welcome(welcome) = message
            && welcome.version >= Version::TWO
        {
            self.outbox.may_cut();
        }
    }

    /// Hands bytes to the network that need be no message, and says that nothing follows if they are the last: what
    /// a peer may do that is broken, or worse.
    #[cfg(any(test, feature = "misbehaviour"))]
    pub async fn send_bytes(&mut self, bytes: &[u8], is_last: bool) -> Result<(), SendError> {
        self.flush().await?;
        let mut left = bytes;
        while !left.is_empty() {
            let written = match &mut self.way {
                Way::Quic(quic) => quic.write(left).await?,
                Way::Tcp(tcp) => tcp.write(left, &mut self.inbox).await?,
            };
            left = left.get(written..).unwrap_or_default();
        }
        match &mut self.way {
            Way::Quic(_) => {}
            Way::Tcp(tcp) => tcp.flush(&mut self.inbox).await?,
        }
        match &mut self.way {
            Way::Quic(quic) if is_last => quic.fall_silent(),
            Way::Tcp(tcp) if is_last => tcp.fall_silent().await,
            Way::Quic(_) | Way::Tcp(_) => Ok(()),
        }
    }

    /// Waits for the next message. One of a kind that only a later release knows comes as [`Message::Unknown`].
    pub async fn receive(&mut self) -> Result<Message, ReceiveError> {
        loop {
            if let Some(message) = self.next_message()? {
                return Ok(message);
            }
            let most = self.limits.room(Direction::Down, READ_BYTES).await;
            let before = self.inbox.unread().len();
            let arrived = match &mut self.way {
                Way::Quic(quic) => quic.read(&mut self.inbox, most).await?,
                Way::Tcp(tcp) => tcp.read(&mut self.inbox, most).await?,
            };
            self.note_came(before);
            self.note_end(arrived).await?;
        }
    }

    /// Returns the next message that has come.
    fn next_message(&mut self) -> Result<Option<Message>, ReceiveError> {
        if matches!(self.way, Way::Tcp(_)) && tcp::begins_to_close(&self.inbox) {
            return Ok(None);
        }
        let Some(body) = self.inbox.next_message()? else {
            return Ok(None);
        };
        let message = Message::from_bytes(body)?;
        self.note_version(&message);
        Ok(Some(message))
    }

    /// Tells why nothing follows, if nothing does.
    async fn note_end(&self, arrived: Arrived) -> Result<(), ReceiveError> {
        match (arrived, &self.way) {
            (Arrived::More, _) => Ok(()),
            (Arrived::End, _) if self.inbox.is_midway() => Err(ReceiveError::CutShort),
            (Arrived::End, Way::Quic(quic)) => Err(quic.farewell().await),
            (Arrived::End, Way::Tcp(_)) => {
                let code = RefusalCode::Done;
                Err(ReceiveError::Closed { code })
            }
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
        if came > 0 {
            self.moved_down = Instant::now();
        }
        self.limits.carried(Direction::Down, came);
    }

    fn note_went(&mut self, bytes: usize) {
        self.outbox.handed_over(bytes);
        self.app_up += bytes as u64;
        self.moved_up = Instant::now();
        self.limits.carried(Direction::Up, bytes);
    }

    async fn flush(&mut self) -> Result<(), SendError> {
        while !self.outbox.peek().is_empty() {
            let most = self.limits.room(Direction::Up, PIECE_BYTES).await;
            let before = self.inbox.unread().len();
            let waiting = self.outbox.peek();
            let piece = waiting.get(..most).unwrap_or(waiting);
            let written = match &mut self.way {
                Way::Quic(quic) => quic.write(piece).await?,
                Way::Tcp(tcp) => tcp.write(piece, &mut self.inbox).await?,
            };
            self.note_went(written);
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
