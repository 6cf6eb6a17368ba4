//! Noticing that this computer's network changed: a cable, another Wi-Fi, a modem that has a signal again.
//!
//! What counts is the address that this computer would reach the hub, or the internet, from. On Linux the kernel says
//! when to look (netlink); there as elsewhere it is looked at every ten seconds too. Nothing is sent.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

/// How often it is looked unasked. A laptop that comes back into its network waits no longer, and a look costs nothing.
const LOOK: Duration = Duration::from_secs(10);

/// How long the kernel's words are let pass before the look: a network that comes up says a dozen things.
const SETTLE: Duration = Duration::from_millis(500);

/// Addresses that no one has (RFC 5737, RFC 3849): the way to them is the way to the internet.
const AWAY: [&str; 2] = ["192.0.2.1:9", "[2001:db8::1]:9"];

/// From where this computer reaches what matters; an address that leads nowhere has none.
type Ways = Vec<Option<IpAddr>>;

/// Watches the network in a thread of its own, and calls `tell` after each change, until that says that nobody listens
/// any more.
pub fn watch_network(
    hub: Option<SocketAddr>,
    mut tell: impl FnMut() -> bool + Send + 'static,
) -> std::io::Result<()> {
    let watch = move || {
        let signal = Signal::open();
        let mut known = ways(hub);
        loop {
            signal.wait();
            let now = ways(hub);
            if now != std::mem::replace(&mut known, now.clone()) && !tell() {
                return;
            }
        }
    };
    std::thread::Builder::new()
        .name("network".to_owned())
        .spawn(watch)
        .map(drop)
}

fn ways(hub: Option<SocketAddr>) -> Ways {
    let away = AWAY.iter().filter_map(|it| it.parse().ok());
    hub.into_iter().chain(away).map(way_to).collect()
}

/// Returns the address that this computer would reach another from.
fn way_to(there: SocketAddr) -> Option<IpAddr> {
    let any: SocketAddr = match there {
        SocketAddr::V4(_) => (std::net::Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect(there).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// When to look.
struct Signal {
    #[cfg(target_os = "linux")]
    kernel: Option<netlink::Kernel>,
}

impl Signal {
    fn open() -> Self {
        Self {
            #[cfg(target_os = "linux")]
            kernel: netlink::Kernel::listen()
                .inspect_err(|error| tracing::info!(%error, "the kernel does not say when the network changes"))
                .ok(),
        }
    }

    /// Waits until the kernel said something and has settled, or it is time to look all the same.
    fn wait(&self) {
        #[cfg(target_os = "linux")]
        if let Some(kernel) = &self.kernel {
            if kernel.says_something() {
                std::thread::sleep(SETTLE);
                kernel.pass_over();
            }
            return;
        }
        std::thread::sleep(LOOK);
    }
}

#[cfg(target_os = "linux")]
mod netlink {
    //! What the kernel says of links, addresses and routes. That it says something is enough.

    use std::io;
    use std::os::fd::OwnedFd;

    use rustix::net::sockopt::{Timeout, set_socket_timeout};
    use rustix::net::{
        AddressFamily, RecvFlags, SocketFlags, SocketType, bind, netlink, recv, socket_with,
    };

    use super::LOOK;

    /// RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV4_ROUTE, RTMGRP_IPV6_IFADDR and RTMGRP_IPV6_ROUTE of rtnetlink(7).
    const GROUPS: u32 = 0x1 | 0x10 | 0x40 | 0x100 | 0x400;

    /// What is not read of a message is thrown away.
    const ROOM: usize = 64;

    pub(super) struct Kernel(OwnedFd);

    impl Kernel {
        pub(super) fn listen() -> io::Result<Self> {
            let socket = socket_with(
                AddressFamily::NETLINK,
                SocketType::RAW,
                SocketFlags::CLOEXEC,
                // Zero, which is routes and what belongs to them.
                None,
            )?;
            bind(&socket, &netlink::SocketAddrNetlink::new(0, GROUPS))?;
            set_socket_timeout(&socket, Timeout::Recv, Some(LOOK))?;
            Ok(Self(socket))
        }

        /// Waits for a word, at most until it is time to look all the same.
        pub(super) fn says_something(&self) -> bool {
            self.hear(RecvFlags::empty())
        }

        /// Passes over what was said meanwhile.
        pub(super) fn pass_over(&self) {
            while self.hear(RecvFlags::DONTWAIT) {}
        }

        fn hear(&self, flags: RecvFlags) -> bool {
            recv(&self.0, &mut [0_u8; ROOM][..], flags).is_ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_this_machine_leads_from_this_machine() {
        let here = way_to(([127, 0, 0, 1], 9).into());

        assert_eq!(here, Some([127, 0, 0, 1].into()));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_kernel_can_be_listened_to() {
        let kernel = netlink::Kernel::listen().unwrap();

        kernel.pass_over();
    }
}
