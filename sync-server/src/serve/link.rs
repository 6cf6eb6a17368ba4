//! One link: its messages to the hub's thread, the hub's messages to it.
//!
//! The next message is taken from the network only when the hub is done with the last one. So a link never has more than
//! one message waiting, whatever its peer sends. What the hub says meanwhile is handed over beside that, the urgent
//! before the rest; a peer that does not take its answers is not heard until it does.

use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot};
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

/// Carries a link until it ends.
pub(super) async fn converse(mut link: Link, jobs: mpsc::Sender<Job>, refusals: &Semaphore) {
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
            let id = admitted.id;
            let code = Conversation::new(&mut link, &jobs, admitted).run().await;
            // The hub forgets the peer first: a link takes up to ten seconds to close well.
            jobs.send(Job::Gone { id }).await.unwrap_or_default();
            link.close(code).await;
        }
        Ok(Err(code)) => match refusals.try_acquire() {
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
mod tests {
    use std::io::{self, Write};
    use std::net::{Ipv4Addr, SocketAddr};
    use std::sync::{Arc, Mutex};

    use crypto::SigningKey;
    use transport::{Listener, connect};
    use wire::EncodeError;

    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed([seed; 32])
    }

    /// What was logged.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Returns what is logged, as it is by default, of a message that was not sent.
    fn logged(error: &SendError) -> String {
        let lines = Lines::default();
        let written = lines.clone();
        let log = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::INFO)
            .with_ansi(false)
            .with_writer(move || written.clone())
            .finish();
        tracing::subscriber::with_default(log, || note_unsent(error));
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_stranger_has_little_time_until_it_is_welcome() {
        let mut patience = Patience::begin(false);
        let silent = patience.until;
        patience.heard();
        let speaking = patience.until;
        assert!(silent < speaking && silent.is_some());
        patience.heard();
        assert_eq!(patience.until, speaking, "it cannot be talked longer");
        patience.said(&Message::Done(wire::Done::default()));
        assert!(patience.until.is_some());

        patience.said(&Message::Welcome(wire::Welcome {
            version: wire::Version::TWO,
            stored: vec![],
            feeds: vec![],
            roster: None,
            time_ms: 0,
            checkpoint: None,
            repair: vec![],
            takes_early: true,
            files_told: 0,
        }));

        assert!(patience.until.is_none());
    }

    #[test]
    fn a_device_has_little_time_for_its_first_message() {
        let mut patience = Patience::begin(true);
        assert!(patience.until.is_some());

        patience.heard();

        assert!(patience.until.is_none());
    }

    #[test]
    fn a_message_that_cannot_be_written_is_an_error_in_the_log() {
        let what = "the feeds";

        let line = logged(&SendError::Unsendable(EncodeError::TooLarge { what }));

        assert!(line.contains("ERROR") && line.contains(what), "{line:?}");
        assert_eq!(logged(&SendError::Stalled), "");
    }

    #[tokio::test]
    async fn a_peer_whose_answer_takes_long_is_told_that_it_will_come() {
        let (own, hub) = (key(1), key(2));
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut listener = Listener::bind(anywhere, &hub).unwrap();
        let address = listener.local_addr().unwrap();
        let hub = hub.public();
        let (peer, link) = tokio::join!(connect(address, &own, &hub), listener.accept());
        let (mut peer, mut link) = (peer.unwrap(), link.unwrap());
        // The hub takes the job, and is at it for ever.
        let (jobs, _job) = mpsc::channel(1);
        let (_said, outputs) = mpsc::channel(1);
        let admitted = Admitted {
            id: 1,
            device: Some(record::DeviceId(1)),
            outputs,
        };
        let conversation = Conversation {
            silence: Duration::from_millis(5),
            ..Conversation::new(&mut link, &jobs, admitted)
        };
        peer.send(&Message::Done(wire::Done::default()))
            .await
            .unwrap();

        let told = async { (peer.receive().await, peer.receive().await) };
        let told = tokio::select! {
            code = conversation.run() => panic!("it ended: {code:?}"),
            told = told => told,
        };

        for message in [told.0, told.1] {
            assert_eq!(message.unwrap(), Message::Wait(Wait {}));
        }
    }
}
