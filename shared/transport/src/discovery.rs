//! Finding other computers of a hub on the same network, by multicast DNS (RFC 6762, RFC 6763).
//!
//! What is announced is a tag that stands for the hub, a name without meaning, and a port. Nothing that is found is
//! believed: who answers there proves a key as on any link.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use mdns_sd::{ResolvedService, ServiceDaemon, ServiceEvent, ServiceInfo};

/// The service's type. It is never changed.
const SERVICE: &str = "_posta-lan._udp.local.";

/// What the hub's tag is called among the service's properties.
const HUB: &str = "hub";

/// How many computers are looked at. A LAN on which more say that they are of one hub is not a clinic's.
const MAX_FOUND: usize = 16;

/// Why nobody is found, or told. Everything works with an address as well.
#[derive(Debug, thiserror::Error)]
#[error("this computer cannot ask its network for others")]
pub struct DiscoveryError(#[source] Box<dyn Error + Send + Sync>);

impl From<mdns_sd::Error> for DiscoveryError {
    fn from(why: mdns_sd::Error) -> Self {
        Self(why.into())
    }
}

/// Tells the network that this computer's door is open, until it is dropped.
pub struct Announced(ServiceDaemon);

impl std::fmt::Debug for Announced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Announced").finish_non_exhaustive()
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        if let Err(why) = self.0.shutdown() {
            tracing::debug!(%why, "the network was not told that the door is closed");
        }
    }
}

/// Announces a door: the hub's tag, a name that no other computer has, and the port.
pub fn announce(hub: &str, name: &str, port: u16) -> Result<Announced, DiscoveryError> {
    let daemon = Announced(ServiceDaemon::new()?);
    let host = format!("posta-{name}.local.");
    let properties = [(HUB, hub)];
    let service = ServiceInfo::new(SERVICE, name, &host, "", port, &properties[..])?;
    daemon.0.register(service.enable_addr_auto())?;
    Ok(daemon)
}

/// Looks for open doors of a hub for a while, and returns where each is. It blocks.
pub fn find(hub: &str, patience: Duration) -> Result<Vec<SocketAddr>, DiscoveryError> {
    let daemon = Announced(ServiceDaemon::new()?);
    let heard = daemon.0.browse(SERVICE)?;
    let next = |left| heard.recv_timeout(left).ok();
    Ok(doors(hub, Instant::now() + patience, next))
}

/// Gathers doors of a hub from what the network says, until nothing more is said or the time is over: whoever never stops
/// saying something must not keep the search going.
fn doors(
    hub: &str,
    until: Instant,
    mut next: impl FnMut(Duration) -> Option<ServiceEvent>,
) -> Vec<SocketAddr> {
    let mut found = Vec::new();
    while found.len() < MAX_FOUND {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let Some(event) = next(left) else { break };
        if let ServiceEvent::ServiceResolved(service) = event {
            let address = door_of(&service, hub).filter(|it| !found.contains(it));
            found.extend(address);
        }
    }
    found
}

/// Returns where a service is, if it is a door of the hub.
fn door_of(service: &ResolvedService, hub: &str) -> Option<SocketAddr> {
    if service.get_property_val_str(HUB) != Some(hub) {
        return None;
    }
    // Addresses of version 6 on a LAN need the interface too; where there are both, this is the simpler one.
    let address = service.get_addresses_v4().into_iter().min()?;
    Some(SocketAddr::new(IpAddr::V4(address), service.get_port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(properties: &[(&str, &str)], port: u16) -> ResolvedService {
        let host = "posta-a.local.";
        let service = ServiceInfo::new(SERVICE, "a", host, "10.0.0.7", port, properties);
        service.unwrap().as_resolved_service()
    }

    #[track_caller]
    fn check(properties: &[(&str, &str)], expected: Option<&str>) {
        let door = door_of(&service(properties, 4_434), "hub-one");

        assert_eq!(
            door,
            expected.map(|it| it.parse().unwrap()),
            "{properties:?}"
        );
    }

    #[test]
    fn only_doors_of_the_same_hub_are_found() {
        check(&[(HUB, "hub-one")], Some("10.0.0.7:4434"));
        check(&[(HUB, "hub-two")], None);
        check(&[], None);
    }

    #[test]
    fn a_network_that_never_stops_talking_does_not_keep_the_search_going() {
        let mut heard = 0;
        let chatter = |_left| {
            heard += 1;
            assert!(heard < 10_000, "it goes on for ever");
            Some(ServiceEvent::SearchStarted("posta".to_owned()))
        };

        let found = doors("hub-one", Instant::now(), chatter);

        assert_eq!(found, []);
    }

    #[test]
    fn so_many_doors_are_looked_at_each_once() {
        let found = |others: u16| {
            let ports = (1..=others).flat_map(|port| [port, port]);
            let mut heard = ports.map(|port| {
                let service = service(&[(HUB, "hub-one")], port);
                ServiceEvent::ServiceResolved(Box::new(service))
            });
            let until = Instant::now() + Duration::from_mins(1);
            doors("hub-one", until, |_left| heard.next()).len()
        };
        let most = u16::try_from(MAX_FOUND).unwrap();

        assert_eq!(found(most), MAX_FOUND);
        assert_eq!(found(most + 1), MAX_FOUND);
    }

    #[test]
    #[ignore = "it needs a network with multicast that nobody else uses: a namespace with a dummy interface"]
    fn a_door_is_found_on_the_network() {
        let door = announce("hub-one", "7", 4_434).unwrap();

        let found = find("hub-one", Duration::from_secs(5)).unwrap();
        let of_another = find("hub-two", Duration::from_secs(2)).unwrap();

        drop(door);
        assert!(found.iter().any(|it| it.port() == 4_434), "{found:?}");
        assert_eq!(of_another, []);
    }
}
