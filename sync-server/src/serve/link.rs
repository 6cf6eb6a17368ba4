//! One link: its messages to the hub's thread, the hub's messages to it.
//!
//! The next message is taken from the network only when the hub is done with the last one. So a link never has more than
//! one message waiting, whatever its peer sends. What the hub says meanwhile is handed over beside that, the urgent
//! before the rest; a peer that does not take its answers is not heard until it does.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use transport::{ExchangeError, Exchanged, Link, ReceiveError, Receiving, SendError};
use wire::{Message, RefusalCode, Refused, Wait};

use super::worker::{Admitted, Job};
use crate::driver::Output;

/// How long a link may be silent before its first message: the handshake is done, HELLO or ENROL is ready to be sent.
const FIRST_MESSAGE: Duration = Duration::from_secs(30);

/// How long a link may live whose peer is not enrolled: long enough for someone to compare six words.
const STRANGER: Duration = Duration::from_secs(300);

/// How long a peer has to take a refusal.
const REFUSAL: Duration = Duration::from_secs(15);

/// How long nothing is said to a peer that waits for an answer: a third of the time after which a silent link is lost.
const SILENCE: Duration = Duration::from_secs(60);

/// How many answers may wait to be handed over before the peer is not heard: a session owes four at most for its
/// segments, and one for each of a few questions.
const MAX_ANSWERS: usize = 8;

/// How many messages may wait to be handed over. A session has at most eight batches under way.
const MAX_WAITING: usize = 16;

/// How many peers that are not admitted are told so in words at once. With more, the link is dropped: whoever makes keys
/// up must not take the places of devices.
pub(super) const MAX_REFUSED: usize = 32;

/// How many links are closed well at once. With more, they are dropped: what they were to hear they ask for again.
const MAX_CLOSING: usize = 64;

/// How many may be taken leave of in words: strangers take no device's place.
pub(super) struct Farewells {
    of_peers: Semaphore,
    of_refused: Semaphore,
}

impl Default for Farewells {
    fn default() -> Self {
        Self {
            of_peers: Semaphore::new(MAX_CLOSING),
            of_refused: Semaphore::new(MAX_REFUSED),
        }
    }
}

/// Carries a link until it ends. Its place is another's once the hub has forgotten the peer: to close a link well takes
/// up to ten seconds, and who comes again and again must not take the places of others meanwhile.
pub(super) async fn converse(
    mut link: Link,
    jobs: mpsc::Sender<Job>,
    farewells: Arc<Farewells>,
    place: OwnedSemaphorePermit,
) {
    let (reply, admitted) = oneshot::channel();
    let admit = Job::Admit {
        key: link.peer(),
        closer: link.closer(),
        reply,
    };
    if jobs.send(admit).await.is_err() {
        return link.abort(RefusalCode::Stopping).await;
    }
    match admitted.await {
        Ok(Ok(admitted)) => {
            let (id, is_device) = (admitted.id, admitted.device.is_some());
            let code = Conversation::new(&mut link, &jobs, admitted).run().await;
            jobs.send(Job::Gone { id }).await.unwrap_or_default();
            drop(place);
            let places = match is_device {
                true => &farewells.of_peers,
                false => &farewells.of_refused,
            };
            match places.try_acquire() {
                Ok(_farewell) => link.close(code).await,
                Err(_none_left) => link.abort(code).await,
            }
        }
        Ok(Err(code)) => match farewells.of_refused.try_acquire() {
            Ok(_place) => refuse(&mut link, code).await,
            Err(_none_left) => link.abort(code).await,
        },
        Err(_stopped) => link.abort(RefusalCode::Stopping).await,
    }
}

/// Tells a peer why it is not admitted. The stream is the peer's to open, so its first message is awaited.
async fn refuse(link: &mut Link, code: RefusalCode) {
    let farewell = async {
        if link.receive().await.is_ok() {
            let refused = Message::Refused(Refused {
                code,
                text: String::new(),
            });
            if let Err(error) = link.send(&refused).await {
                tracing::debug!(%error, "a refusal was not sent");
            }
        }
        link.close(code).await;
    };
    if timeout(REFUSAL, farewell).await.is_err() {
        link.abort(code).await;
    }
}

/// Notes why a message was not sent. That a link is lost is every day's; a message that cannot be written is our own
/// mistake, and its device will not get further by coming again.
fn note_unsent(error: &SendError) {
    match error {
        SendError::Unsendable(why) => tracing::error!(%error, %why, "a link was ended"),
        SendError::Closed { .. } | SendError::Lost(_) | SendError::Stalled | _ => {
            tracing::debug!(%error, "a link was lost");
        }
    }
}

/// How long a peer is borne with that says nothing, or is nobody yet.
struct Patience {
    until: Option<Instant>,
    is_device: bool,
    /// It has said nothing yet.
    is_silent: bool,
}

