//! A link over one stream of a QUIC connection. The device opens the stream and speaks first.

use quinn::{
    Chunk, Connection, ConnectionError, Endpoint, ReadError, RecvStream, SendStream, VarInt,
    WriteError,
};
use tokio::time::timeout;
use wire::{Inbox, RefusalCode};

use super::exchange::Moved;
use super::{Arrived, Counters, ExchangeError, ReceiveError, SendError};
use crate::settings::{End, FAREWELL, LINGER, STALL, send_window};
use crate::watchdog::Signs;

/// One end.
pub(crate) struct Quic {
    pub(super) connection: Connection,
    end: End,
    stream: Option<(SendStream, RecvStream)>,
    /// A device has a socket for each link, and it lives as long.
    socket: Option<Endpoint>,
}

impl Quic {
    /// Makes the device's end.
    pub(crate) fn of_client(connection: Connection, socket: Endpoint) -> Self {
        Self::new(connection, End::Client, Some(socket))
    }

    /// Makes the hub's end.
    pub(crate) fn of_hub(connection: Connection) -> Self {
        Self::new(connection, End::Hub, None)
    }

    fn new(connection: Connection, end: End, socket: Option<Endpoint>) -> Self {
        Self {
            connection,
            end,
            stream: None,
            socket,
        }
    }

    pub(super) fn count(&self, counters: &mut Counters) {
        let stats = self.connection.stats();
        counters.udp_up = stats.udp_tx.bytes;
        counters.udp_down = stats.udp_rx.bytes;
    }

    pub(super) fn signs(&self) -> Signs {
        Signs::of(&self.connection.stats())
    }

    /// Hands over what can be of these bytes, or takes in what comes, at most so much: whichever can be first. It waits
    /// for good if there is neither.
    pub(super) async fn exchange(
        &mut self,
        piece: &[u8],
        inbox: &mut Inbox,
        most: usize,
    ) -> Result<Moved, ExchangeError> {
        self.narrow();
        let (send, receive) = open_stream(&self.connection, self.end, &mut self.stream)
            .await
            .map_err(receive_lost)?;
        tokio::select! {
            chunk = receive.read_chunk(most, true), if most > 0 => {
                Ok(Moved::Down(take_in(chunk, inbox)?))
            }
            written = send.write(piece), if !piece.is_empty() => {
                Ok(Moved::Up(written.map_err(write_error)?))
            }
            else => std::future::pending().await,
        }
    }

    /// What is handed over cannot be overtaken any more, so no more is than keeps the link busy.
    fn narrow(&self) {
        let path = self.connection.stats().path;
        let window = send_window(path.cwnd, path.rtt);
        self.connection.set_send_window(window);
    }

    /// Hands some bytes to QUIC; returns how many.
    pub(super) async fn write(&mut self, piece: &[u8]) -> Result<usize, SendError> {
        self.narrow();
        let opening = open_stream(&self.connection, self.end, &mut self.stream);
        let (send, _) = timeout(STALL, opening)
            .await
            .map_err(|_late| SendError::Stalled)?
            .map_err(send_lost)?;
        timeout(STALL, send.write(piece))
            .await
            .map_err(|_late| SendError::Stalled)?
            .map_err(write_error)
    }

    /// Says that nothing follows.
    #[cfg(any(test, feature = "misbehaviour"))]
    pub(super) fn fall_silent(&mut self) -> Result<(), SendError> {
        match &mut self.stream {
            Some((send, _)) => send
                .finish()
                .map_err(|closed| SendError::Lost(closed.into())),
            None => Ok(()),
        }
    }

    /// Waits for bytes.
    pub(super) async fn read(
        &mut self,
        inbox: &mut Inbox,
        most: usize,
    ) -> Result<Arrived, ReceiveError> {
        let (_, receive) = open_stream(&self.connection, self.end, &mut self.stream)
            .await
            .map_err(receive_lost)?;
        let reading = receive.read_chunk(most, true);
        let chunk = if inbox.is_midway() {
            timeout(STALL, reading)
                .await
                .map_err(|_late| ReceiveError::Stalled)?
        } else {
            reading.await
        };
        take_in(chunk, inbox)
    }

    /// Waits for the code that follows the end of the peer's stream.
    pub(super) async fn farewell(&self) -> ReceiveError {
        match timeout(FAREWELL, self.connection.closed()).await {
            Ok(why) => receive_lost(why),
            Err(_late) => ReceiveError::Closed {
                code: RefusalCode::Done,
            },
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.connection.close_reason().is_none()
    }

    /// Waits until the peer has acknowledged all that was sent.
    pub(super) async fn delivered(&mut self) -> bool {
        match &mut self.stream {
            Some((send, _)) => send.finish().is_ok() && matches!(send.stopped().await, Ok(None)),
            None => true,
        }
    }

    /// Closes the connection at once.
    pub(super) async fn abort(&mut self, code: RefusalCode) {
        close(&self.connection, code);
        if let Some(socket) = &self.socket {
            // The word of closing leaves with the first turn of the socket's task. Waiting longer would be
            // for a peer that is gone.
            if timeout(LINGER, socket.wait_idle()).await.is_err() {
                tracing::trace!("a link was not seen to close");
            }
        }
    }
}

fn take_in(
    chunk: Result<Option<Chunk>, ReadError>,
    inbox: &mut Inbox,
) -> Result<Arrived, ReceiveError> {
    match chunk {
        Ok(Some(chunk)) => {
            inbox.push(&chunk.bytes);
            Ok(Arrived::More)
        }
        Ok(None) => Ok(Arrived::End),
        Err(why) => Err(read_error(why)),
    }
}

/// Closes a connection at once. After the first time it does nothing.
pub(super) fn close(connection: &Connection, code: RefusalCode) {
    connection.close(VarInt::from(u16::from(code)), &[]);
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
