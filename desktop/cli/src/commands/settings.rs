//! `posta settings`: what was set for this computer alone.

use desktop_client::{Client, LinkSettings, Metered, SettingsView};

use super::home;
use crate::arguments::{Cap, Common, MeteredChoice, SetLink, Settings};
use crate::output::{Lines, Output};
use crate::run::Failure;

/// Shows the settings, or changes them. Nobody has to unlock for that.
pub(crate) fn run(
    common: &Common,
    command: Option<&Settings>,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let folder = home(common)?;
    let now = Client::settings(&folder)?;
    let view = match command {
        None => now,
        Some(Settings::Link(set)) => Client::set_link(&folder, changed(now.link, set))?,
    };
    output.result(&view, text)
}

/// What is not named stays as it is.
fn changed(now: LinkSettings, set: &SetLink) -> LinkSettings {
    LinkSettings {
        limit: match set.limit {
            None => now.limit,
            Some(Cap::None) => None,
            Some(Cap::Bits(bits)) => Some(bits),
        },
        metered: match set.metered {
            None => now.metered,
            Some(MeteredChoice::Yes) => Metered::Yes,
            Some(MeteredChoice::No) => Metered::No,
            Some(MeteredChoice::Auto) => Metered::Auto,
        },
    }
}

fn text(view: &SettingsView) -> String {
    let mut lines = Lines::default();
    lines.labelled("link limit", limit(view.link));
    lines.labelled("metered", metered(view));
    lines.finish()
}

/// Says what syncing may take of the link.
pub(crate) fn limit(link: LinkSettings) -> String {
    link.limit.map_or_else(
        || "none".to_owned(),
        |bits| format!("{} in each direction", rate(bits)),
    )
}

/// Says whether the link counts as metered, and who says so.
pub(crate) fn metered(view: &SettingsView) -> String {
    let is_metered = if view.is_metered {
        "yes: by itself only urgent entries and what is written here are sent"
    } else {
        "no"
    };
    match view.link.metered {
        Metered::Auto => format!("{is_metered} (found out by itself)"),
        Metered::Yes | Metered::No => is_metered.to_owned(),
    }
}

/// Writes a rate in the unit that makes the number short.
pub(super) fn rate(bits: u32) -> String {
    for (unit, size) in [
        ("Gbit/s", 1_000_000_000),
        ("Mbit/s", 1_000_000),
        ("kbit/s", 1_000),
    ] {
        if bits >= size && bits.is_multiple_of(size) {
            return format!("{} {unit}", bits / size);
        }
    }
    format!("{bits} bit/s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_stays_as_it_is() {
        let now = LinkSettings {
            limit: Some(64_000),
            metered: Metered::Yes,
        };
        let nothing = SetLink {
            limit: None,
            metered: None,
        };
        let no_limit = SetLink {
            limit: Some(Cap::None),
            ..nothing
        };

        assert_eq!(changed(now, &nothing), now);
        assert_eq!(changed(now, &no_limit).limit, None);
        assert_eq!(changed(now, &no_limit).metered, Metered::Yes);
    }

    #[test]
    fn rates_are_written_short_and_read_back() {
        for (bits, words) in [
            (64_000, "64 kbit/s"),
            (1_500_000, "1500 kbit/s"),
            (2_000_000, "2 Mbit/s"),
            (16_001, "16001 bit/s"),
        ] {
            assert_eq!(rate(bits), words);
            assert_eq!(words.parse(), Ok(Cap::Bits(bits)));
        }
    }
}