impl Patience {
    fn begin(is_device: bool) -> Self {
        Self {
            until: Some(Instant::now() + FIRST_MESSAGE),
            is_device,
            is_silent: true,
        }
    }

    /// The peer said something.
    fn heard(&mut self) {
        if std::mem::take(&mut self.is_silent) {
            self.until = (!self.is_device).then(|| Instant::now() + STRANGER);
        }
    }

    /// The peer was told something: whoever is welcome has become a device, perhaps on this very link.
    const fn said(&mut self, message: &Message) {
        if let Message::Welcome(_) = message {
            self.until = None;
        }
    }
}

struct Conversation<'a> {
    link: &'a mut Link,
    jobs: &'a mpsc::Sender<Job>,
    peer: Admitted,
    patience: Patience,
    /// Resolves when the hub is done with the last message.
    under_way: Option<oneshot::Receiver<()>>,
    /// When something was last said to the peer, or asked by it.
    said: Instant,
    /// After how long it is told that its answer will come.
    silence: Duration,
}

impl<'a> Conversation<'a> {
    fn new(link: &'a mut Link, jobs: &'a mpsc::Sender<Job>, peer: Admitted) -> Self {
        let patience = Patience::begin(peer.device.is_some());
        Self {
            link,
            jobs,
            peer,
            patience,
            under_way: None,
            said: Instant::now(),
            silence: SILENCE,
        }
    }

    /// Carries messages until the link is to be closed; returns with which code.
    async fn run(mut self) -> RefusalCode {
        loop {
            let deadline = self.patience.until;
            let (waiting_to_go, answers) = self.link.waiting();
            let receiving = if self.under_way.is_none() && answers < MAX_ANSWERS {
                Receiving::Wanted
            } else {
                Receiving::Unwanted
            };
            let owes = self.under_way.is_some() && waiting_to_go == 0;
            let done = async {
                match &mut self.under_way {
                    Some(receiver) => receiver.await.is_ok(),
                    None => std::future::pending().await,
                }
            };
            let waiting = deadline.is_some();
            tokio::select! {
                biased;
                output = self.peer.outputs.recv(), if waiting_to_go < MAX_WAITING => {
                    match self.carry(output) {
                        Ok(()) => {}
                        Err(code) => return code,
                    }
                }
                done = done => match done {
                    true => self.under_way = None,
                    false => return RefusalCode::Stopping,
                },
                exchanged = self.link.exchange(receiving) => {
                    match self.note(exchanged).await {
                        Ok(()) => {}
                        Err(code) => return code,
                    }
                }
                () = sleep_until(self.said + self.silence), if owes => {
                    // Merging what came may take the hub minutes.
                    if let Err(code) = self.carry(Some(Output::Send(Message::Wait(Wait {})))) {
                        return code;
                    }
                }
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if waiting => {
                    return RefusalCode::Done;
                }
            }
        }
    }

    fn carry(&mut self, output: Option<Output>) -> Result<(), RefusalCode> {
        match output {
            Some(Output::Send(message)) => {
                self.patience.said(&message);
                self.said = Instant::now();
                self.link.queue(&message).map_err(|error| {
                    note_unsent(&error);
                    RefusalCode::Done
                })
            }
            Some(Output::Close(code)) => Err(code),
            // The hub's thread spreads this itself.
            Some(Output::Grew(_)) => Ok(()),
            None => Err(RefusalCode::Stopping),
        }
    }

    async fn note(
        &mut self,
        exchanged: Result<Exchanged, ExchangeError>,
    ) -> Result<(), RefusalCode> {
        match exchanged {
            Ok(Exchanged::Came(message)) => self.hand_in(*message).await,
            Ok(Exchanged::Went) => Ok(()),
            Err(ExchangeError::Send(error)) => {
                note_unsent(&error);
                Err(RefusalCode::Done)
            }
            Err(ExchangeError::Receive(error)) => Err(self.broken(&error).await),
        }
    }

    async fn hand_in(&mut self, message: Message) -> Result<(), RefusalCode> {
        self.patience.heard();
        self.said = Instant::now();
        let (done, under_way) = oneshot::channel();
        let job = Job::Received {
            id: self.peer.id,
            message,
            done,
        };
        self.jobs
            .send(job)
            .await
            .map_err(|_stopped| RefusalCode::Stopping)?;
        self.under_way = Some(under_way);
        Ok(())
    }

    /// Tells a peer what is wrong with what it sent, if it is still there.
    async fn broken(&mut self, error: &ReceiveError) -> RefusalCode {
        let Some(code) = error.refusal() else {
            return RefusalCode::Done;
        };
        tracing::info!(device = self.peer.device.map(|it| it.0), ?code, %error, "a peer was refused");
        let refused = Message::Refused(Refused {
            code,
            text: String::new(),
        });
        match timeout(REFUSAL, self.link.send(&refused)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "a refusal was not sent"),
            Err(_late) => tracing::debug!("a refusal was not sent in time"),
        }
        code
    }
}

#[cfg(test)]
mod tests;
