//! Links over TCP: the handshakes, each in a task of its own, and the links that came of them.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, TcpListener as Socket};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use crypto::SigningKey;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use wire::RefusalCode;

use super::{BindError, Load, bind_error};
use crate::link::{Link, Order, give_order};
use crate::settings::HANDSHAKE;
use crate::{tcp, tls};

/// How long nobody is accepted when the machine has no more sockets to give.
const BREATH: Duration = Duration::from_millis(100);

/// Takes links over TCP.
#[derive(Debug)]
pub(super) struct Streams {
    pub(super) address: SocketAddr,
    open: Arc<Open>,
    admitting: JoinHandle<()>,
}

/// What is known of the links while they live.
#[derive(Debug, Default)]
struct Open {
    orders: Mutex<Vec<Weak<Order>>>,
    /// How many handshakes are under way, by where they come from.
    waiting: Mutex<HashMap<IpAddr, usize>>,
}

/// A handshake under way. It is over when this is dropped.
struct Waiting {
    open: Arc<Open>,
    from: IpAddr,
}

impl Streams {
    /// Listens on an address.
    pub(super) fn bind(
        address: SocketAddr,
        load: Load,
        own: &SigningKey,
        found: mpsc::Sender<Link>,
    ) -> Result<Self, BindError> {
        let config = tls::hub_config(own).map_err(|why| BindError::Failed(why.into()))?;
        let socket = listening(address).map_err(bind_error)?;
        socket.set_nonblocking(true).map_err(bind_error)?;
        let listener = TcpListener::from_std(socket).map_err(bind_error)?;
        let address = listener.local_addr().map_err(bind_error)?;
        let open = Arc::new(Open::default());
        let admission = Admission {
            load,
            tls: TlsAcceptor::from(Arc::new(config)),
            open: Arc::clone(&open),
            links: Arc::new(Semaphore::new(load.links)),
            handshakes: Arc::new(Semaphore::new(load.handshakes)),
            found,
        };
        let admitting = tokio::spawn(admission.run(listener));
        Ok(Self {
            address,
            open,
            admitting,
        })
    }

    /// Closes every link and takes no more.
    pub(super) fn close(&self, code: RefusalCode) {
        self.admitting.abort();
        let orders = std::mem::take(&mut *lock(&self.open.orders));
        for order in orders.iter().filter_map(Weak::upgrade) {
            give_order(&order, code);
        }
    }
}

/// A socket that listens, even where another one stopped a moment ago: a hub that starts again need not wait
/// for its old links.
fn listening(address: SocketAddr) -> std::io::Result<Socket> {
    use socket2::{Domain, Protocol, Type};
    let socket = socket2::Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// How many peers the kernel keeps waiting.
const BACKLOG: i32 = 128;

struct Admission {
    load: Load,
    tls: TlsAcceptor,
    open: Arc<Open>,
    links: Arc<Semaphore>,
    handshakes: Arc<Semaphore>,
    found: mpsc::Sender<Link>,
}

impl Admission {
    /// Starts a handshake with whoever comes, within the load.
    async fn run(self, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, from)) => self.admit(stream, from.ip()),
                Err(why) => {
                    tracing::warn!(%why, "a link over TCP could not be accepted");
                    sleep(BREATH).await;
                }
            }
        }
    }

    fn admit(&self, stream: TcpStream, from: IpAddr) {
        let place = Arc::clone(&self.links).try_acquire_owned();
        let handshake = Arc::clone(&self.handshakes).try_acquire_owned();
        let waiting = Waiting::begin(&self.open, from, self.load.from_one_address);
        let (Ok(place), Ok(handshake), Some(waiting)) = (place, handshake, waiting) else {
            tracing::warn!("a link over TCP was refused: too many are open");
            return;
        };
        let (tls, open, found) = (self.tls.clone(), Arc::clone(&self.open), self.found.clone());
        tokio::spawn(async move {
            match timeout(HANDSHAKE, tcp::welcome(stream, tls, place)).await {
                Ok(Ok((stream, peer))) => {
                    open.note(stream.order());
                    drop(waiting);
                    if found.send(Link::over_tcp(stream, peer)).await.is_err() {
                        tracing::debug!("a link came while the hub was stopping");
                    }
                }
                Ok(Err(why)) => tracing::debug!(why, "a handshake failed"),
                Err(_late) => tracing::debug!("a handshake took too long"),
            }
            drop(handshake);
        });
    }
}

impl Open {
    fn note(&self, order: &Arc<Order>) {
        let mut orders = lock(&self.orders);
        orders.retain(|it| it.strong_count() > 0);
        orders.push(Arc::downgrade(order));
    }
}

impl Waiting {
    fn begin(open: &Arc<Open>, from: IpAddr, most: usize) -> Option<Self> {
        let mut waiting = lock(&open.waiting);
        let count = waiting.entry(from).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Self {
            open: Arc::clone(open),
            from,
        })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waiting = lock(&self.open.waiting);
        if let Some(count) = waiting.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(&self.from);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What is behind it is whole after every line.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
