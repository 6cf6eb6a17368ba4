//! `posta lan`: meeting another computer of the same hub, without the hub.

use std::net::SocketAddr;
use std::sync::mpsc;

use desktop_client::{Client, CommandError, ErrorCode, LanNews, LanReport, Serve};

use super::upkeep;
use crate::arguments::{Common, Lan};
use crate::explain::explain;
use crate::output::{Lines, Output, counted};
use crate::run::Failure;

/// Opens the door to other computers, or goes to one.
pub(crate) fn run(common: &Common, command: &Lan, output: &mut Output<'_>) -> Result<(), Failure> {
    let mut client = upkeep(common)?;
    match command {
        Lan::Serve { listen, once } => serve(&mut client, (*listen, *once), output),
        Lan::Meet { address } => {
            let report = client.lan_meet(address.as_deref())?;
            output.result(&report, met)
        }
    }
}

/// Prints what is heard at the door, which another thread keeps.
fn serve(
    client: &mut Client,
    (listen, once): (SocketAddr, bool),
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let (send, news) = mpsc::channel();
    std::thread::scope(|scope| {
        let door = scope.spawn(move || {
            client.lan_serve(listen, &mut |news| {
                let is_over = once && !matches!(news, LanNews::Listening { .. });
                // With nowhere left to print it, nobody waits at the door any more.
                if send.send(news).is_err() || is_over {
                    Serve::Enough
                } else {
                    Serve::On
                }
            })
        });
        for news in &news {
            output.result(&news, heard)?;
        }
        drop(news);
        door.join()
            .unwrap_or_else(|_panicked| Err(CommandError::new(ErrorCode::Fault)))?;
        Ok(())
    })
}

fn heard(news: &LanNews) -> String {
    match news {
        LanNews::Listening { address } => {
            let mut lines = Lines::default();
            lines.add(format!(
                "open for other computers on {address} until Ctrl+C; there: posta lan meet ADDRESS:PORT"
            ));
            lines.finish()
        }
        LanNews::Met { report } => met(report),
        LanNews::Failed { error } => format!("{}\n", explain(error)),
    }
}

fn met(report: &LanReport) -> String {
    let mut lines = Lines::default();
    lines.add(format!(
        "met {} of {} (device {}) after {:.2} s: {} held",
        report.label,
        report.site,
        report.device,
        report.seconds,
        counted(report.charts, "chart", "charts")
    ));
    lines.add(format!(
        "  given: {} to carry to the hub, {} of the hub's",
        counted(report.entries_given, "entry", "entries"),
        counted(report.changes_given, "change", "changes")
    ));
    lines.add(format!(
        "  taken: {} to carry to the hub, {} of the hub's",
        counted(report.entries_taken, "entry", "entries"),
        counted(report.changes_taken, "change", "changes")
    ));
    if report.roster_taken {
        lines.add("  the list of people and computers there was newer, and is held here now");
    }
    if report.declined > 0 {
        lines.add(format!(
            "  {} left where it was: the hub will bring it",
            counted(report.declined, "thing was", "things were")
        ));
    }
    lines.finish()
}
