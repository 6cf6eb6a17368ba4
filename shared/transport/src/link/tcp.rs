//! A link over TLS 1.3 over TCP, for networks that let no UDP through.
//!
//! TCP has no codes for closing, so the last frame has length zero and is followed by two bytes: the code. While bytes
//! are written what arrives is taken in, as QUIC does it, so that two ends that both write do not wait for each other.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tokio_rustls::TlsStream;
use wire::{Inbox, LENGTH_BYTES, RefusalCode};

use super::exchange::Moved;
use super::{Arrived, Counters, ExchangeError, READ_BYTES, ReceiveError, SendError};
use crate::counted::Counted;
use crate::settings::{FAREWELL, IDLE, STALL, STREAM_WINDOW_BYTES, TCP_SILENCE};

/// Tells a link from elsewhere to close.
pub(crate) type Order = watch::Sender<Option<RefusalCode>>;

/// How long the word of closing may take to leave when nobody waits for the peer.
const PARTING: Duration = Duration::from_millis(500);

/// One end.
pub(crate) struct Tcp {
    stream: TlsStream<Counted<TcpStream>>,
    pub(super) order: Arc<Order>,
    ordered: watch::Receiver<Option<RefusalCode>>,
    /// When something last came.
    heard: Instant,
    /// When something was last sent that nothing has come after, if the peer has to answer.
    asked: Option<Instant>,
    /// The peer has said that nothing follows.
    has_ended: bool,
    /// We have said so.
    has_closed: bool,
    /// The hub's places are given back with the link.
    _place: Option<OwnedSemaphorePermit>,
}

impl Tcp {
    /// Takes over a stream whose handshake is done.
    pub(crate) fn new(
        stream: TlsStream<Counted<TcpStream>>,
        place: Option<OwnedSemaphorePermit>,
    ) -> Self {
        let (order, ordered) = watch::channel(None);
        Self {
            stream,
            order: Arc::new(order),
            ordered,
            heard: Instant::now(),
            asked: None,
            has_ended: false,
            has_closed: false,
            _place: place,
        }
    }

    /// Returns how the link is told to close from elsewhere.
    pub(crate) fn order(&self) -> &Arc<Order> {
        &self.order
    }

    pub(super) fn count(&self, counters: &mut Counters) {
        let counted = self.stream.get_ref().0;
        counters.udp_up = counted.written;
        counters.udp_down = counted.read;
    }

    /// Whether the peer has been silent for long although it was sent something. What TCP itself knows of it
    /// cannot be asked, and the hub may think for a while, so this is slower than it is with QUIC.
    pub(super) fn is_silent(&self) -> bool {
        self.asked.is_some_and(|it| it.elapsed() >= TCP_SILENCE)
    }

    /// Writes some bytes; returns how many are on their way. None are left behind.
    pub(super) async fn write(
        &mut self,
        piece: &[u8],
        inbox: &mut Inbox,
    ) -> Result<usize, SendError> {
        if let Some(code) = self.order_code() {
            return Err(SendError::Lost(closed_here(code)));
        }
        let mut ordered = self.ordered.clone();
        let written = tokio::select! {
            biased;
            _code = ordered.wait_for(Option::is_some) => return Err(SendError::Stalled),
            written = timeout(STALL, poll_fn(|context| self.poll_piece(context, piece, inbox))) => written,
        };
        let written = written
            .map_err(|_late| SendError::Stalled)?
            .map_err(|why| SendError::Lost(why.into()))?;
        self.asked.get_or_insert_with(Instant::now);
        Ok(written)
    }

