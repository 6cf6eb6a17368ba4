//! The thread that owns the hub: it takes jobs, gives every peer one step at a time, and merges in between.

mod group;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crypto::PublicKey;
use record::{DeviceId, ScopeId};
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};
use transport::LinkCloser;
use wire::{Message, RefusalCode};

use audit::SessionEvent;
use store::StoreError;

use crate::driver::{HubDriver, Output};
use crate::hub::Hub;
use crate::materialise::STEP;
use crate::pen::Subject;

/// How many messages may wait for one link. A session has at most eight batches under way, and an answer or two.
const MAX_OUTPUTS: usize = 64;

/// How many links may be open whose peers are not enrolled.
pub(super) const MAX_STRANGERS: usize = 32;

/// How often the roster is looked at for devices that were revoked meanwhile.
const WATCH: Duration = Duration::from_millis(500);

/// How long a hub that is behind waits for a job before it merges: the segments of one upload follow each other
/// faster, and many changes of a chart cost little more than one if they are merged together.
const QUIET: Duration = Duration::from_millis(20);

/// How often merging may be put off for jobs: an upload without end must not keep others waiting.
const MAX_PUT_OFF: u32 = 64;

/// What a link's task asks of the hub's thread.
pub(super) enum Job {
    /// May this key come in?
    Admit {
        /// The key that the link proved.
        key: PublicKey,
        /// Closes the link from here.
        closer: LinkCloser,
        /// The answer.
        reply: oneshot::Sender<Result<Admitted, RefusalCode>>,
    },
    /// A message came.
    Received {
        /// From whom.
        id: u64,
        /// What.
        message: Message,
        /// Told when everything that follows from it is done.
        done: oneshot::Sender<()>,
    },
    /// A link ended.
    Gone {
        /// Whose.
        id: u64,
    },
    /// Finish.
    Stop,
}

/// What an admitted link gets.
pub(super) struct Admitted {
    /// Names the link to the hub's thread.
    pub(super) id: u64,
    /// The device; none while it enrols.
    pub(super) device: Option<DeviceId>,
    /// What is to be sent.
    pub(super) outputs: mpsc::Receiver<Output>,
}

/// One open link.
struct Peer {
    driver: HubDriver,
    closer: LinkCloser,
    outputs: mpsc::Sender<Output>,
    done: Option<oneshot::Sender<()>>,
}

/// Owns the hub.
pub(super) struct Worker {
    hub: Hub,
    jobs: mpsc::Receiver<Job>,
    peers: BTreeMap<u64, Peer>,
    next_id: u64,
    watched: Instant,
    /// There may be entries that nobody has looked into.
    behind: bool,
    /// Looking into them failed: it is tried again after a while.
    failed: bool,
    /// How often merging was put off since the last time.
    put_off: u32,
}

impl Worker {
    /// Takes the hub over and notes that it serves.
    pub(super) fn start(mut hub: Hub, jobs: mpsc::Receiver<Job>) -> Result<Self, StoreError> {
        let started = hub.entry(SessionEvent::Started, Subject::default());
        hub.note(vec![started])?;
        hub.sign_checkpoint()?;
        let watched = Instant::now();
        Ok(Self {
            hub,
            jobs,
            peers: BTreeMap::new(),
            next_id: 1,
            watched,
            behind: true,
            failed: false,
            put_off: 0,
        })
    }

    /// Works until told to stop.
    pub(super) fn run(mut self, handle: &Handle) {
        loop {
            let job = self.next_job(handle);
            let quiet = job.is_none() && !self.is_busy();
            match job {
                Some(Job::Stop) => break,
                Some(job) => self.take(job),
                None => {}
            }
            self.step_peers();
            self.merge_in_turn(quiet);
            if quiet {
                self.look_into_numbers();
            }
            self.watch_roster();
        }
        self.stop();
    }

    /// Merges what is stored if nothing else is to be done, and now and then whatever is.
    fn merge_in_turn(&mut self, quiet: bool) {
        self.put_off += 1;
        if quiet || self.put_off >= MAX_PUT_OFF {
            self.put_off = 0;
            self.materialise();
        }
    }

    /// Tells whether a peer has something to be done.
    fn is_busy(&self) -> bool {
        self.peers.values().any(|it| !it.driver.is_idle())
    }

    /// Returns a job; waits for one only if there is nothing else to do.
    fn next_job(&mut self, handle: &Handle) -> Option<Job> {
        match self.jobs.try_recv() {
            Ok(job) => return Some(job),
            Err(TryRecvError::Disconnected) => return Some(Job::Stop),
            Err(TryRecvError::Empty) => {}
        }
        if self.is_busy() {
            return None;
        }
        let patience = if self.behind { QUIET } else { WATCH };
        let waiting = async { tokio::time::timeout(patience, self.jobs.recv()).await };
        match handle.block_on(waiting) {
            Ok(job) => Some(job.unwrap_or(Job::Stop)),
            Err(_elapsed) => None,
        }
    }

    fn take(&mut self, job: Job) {
        match job {
            Job::Admit { key, closer, reply } => {
                let admitted = self.admit(key, closer);
                if let Err(code) = &admitted {
                    tracing::info!(key = %key.fingerprint(), ?code, "a peer was refused");
                }
                let id = admitted.as_ref().map_or(0, |it| it.id);
                if reply.send(admitted).is_err() {
                    self.peers.remove(&id);
                }
            }
            Job::Received { id, message, done } => {
                // A peer that is gone drops the sender, and so the link learns that it is over.
                if let Some(peer) = self.peers.get_mut(&id) {
                    self.behind |= matches!(message, Message::Push(_));
                    peer.driver.received(message);
                    peer.done = Some(done);
                }
            }
            Job::Gone { id } => {
                self.peers.remove(&id);
            }
            Job::Stop => {}
        }
    }

