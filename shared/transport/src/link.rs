//! A link: messages between a device and the hub over one QUIC stream.
//!
//! The device opens the stream and speaks first. [`Link::receive`] and [`Link::send`] may be dropped half-way,
//! as `select!` does, and called again: nothing is lost or sent twice.

use std::error::Error;
use std::fmt;

use crypto::PublicKey;
use quinn::{
    Connection, ConnectionError, Endpoint, ReadError, RecvStream, SendStream, VarInt, WriteError,
};
use tokio::time::timeout;
use wire::{DecodeError, EncodeError, FrameTooLarge, LENGTH_BYTES, Message, RefusalCode, to_frame};

use crate::inbox::Inbox;
use crate::settings::{End, FAREWELL, LINGER, STALL};

/// How much is taken from a stream at once.
const READ_BYTES: usize = 16 << 10;

/// Why no message came.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The peer closed the link and said why; [`RefusalCode::Done`] is the good end.
    #[error("the peer closed the link ({code:?})")]
    Closed {
        /// Why.
        code: RefusalCode,
    },
    /// The network is gone, or the peer is: connect again later.
    #[error("the link was lost")]
    Lost(#[source] Box<dyn Error + Send + Sync>),
    /// The peer announced a frame above the limit: refuse it.
    #[error(transparent)]
    TooLarge(#[from] FrameTooLarge),
    /// A frame came that is not a message: refuse the peer.
    #[error("a message could not be read")]
    Damaged(#[from] DecodeError),
    /// The peer's stream ended in the middle of a message: refuse it, or connect again.
    #[error("a message was cut short")]
    CutShort,
    /// The peer began a message and did not go on: refuse it, or connect again.
    #[error("a message did not arrive whole in time")]
    Stalled,
}

impl ReceiveError {
    /// Returns the code to refuse the peer with, if it is to blame and still there.
    #[must_use]
    pub fn refusal(&self) -> Option<RefusalCode> {
        match self {
            Self::Closed { .. } | Self::Lost(_) => None,
            Self::TooLarge(_) => Some(RefusalCode::TooLarge),
            Self::Damaged(why) => Some((*why).into()),
            Self::CutShort | Self::Stalled => Some(RefusalCode::Malformed),
        }
    }
}

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The peer closed the link and said why.
    #[error("the peer closed the link ({code:?})")]
    Closed {
        /// Why.
        code: RefusalCode,
    },
    /// The network is gone, or the peer is: connect again later.
    #[error("the link was lost")]
    Lost(#[source] Box<dyn Error + Send + Sync>),
    /// The message is above a limit: it is a mistake of ours.
    #[error("a message could not be written")]
    Unsendable(#[from] EncodeError),
    /// The peer takes nothing: close the link.
    #[error("the peer stopped reading")]
    Stalled,
}

/// What a link has carried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Bytes in UDP datagrams sent: all that QUIC and TLS cost included, IP and UDP headers (28 bytes each) not.
    pub udp_up: u64,
    /// Bytes in UDP datagrams received.
    pub udp_down: u64,
    /// Bytes of frames sent: messages and their lengths.
    pub app_up: u64,
    /// Bytes of frames received.
    pub app_down: u64,
}

/// A connection between a device and the hub. Dropping it unclosed tells the peer that this end stopped.
pub struct Link {
    connection: Connection,
    peer: PublicKey,
    end: End,
    stream: Option<(SendStream, RecvStream)>,
    inbox: Inbox,
    /// Of the last frame, what is not handed to QUIC yet.
    outbox: Vec<u8>,
    app_up: u64,
    app_down: u64,
    /// A device has a socket for each link, and it lives as long.
    socket: Option<Endpoint>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("peer", &self.peer)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

impl Link {
    /// Makes the device's end.
    pub(crate) fn of_client(connection: Connection, hub: PublicKey, socket: Endpoint) -> Self {
        Self::new(connection, hub, End::Client, Some(socket))
    }

    /// Makes the hub's end.
    pub(crate) fn of_hub(connection: Connection, device: PublicKey) -> Self {
        Self::new(connection, device, End::Hub, None)
    }

    fn new(connection: Connection, peer: PublicKey, end: End, socket: Option<Endpoint>) -> Self {
        Self {
            connection,
            peer,
            end,
            stream: None,
            inbox: Inbox::default(),
            outbox: Vec::new(),
            app_up: 0,
            app_down: 0,
            socket,
        }
    }

    /// Returns the key that the peer has proved to hold. At the hub it says nothing yet about what the peer may do.
    #[must_use]
    pub const fn peer(&self) -> PublicKey {
        self.peer
    }

    /// Returns what the link has carried so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let stats = self.connection.stats();
        Counters {
            udp_up: stats.udp_tx.bytes,
            udp_down: stats.udp_rx.bytes,
            app_up: self.app_up,
            app_down: self.app_down,
        }
    }

    /// Returns a handle that closes the link from elsewhere, while it waits for a message.
    #[must_use]
    pub fn closer(&self) -> LinkCloser {
        LinkCloser(self.connection.clone())
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
        if let Some((send, _)) = self.stream.as_mut().filter(|_stream| is_last) {
            send.finish()
                .map_err(|closed| SendError::Lost(closed.into()))?;
        }
        Ok(())
    }

    /// Waits for the next message. One of a kind that only a later release knows comes as [`Message::Unknown`].
    pub async fn receive(&mut self) -> Result<Message, ReceiveError> {
        loop {
            if let Some(body) = self.inbox.next_frame()? {
                self.app_down += (LENGTH_BYTES + body.len()) as u64;
                return Ok(Message::from_bytes(body)?);
            }
            self.fill_inbox().await?;
        }
    }

    /// Closes the link with a code that the peer reads, once the peer has what was sent before; it waits for that at most
    /// ten seconds.
    pub async fn close(&mut self, code: RefusalCode) {
        if self.connection.close_reason().is_none() {
            let delivered = timeout(FAREWELL, self.delivered()).await;
            if !matches!(delivered, Ok(true)) {
                tracing::debug!(?code, "a link closed before all was delivered");
            }
        }
        self.abort(code).await;
    }

    /// Closes the link at once; what the peer has not received yet, it never will.
    pub async fn abort(&mut self, code: RefusalCode) {
        self.closer().close(code);
        if let Some(socket) = &self.socket {
            // The word of closing leaves with the first turn of the socket's task. Waiting longer would be
            // for a peer that is gone.
            if timeout(LINGER, socket.wait_idle()).await.is_err() {
                tracing::trace!("a link was not seen to close");
            }
        }
    }

    /// Waits until the peer has acknowledged all that was sent.
    async fn delivered(&mut self) -> bool {
        if self.stream.is_none() {
            return true;
        }
        if self.flush().await.is_err() {
            return false;
        }
        match &mut self.stream {
            Some((send, _)) => send.finish().is_ok() && matches!(send.stopped().await, Ok(None)),
            None => true,
        }
    }

    async fn flush(&mut self) -> Result<(), SendError> {
        while !self.outbox.is_empty() {
            let opening = open_stream(&self.connection, self.end, &mut self.stream);
            let (send, _) = timeout(STALL, opening)
                .await
                .map_err(|_late| SendError::Stalled)?
                .map_err(send_lost)?;
            let written = timeout(STALL, send.write(&self.outbox))
                .await
                .map_err(|_late| SendError::Stalled)?
                .map_err(write_error)?;
            self.outbox.drain(..written);
        }
        Ok(())
    }

    async fn fill_inbox(&mut self) -> Result<(), ReceiveError> {
        let (_, receive) = open_stream(&self.connection, self.end, &mut self.stream)
            .await
            .map_err(receive_lost)?;
        let reading = receive.read_chunk(READ_BYTES, true);
        let chunk = if self.inbox.is_midway() {
            timeout(STALL, reading)
                .await
                .map_err(|_late| ReceiveError::Stalled)?
        } else {
            reading.await
        };
        match chunk {
            Ok(Some(chunk)) => {
                self.inbox.push(&chunk.bytes);
                Ok(())
            }
            Ok(None) if self.inbox.is_midway() => Err(ReceiveError::CutShort),
            Ok(None) => Err(self.farewell().await),
            Err(why) => Err(read_error(why)),
        }
    }

    /// Waits for the code that follows the end of the peer's stream.
    async fn farewell(&self) -> ReceiveError {
        match timeout(FAREWELL, self.connection.closed()).await {
            Ok(why) => receive_lost(why),
            Err(_late) => ReceiveError::Closed {
                code: RefusalCode::Done,
            },
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // After a close this does nothing.
        self.closer().close(RefusalCode::Stopping);
    }
}

/// Closes a link from elsewhere: a device was revoked while it was connected.
#[derive(Clone)]
pub struct LinkCloser(Connection);

impl LinkCloser {
    /// Closes the link at once. Whoever waits on it learns that it was lost.
    pub fn close(&self, code: RefusalCode) {
        self.0.close(VarInt::from(u16::from(code)), &[]);
    }
}

impl fmt::Debug for LinkCloser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkCloser").finish_non_exhaustive()
    }
}

/// Opens the link's stream, or waits for the device to open it.
async fn open_stream<'a>(
    connection: &Connection,
    end: End,
    stream: &'a mut Option<(SendStream, RecvStream)>,
) -> Result<&'a mut (SendStream, RecvStream), ConnectionError> {
    let opened = match (stream.take(), end) {
        (Some(opened), _) => opened,
        (None, End::Client) => connection.open_bi().await?,
        (None, End::Hub) => connection.accept_bi().await?,
    };
    Ok(stream.insert(opened))
}

