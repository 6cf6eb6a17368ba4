//! `posta-hub serve`: the hub behind its listener, for QUIC and for TCP.
//!
//! One thread owns the hub and does one small thing after another ([`worker`]); one task per link carries
//! messages to and fro ([`link`]). The async code decides nothing. Whatever a peer sends or leaves out costs that
//! peer its link and nobody else anything.

mod link;
mod worker;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::runtime::{Builder, Handle};
use tokio::sync::{Semaphore, mpsc, oneshot};
use transport::{BindError, Listener, Listening};
use wire::RefusalCode;

use crate::hub::Hub;
use link::{Farewells, converse};
use worker::{Job, Worker};

/// How many links are served at once: the fleet that a hub of one process is made for, each with a second link
/// while its first one dies.
const MAX_LINKS: usize = 1_024;

/// How many jobs may wait for the hub. Each link has one under way at most, so this only smooths.
const MAX_JOBS: usize = 64;

/// Why the hub does not serve, or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Stop the other program, or choose another address.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: BindError,
    },
    /// Look at the machine's limits.
    #[error("the program could not start its threads: {0}")]
    Threads(#[source] std::io::Error),
    /// Read the log: the hub's thread ended by itself.
    #[error("the hub stopped by itself; its log says why. Nothing that was acknowledged is lost")]
    Stopped,
    /// See what the store says.
    #[error(transparent)]
    Store(#[from] store::StoreError),
}

/// Serves a hub until told to stop. `ready` is called once with the address that it listens on for QUIC; `stop` is
/// called before that, inside the runtime, and its future ends when the hub is to stop.
pub fn serve<Stop: Future<Output = ()>>(
    hub: Hub,
    listening: Listening,
    ready: impl FnOnce(SocketAddr),
    stop: impl FnOnce() -> Stop,
) -> Result<(), ServeError> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(ServeError::Threads)?;
    let result = runtime.block_on(serve_inside(hub, listening, ready, stop));
    // A link's last words may still be on their way; nobody waits for them longer.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    result
}

async fn serve_inside<Stop: Future<Output = ()>>(
    mut hub: Hub,
    listening: Listening,
    ready: impl FnOnce(SocketAddr),
    stop: impl FnOnce() -> Stop,
) -> Result<(), ServeError> {
    let stop = stop();
    let address = listening.udp;
    let unbound = |source| ServeError::Bind { address, source };
    let mut listener = Listener::bind_to(listening, hub.tls_key()).map_err(unbound)?;
    let listening = listener.local_addr().map_err(unbound)?;
    hub.note_listening(&listening.to_string())?;
    let (jobs, queue) = mpsc::channel(MAX_JOBS);
    let (ended, mut end) = oneshot::channel();
    let worker = Worker::start(hub, queue)?;
    let handle = Handle::current();
    let thread = std::thread::Builder::new()
        .name("hub".to_owned())
        .spawn(move || {
            worker.run(&handle);
            // Nobody listens any more if the hub was told to stop.
            ended.send(()).unwrap_or_default();
        })
        .map_err(ServeError::Threads)?;
    let tcp = listener.tcp_addr().map(|it| it.to_string());
    tracing::info!(udp = %listening, tcp, "listening");
    ready(listening);
    let result = tokio::select! {
        () = stop => Ok(()),
        () = accept(&mut listener, &jobs) => Err(ServeError::Stopped),
        _ended = &mut end => Err(ServeError::Stopped),
    };
    tracing::info!("stopping");
    listener.close(RefusalCode::Stopping);
    // The hub finishes what it is doing; what was not acknowledged will be sent again.
    jobs.send(Job::Stop).await.unwrap_or_default();
    let joined = tokio::task::spawn_blocking(move || thread.join()).await;
    match (result, joined) {
        (Ok(()), Ok(Ok(()))) => Ok(()),
        (Ok(()), _panicked) => Err(ServeError::Stopped),
        (Err(error), _) => Err(error),
    }
}

/// Gives every link its own task.
async fn accept(listener: &mut Listener, jobs: &mpsc::Sender<Job>) {
    let places = Arc::new(Semaphore::new(MAX_LINKS));
    let farewells = Arc::new(Farewells::default());
    while let Some(mut link) = listener.accept().await {
        match Arc::clone(&places).try_acquire_owned() {
            Ok(place) => {
                let (jobs, farewells) = (jobs.clone(), Arc::clone(&farewells));
                tokio::spawn(converse(link, jobs, farewells, place));
            }
            Err(_none_left) => {
                tracing::warn!("a link was refused: {MAX_LINKS} are open");
                tokio::spawn(async move { link.abort(RefusalCode::Busy).await });
            }
        }
    }
}

#[cfg(test)]
mod tests;