    fn admit(&mut self, key: PublicKey, closer: LinkCloser) -> Result<Admitted, RefusalCode> {
        let driver = HubDriver::admit(&mut self.hub, key)?;
        let device = driver.device();
        let strangers = self
            .peers
            .values()
            .filter(|it| it.driver.device().is_none())
            .count();
        if device.is_none() && strangers >= MAX_STRANGERS {
            return Err(RefusalCode::Busy);
        }
        // A device that comes again has lost its first link, even if we have not noticed yet.
        let same = |it: &Peer| it.driver.key() == key;
        let older: Vec<u64> = self
            .peers
            .iter()
            .filter(|it| same(it.1))
            .map(|it| *it.0)
            .collect();
        for id in older {
            self.close(id, RefusalCode::Stopping);
        }
        let id = self.next_id;
        self.next_id += 1;
        let (sender, outputs) = mpsc::channel(MAX_OUTPUTS);
        tracing::debug!(
            link = id,
            device = device.map(|it| it.0),
            "a link was opened"
        );
        self.peers.insert(
            id,
            Peer {
                driver,
                closer,
                outputs: sender,
                done: None,
            },
        );
        Ok(Admitted {
            id,
            device,
            outputs,
        })
    }

    /// Gives a peer one step.
    fn step_peer(&mut self, id: u64) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        match peer.driver.step(&mut self.hub) {
            Some(Output::Grew(scopes)) => {
                // What was merged may have been what others waited for.
                self.behind = true;
                self.spread(&scopes);
            }
            Some(output) => {
                let sent = peer.outputs.try_send(output);
                if sent.is_err() {
                    // It does not read, or it is gone.
                    self.close(id, RefusalCode::Busy);
                }
            }
            None => {}
        }
        if let Some(peer) = self.peers.get_mut(&id)
            && peer.driver.is_idle()
            && let Some(done) = peer.done.take()
        {
            // The link may have ended meanwhile; then it says so itself.
            done.send(()).unwrap_or_default();
        }
    }

    /// Tells every session that feeds grew.
    fn spread(&mut self, scopes: &[ScopeId]) {
        for peer in self.peers.values_mut() {
            for scope in scopes {
                peer.driver.feed_grew(*scope);
            }
        }
    }

    /// Looks into some of what is stored, and signs the history when nothing is left.
    fn materialise(&mut self) {
        if !self.behind {
            return;
        }
        match self.hub.materialise(STEP) {
            Ok(progress) if progress.postponed => {
                self.behind = false;
                self.failed = true;
            }
            Ok(progress) if progress.entries == 0 => {
                // A segment may wait in a session: it is stored after this, and must be looked into then.
                self.behind = self.is_busy();
                self.sign_checkpoint();
            }
            Ok(progress) => {
                let scopes: Vec<ScopeId> = progress.grew.into_iter().collect();
                self.spread(&scopes);
            }
            Err(error) => {
                tracing::error!(%error, "stored entries could not be looked into; trying again");
                self.behind = false;
                self.failed = true;
            }
        }
    }

    /// Looks into some changes for the numbers by which charts are asked for. It can be put off at any time.
    fn look_into_numbers(&mut self) {
        if let Err(error) = self.hub.number_some(1) {
            tracing::error!(%error, "numbers could not be looked for");
        }
    }

    fn sign_checkpoint(&mut self) {
        if let Err(error) = self.hub.sign_checkpoint() {
            tracing::error!(%error, "the history could not be signed");
        }
    }

    /// Closes the links of devices that another process has revoked.
    fn watch_roster(&mut self) {
        if self.watched.elapsed() < WATCH {
            return;
        }
        self.watched = Instant::now();
        self.behind |= std::mem::take(&mut self.failed);
        match self.hub.store.has_ready() {
            // Another process released what was set aside.
            Ok(ready) => self.behind |= ready,
            Err(error) => tracing::error!(%error, "what waits could not be read"),
        }
        match self.hub.end_visits() {
            Ok(grew) => self.spread(&grew),
            Err(error) => tracing::error!(%error, "guests could not be sent home"),
        }
        match self.hub.refresh() {
            Ok(false) => {}
            Ok(true) => {
                for (id, code) in self.unwelcome() {
                    self.close(id, code);
                }
            }
            Err(error) => tracing::error!(%error, "the roster could not be read"),
        }
    }

    /// Returns the links whose devices are not welcome any more.
    fn unwelcome(&self) -> Vec<(u64, RefusalCode)> {
        let members = self
            .peers
            .iter()
            .filter(|it| it.1.driver.device().is_some());
        members
            .filter_map(|(id, it)| {
                self.hub
                    .peer(&it.driver.key())
                    .err()
                    .map(|code| (*id, code))
            })
            .collect()
    }

    fn close(&mut self, id: u64, code: RefusalCode) {
        if let Some(peer) = self.peers.remove(&id) {
            tracing::debug!(
                link = id,
                device = peer.driver.device().map(|it| it.0),
                ?code,
                "a link was closed"
            );
            peer.closer.close(code);
        }
    }

    fn stop(mut self) {
        let stopped = self.hub.entry(SessionEvent::Stopped, Subject::default());
        if let Err(error) = self.hub.note(vec![stopped]) {
            tracing::error!(%error, "the end could not be noted in the hub's log");
        }
        self.sign_checkpoint();
    }
}

#[cfg(test)]
mod tests;