/// Returns the code that the peer closed the connection with, if it was the peer.
pub(crate) fn refusal(why: &ConnectionError) -> Option<RefusalCode> {
    match why {
        ConnectionError::ApplicationClosed(close) => {
            let code = u16::try_from(close.error_code.into_inner()).unwrap_or(u16::MAX);
            Some(code.into())
        }
        ConnectionError::VersionMismatch
        | ConnectionError::TransportError(_)
        | ConnectionError::ConnectionClosed(_)
        | ConnectionError::Reset
        | ConnectionError::TimedOut
        | ConnectionError::LocallyClosed
        | ConnectionError::CidsExhausted => None,
    }
}

fn receive_lost(why: ConnectionError) -> ReceiveError {
    match refusal(&why) {
        Some(code) => ReceiveError::Closed { code },
        None => ReceiveError::Lost(why.into()),
    }
}

fn send_lost(why: ConnectionError) -> SendError {
    match refusal(&why) {
        Some(code) => SendError::Closed { code },
        None => SendError::Lost(why.into()),
    }
}

fn read_error(why: ReadError) -> ReceiveError {
    match why {
        ReadError::ConnectionLost(why) => receive_lost(why),
        // The peer took back its stream: for us that is a message cut short.
        ReadError::Reset(_) => ReceiveError::CutShort,
        ReadError::ClosedStream | ReadError::IllegalOrderedRead | ReadError::ZeroRttRejected => {
            ReceiveError::Lost(why.into())
        }
    }
}

fn write_error(why: WriteError) -> SendError {
    match why {
        WriteError::ConnectionLost(why) => send_lost(why),
        WriteError::Stopped(_) => SendError::Stalled,
        WriteError::ClosedStream | WriteError::ZeroRttRejected => SendError::Lost(why.into()),
    }
}

#[cfg(test)]
mod tests;