    /// Writes a piece once all before it has left, and reads meanwhile.
    fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
        piece: &[u8],
        inbox: &mut Inbox,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(flushed) = Pin::new(&mut self.stream).poll_flush(context) {
            flushed?;
            if let Poll::Ready(written) = Pin::new(&mut self.stream).poll_write(context, piece) {
                return Poll::Ready(written);
            }
        }
        while !self.has_ended && inbox.unread().len() < STREAM_WINDOW_BYTES as usize {
            match self.poll_read(context, inbox, READ_BYTES) {
                Poll::Ready(read) => read?,
                Poll::Pending => break,
            }
        }
        Poll::Pending
    }

    /// Hands over what can be of these bytes, or takes in what comes, at most so much: whichever can be first. It waits
    /// for good if there is neither; what was written before leaves meanwhile.
    pub(super) async fn exchange(
        &mut self,
        piece: &[u8],
        inbox: &mut Inbox,
        most: usize,
    ) -> Result<Moved, ExchangeError> {
        if most > 0 {
            if let Some(code) = closing(inbox) {
                return Err(ReceiveError::Closed { code }.into());
            }
            if self.has_ended {
                return Ok(Moved::Down(Arrived::End));
            }
        }
        let idle_at = self.heard + IDLE;
        let mut ordered = self.ordered.clone();
        let moving = poll_fn(|context| {
            match Pin::new(&mut self.stream).poll_flush(context) {
                Poll::Ready(Ok(())) if !piece.is_empty() => {
                    if let Poll::Ready(written) =
                        Pin::new(&mut self.stream).poll_write(context, piece)
                    {
                        return Poll::Ready(written.map(Moved::Up));
                    }
                }
                Poll::Ready(Err(why)) => return Poll::Ready(Err(why)),
                Poll::Ready(Ok(())) | Poll::Pending => {}
            }
            if most == 0 {
                return Poll::Pending;
            }
            let read = self.poll_read(context, inbox, most);
            read.map_ok(|()| Moved::Down(Arrived::More))
        });
        let moved = tokio::select! {
            biased;
            code = ordered.wait_for(Option::is_some) => {
                let code = code.ok().and_then(|it| *it).unwrap_or(RefusalCode::Stopping);
                return Err(ReceiveError::Lost(closed_here(code)).into());
            }
            moved = moving => moved.map_err(|why| ReceiveError::Lost(why.into()))?,
            () = sleep_until(idle_at), if most > 0 && piece.is_empty() => {
                return Err(ReceiveError::Lost("nothing came for long".into()).into());
            }
        };
        if let Moved::Up(_) = moved {
            self.asked.get_or_insert_with(Instant::now);
        }
        Ok(moved)
    }

    /// Lets all that is written leave.
    pub(super) async fn flush(&mut self, inbox: &mut Inbox) -> Result<(), SendError> {
        let flushing = poll_fn(|context| {
            if let Poll::Ready(flushed) = Pin::new(&mut self.stream).poll_flush(context) {
                return Poll::Ready(flushed);
            }
            while !self.has_ended && inbox.unread().len() < STREAM_WINDOW_BYTES as usize {
                match self.poll_read(context, inbox, READ_BYTES) {
                    Poll::Ready(read) => read?,
                    Poll::Pending => break,
                }
            }
            Poll::Pending
        });
        timeout(STALL, flushing)
            .await
            .map_err(|_late| SendError::Stalled)?
            .map_err(|why| SendError::Lost(why.into()))
    }

    /// Takes in what has come.
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        inbox: &mut Inbox,
        most: usize,
    ) -> Poll<io::Result<()>> {
        let mut room = [0; READ_BYTES];
        let room = room.get_mut(..most).unwrap_or_default();
        let mut room = ReadBuf::new(room);
        match Pin::new(&mut self.stream).poll_read(context, &mut room) {
            Poll::Ready(Ok(())) => {
                self.has_ended |= room.filled().is_empty();
                inbox.push(room.filled());
                self.heard = Instant::now();
                self.asked = None;
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(why)) => Poll::Ready(Err(why)),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Waits for bytes.
    pub(super) async fn read(
        &mut self,
        inbox: &mut Inbox,
        most: usize,
    ) -> Result<Arrived, ReceiveError> {
        if let Some(code) = closing(inbox) {
            return Err(ReceiveError::Closed { code });
        }
        if self.has_ended {
            return Ok(Arrived::End);
        }
        let limit = if inbox.is_midway() {
            Instant::now() + STALL
        } else {
            self.heard + IDLE
        };
        let mut ordered = self.ordered.clone();
        let reading = poll_fn(|context| {
            // A send that was dropped half-way may have left something behind.
            if let Poll::Ready(Err(why)) = Pin::new(&mut self.stream).poll_flush(context) {
                return Poll::Ready(Err(why));
            }
            self.poll_read(context, inbox, most)
        });
        let read = tokio::select! {
            biased;
            code = ordered.wait_for(Option::is_some) => {
                let code = code.ok().and_then(|it| *it).unwrap_or(RefusalCode::Stopping);
                return Err(ReceiveError::Lost(closed_here(code)));
            }
            read = timeout_at(limit, reading) => read,
        };
        match read {
            Ok(Ok(())) => Ok(Arrived::More),
            Ok(Err(why)) => Err(ReceiveError::Lost(why.into())),
            Err(_late) if inbox.is_midway() => Err(ReceiveError::Stalled),
            Err(late) => Err(ReceiveError::Lost(late.into())),
        }
    }

    /// Says that nothing follows, without a code.
    #[cfg(any(test, feature = "misbehaviour"))]
    pub(super) async fn fall_silent(&mut self) -> Result<(), SendError> {
        poll_fn(|context| Pin::new(&mut self.stream).poll_shutdown(context))
            .await
            .map_err(|why| SendError::Lost(why.into()))
    }

    /// Closes with a code, and waits until the peer has closed too: then it has all that was sent.
    pub(super) async fn close(&mut self, code: RefusalCode) {
        if !self.part(code, FAREWELL).await {
            return;
        }
        let gone = poll_fn(|context| {
            let mut nothing = Inbox::default();
            loop {
                match self.poll_read(context, &mut nothing, READ_BYTES) {
                    Poll::Ready(Ok(())) if !self.has_ended => nothing = Inbox::default(),
                    Poll::Ready(_ended) => return Poll::Ready(()),
                    Poll::Pending => return Poll::Pending,
                }
            }
        });
        if timeout(FAREWELL, gone).await.is_err() {
            tracing::debug!(?code, "a link closed before all was delivered");
        }
    }

    /// Closes with a code at once.
    pub(super) async fn abort(&mut self, code: RefusalCode) {
        self.part(code, PARTING).await;
    }

    /// Sends the closing frame and ends the stream; tells whether that went well, the first time.
    async fn part(&mut self, code: RefusalCode, limit: Duration) -> bool {
        if std::mem::replace(&mut self.has_closed, true) {
            return false;
        }
        let frame = closing_frame(self.order_code().unwrap_or(code));
        let mut left = frame.as_slice();
        let parting = poll_fn(|context| {
            while !left.is_empty() {
                match Pin::new(&mut self.stream).poll_write(context, left) {
                    Poll::Ready(Ok(written)) => left = left.get(written..).unwrap_or_default(),
                    Poll::Ready(Err(why)) => return Poll::Ready(Err(why)),
                    Poll::Pending => return Poll::Pending,
                }
            }
            Pin::new(&mut self.stream).poll_shutdown(context)
        });
        matches!(timeout(limit, parting).await, Ok(Ok(())))
    }

    fn order_code(&self) -> Option<RefusalCode> {
        *self.ordered.borrow()
    }
}

/// Says that this end stopped, if that can be said at once.
impl Drop for Tcp {
    fn drop(&mut self) {
        if self.has_closed {
            return;
        }
        let frame = closing_frame(self.order_code().unwrap_or(RefusalCode::Stopping));
        let mut context = Context::from_waker(Waker::noop());
        let said = Pin::new(&mut self.stream).poll_write(&mut context, &frame);
        let ended = Pin::new(&mut self.stream).poll_shutdown(&mut context);
        if said.is_pending() || ended.is_pending() {
            tracing::trace!("a link ended without a word");
        }
    }
}

fn closed_here(code: RefusalCode) -> Box<dyn std::error::Error + Send + Sync> {
    format!("this end closed the link ({code:?})").into()
}

fn closing_frame(code: RefusalCode) -> Vec<u8> {
    let mut frame = vec![0; LENGTH_BYTES];
    frame.extend_from_slice(&u16::from(code).to_be_bytes());
    frame
}

/// Returns the code of a closing frame, if that is what comes next.
pub(super) fn closing(inbox: &Inbox) -> Option<RefusalCode> {
    let code = inbox.unread().strip_prefix(&[0; LENGTH_BYTES])?;
    Some(u16::from_be_bytes(*code.first_chunk()?).into())
}

/// Whether a closing frame has begun.
pub(super) fn begins_to_close(inbox: &Inbox) -> bool {
    inbox.unread().starts_with(&[0; LENGTH_BYTES])
}
