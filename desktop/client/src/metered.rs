//! Whether this computer's way out is a mobile modem, as far as the system tells without being asked much.
//!
//! On Linux the kernel names the interface of the default route, and a modem by its kind or its name. A phone that
//! shares its link by Wi-Fi looks like any Wi-Fi: whoever pays for it says so in the settings. Elsewhere nothing
//! is known.

use crate::views::{LinkSettings, Metered};

impl LinkSettings {
    /// Tells whether the link counts as metered here and now.
    pub(crate) fn is_metered(&self) -> bool {
        match self.metered {
            Metered::Yes => true,
            Metered::No => false,
            Metered::Auto => leads_through_modem(),
        }
    }
}

#[cfg(target_os = "linux")]
fn leads_through_modem() -> bool {
    let routes = std::fs::read_to_string("/proc/net/route").unwrap_or_default();
    way_out(&routes).is_some_and(|name| {
        // A name from the kernel, which has no slash in it.
        let about = std::fs::read_to_string(format!("/sys/class/net/{name}/uevent"));
        is_modem(name, &about.unwrap_or_default())
    })
}

#[cfg(not(target_os = "linux"))]
const fn leads_through_modem() -> bool {
    false
}

/// Returns the interface of the default route with the lowest metric, of the kernel's table.
#[cfg(any(target_os = "linux", test))]
fn way_out(routes: &str) -> Option<&str> {
    let defaults = routes.lines().skip(1).filter_map(|line| {
        let mut columns = line.split_whitespace();
        let (name, to) = (columns.next()?, columns.next()?);
        let metric: u32 = columns.nth(4)?.parse().ok()?;
        (to == "00000000").then_some((metric, name))
    });
    defaults.min().map(|(_metric, name)| name)
}

/// Tells whether an interface is a modem: by its kind, or by the names that modems and shared phones on a cable get.
#[cfg(any(target_os = "linux", test))]
fn is_modem(name: &str, about: &str) -> bool {
    let by_kind = about.lines().any(|line| line == "DEVTYPE=wwan");
    let by_name = ["wwan", "wwp", "ppp", "rmnet", "usb"];
    by_kind || by_name.iter().any(|it| name.starts_with(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: &str = "\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wwan0\t00000000\t0100000A\t0003\t0\t0\t700\t00000000\t0\t0\t0
wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
wlan0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
";

    #[test]
    fn the_default_route_that_counts_least_is_the_way_out() {
        let only_modem: String = ROUTES
            .lines()
            .filter(|it| !it.starts_with("wlan0\t00000000"))
            .map(|it| format!("{it}\n"))
            .collect();

        assert_eq!(way_out(ROUTES), Some("wlan0"));
        assert_eq!(way_out(&only_modem), Some("wwan0"));
        assert_eq!(way_out(""), None);
        assert_eq!(way_out("Iface\nnonsense\n\nwlan0 00000000"), None);
    }

    #[test]
    fn modems_are_known_by_kind_or_name() {
        assert!(is_modem("wwan0", ""));
        assert!(is_modem("lte", "INTERFACE=lte\nDEVTYPE=wwan\n"));
        assert!(!is_modem("wlan0", "DEVTYPE=wlan\n"));
        assert!(!is_modem("eth0", ""));
    }

    #[test]
    fn what_a_person_says_counts_more_than_what_the_system_tells() {
        let said = |metered| LinkSettings {
            metered,
            ..LinkSettings::default()
        };

        assert!(said(Metered::Yes).is_metered());
        assert!(!said(Metered::No).is_metered());
    }
}
