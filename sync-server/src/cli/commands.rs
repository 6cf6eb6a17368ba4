//! Each command: opens the hub, does one thing, answers.

mod person;
mod quarantine;

use std::future::Future;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitCode;

use record::{DeviceId, PersonId, SiteId};
use store::{AuditFilter, StoreError, WholeFileError};
use wire::Versions;

use crate::admin::AdminError;
use crate::approve::ApproveError;
use crate::bundle::BundleFault;
use crate::cli::answer::{Form, Printer};
use crate::cli::answers::{
    Added, BlockGiven, Custodians, Decided, Declined, Devices, History, Initialised, Invited,
    Listening, Moved, RequestLine, Sites, Verified,
};
use crate::cli::arguments::{
    Arguments, AuditCommand, AuditList, ChartCommand, ChartMove, Command, DeviceCommand, Init,
    RecoveryCommand, Serve, SiteCommand,
};
use crate::cli::bundles;
use crate::custody::CustodyError;
use crate::home::{Home, HomeError};
use crate::hub::{Founding, Hub, InitError, OpenHubError};
use crate::invite::InviteDeviceError;
use crate::moves::MoveError;
use crate::quarantine::QuarantineError;
use crate::restored::GenerationError;
use crate::serve::{ServeError, serve};
use crate::world::OsWorld;

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error(transparent)]
    Home(#[from] HomeError),
    #[error(transparent)]
    Init(#[from] InitError),
    #[error(transparent)]
    Open(#[from] OpenHubError),
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error(transparent)]
    Invite(#[from] InviteDeviceError),
    #[error(transparent)]
    Approve(#[from] ApproveError),
    #[error(transparent)]
    Custody(#[from] CustodyError),
    #[error(transparent)]
    Start(#[from] GenerationError),
    #[error(transparent)]
    Move(#[from] MoveError),
    #[error(transparent)]
    Quarantine(#[from] QuarantineError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("compare the six words first: give those that the computer shows with --words \"…\"")]
    WordsNeeded,
    #[error(transparent)]
    Bundle(#[from] BundleFault),
    #[error(transparent)]
    File(#[from] WholeFileError),
    #[error("not approved")]
    NotApproved,
    #[error(
        "the hub's address {0:?} has no port: give an address to listen on with --listen ADDR:PORT"
    )]
    NoPort(String),
    #[error("the answer could not be written: {0}")]
    Out(#[from] io::Error),
}

impl CommandError {
    /// Tells whether whoever read the answer has gone away, as `head` does.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Out(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Does what was asked.
pub(crate) fn run(arguments: Arguments, out: &mut Printer<'_>) -> Result<ExitCode, CommandError> {
    let home = Home::new(arguments.home);
    match arguments.command {
        Command::MergeChild => crate::merge::child::main()?,
        Command::Init(init) => initialise(&home, init, out)?,
        Command::Serve(options) => listen(&home, &options, out)?,
        Command::Site(command) => site(&mut open(&home)?, command, out)?,
        Command::Person(command) => person::run(&mut open(&home)?, command, out)?,
        Command::Device(command) => device(&mut open(&home)?, command, out)?,
        Command::Bundle(command) => bundles::run(&mut open(&home)?, command, out)?,
        Command::Chart(command) => chart(&mut open(&home)?, &command, out)?,
        Command::Quarantine(command) => quarantine::run(&home, &command, out)?,
        Command::Recovery(RecoveryCommand::Renew { custody }) => {
            renew(&mut open(&home)?, &home, custody, out)?;
        }
        Command::Status => out.print(&open(&home)?.status()?)?,
        Command::Audit(AuditCommand::Verify) => return verify(&mut open(&home)?, out),
        Command::Audit(AuditCommand::List(list)) => history(&mut open(&home)?, &list, out)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn open(home: &Home) -> Result<Hub, CommandError> {
    Ok(Hub::open(home, Box::new(OsWorld))?.merging_in_a_child()?)
}

fn initialise(home: &Home, init: Init, out: &mut Printer<'_>) -> Result<(), CommandError> {
    let Init {
        name,
        address,
        custody,
    } = init;
    let founding = Founding { name, address };
    let mut hub = Hub::init(home, &founding, Box::new(OsWorld))?;
    out.print(&Initialised {
        home: home.folder().display().to_string(),
        name: founding.name,
        address: founding.address,
        fingerprint: hub.tls_key().public().fingerprint(),
    })?;
    renew(&mut hub, home, custody, out)
}

/// Makes recovery keys, and says where their forms are.
fn renew(
    hub: &mut Hub,
    home: &Home,
    custody: Option<PathBuf>,
    out: &mut Printer<'_>,
) -> Result<(), CommandError> {
    let folder = custody.unwrap_or_else(|| home.folder().join("custody"));
    let forms = hub.renew_recovery(&folder)?;
    let forms = forms.iter().map(|it| it.display().to_string()).collect();
    out.print(&Custodians { forms })?;
    Ok(())
}

fn listen(home: &Home, options: &Serve, out: &mut Printer<'_>) -> Result<(), CommandError> {
    let lock = home.lock_for_serving()?;
    let mut hub = open(home)?;
    hub.note_start(home)?;
    hub.speak(options.protocol.unwrap_or(Versions::SPOKEN));
    let address = match options.listen {
        Some(address) => address,
        None => everywhere(&hub.address()?)?,
    };
    let tcp = (!options.no_tcp).then_some(options.tcp.unwrap_or(address));
    let listening = transport::Listening {
        udp: address,
        tcp,
        congestion: options.congestion,
    };
    let mut printed = Ok(());
    let ready = |address: SocketAddr| {
        printed = out.print(&Listening {
            listening: address.to_string(),
        });
    };
    serve(hub, listening, ready, told_to_stop)?;
    drop(lock);
    Ok(printed?)
}

/// Returns every interface of this machine, with the port that devices were told.
fn everywhere(address: &str) -> Result<SocketAddr, CommandError> {
    let port = address
        .rsplit_once(':')
        .and_then(|(_host, port)| port.parse().ok());
    let port = port.ok_or_else(|| CommandError::NoPort(address.to_owned()))?;
    Ok(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)))
}

/// Listens for Ctrl-C and, where there is one, SIGTERM from now on; the future ends when one comes.
#[cfg(unix)]
fn told_to_stop() -> Pin<Box<dyn Future<Output = ()> + Send>> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
    let [interrupt, terminate] = signals.map(|heard| async {
        match heard {
            Ok(mut signal) => drop(signal.recv().await),
            // Then only the other one stops us.
            Err(_unheard) => std::future::pending().await,
        }
    });
    Box::pin(async {
        tokio::select! {
            () = interrupt => {}
            () = terminate => {}
        }
    })
}

/// Listens for Ctrl-C; the future ends when it comes.
#[cfg(not(unix))]
fn told_to_stop() -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

fn site(hub: &mut Hub, command: SiteCommand, out: &mut Printer<'_>) -> Result<(), CommandError> {
    match command {
        SiteCommand::Add { name, kind, scope } => {
            let SiteId(id) = hub.add_site(&name, kind, scope.as_deref())?;
            out.print(&Added {
                id,
                what: "site",
                name,
            })?;
        }
        SiteCommand::List => out.print(&Sites {
            sites: hub.site_list(),
        })?,
    }
    Ok(())
}

fn chart(hub: &mut Hub, command: &ChartCommand, out: &mut Printer<'_>) -> Result<(), CommandError> {
    let (moved, ChartMove { chart, scope }) = match command {
        ChartCommand::Join(it) => ("joined", it),
        ChartCommand::Leave(it) => ("left", it),
    };
    let chart = match command {
        ChartCommand::Join(_) => hub.join_chart(chart, scope)?,
        ChartCommand::Leave(_) => hub.leave_chart(chart, scope)?,
    };
    out.print(&Moved {
        chart: chart.to_string(),
        moved,
        scope: scope.clone(),
    })?;
    Ok(())
}

fn device(
    hub: &mut Hub,
    command: DeviceCommand,
    out: &mut Printer<'_>,
) -> Result<(), CommandError> {
    match command {
        DeviceCommand::Invite {
            site,
            person,
            label,
            hours,
        } => {
            let invite = hub.invite_device(SiteId(site), PersonId(person), &label, hours)?;
            out.print(&Invited {
                invite: invite.to_string(),
                expires_ms: invite.expires_ms,
                hub_address: invite.hub_addr,
            })?;
        }
        DeviceCommand::Approve { id, words } => approve(hub, u64::from(id), words.as_deref(), out)?,
        DeviceCommand::Decline { id } => {
            hub.decline_device(u64::from(id))?;
            out.print(&Declined { request: id })?;
        }
        DeviceCommand::Block { id } => {
            let block = hub.give_block(DeviceId(id))?;
            out.print(&BlockGiven { device: id, block })?;
        }
        DeviceCommand::Revoke { id } => {
            hub.revoke_device(DeviceId(id))?;
            out.print(&Decided {
                device: id,
                decision: "revoked",
            })?;
        }
        DeviceCommand::List => {
            let requests = hub
                .waiting_requests()?
                .into_iter()
                .map(RequestLine::from)
                .collect();
            out.print(&Devices {
                devices: hub.device_list()?,
                requests,
            })?;
        }
    }
    Ok(())
}

fn approve(
    hub: &mut Hub,
    id: u64,
    words: Option<&str>,
    out: &mut Printer<'_>,
) -> Result<(), CommandError> {
    if words.is_none() {
        ask(hub, id, out)?;
    }
    let DeviceId(device) = hub.approve_device(id, words)?;
    out.print(&Decided {
        device,
        decision: "approved",
    })?;
    Ok(())
}

/// Shows the request with the hub's words and asks the person to compare them.
fn ask(hub: &Hub, id: u64, out: &mut Printer<'_>) -> Result<(), CommandError> {
    if out.form() == Form::Json || !io::stdin().is_terminal() {
        return Err(CommandError::WordsNeeded);
    }
    let waiting = hub.waiting_requests()?.into_iter().find(|it| it.id == id);
    out.print(&RequestLine::from(
        waiting.ok_or(ApproveError::NoSuchRequest(id))?,
    ))?;
    out.say("Does the computer show the same words? Type yes to approve it: ")?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if answer.trim().eq_ignore_ascii_case("yes") {
        Ok(())
    } else {
        Err(CommandError::NotApproved)
    }
}

fn verify(hub: &mut Hub, out: &mut Printer<'_>) -> Result<ExitCode, CommandError> {
    let verification = hub.verify();
    let clean = verification.is_clean();
    out.print(&Verified::from(verification))?;
    // The history says that it was verified, unless the store is too damaged to take even that.
    if let Err(error) = hub.note_verified() {
        tracing::warn!(%error, "that the history was verified could not be noted in it");
    }
    Ok(if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn history(hub: &mut Hub, list: &AuditList, out: &mut Printer<'_>) -> Result<(), CommandError> {
    let filter = AuditFilter {
        chart: list.chart,
        person: list.person.map(PersonId),
        device: list.device.map(DeviceId),
        kind: list.kind,
        since_ms: list.since,
        before_leaf: None,
        limit: usize::try_from(list.limit).unwrap_or(usize::MAX),
    };
    out.print(&History {
        entries: hub.list_history(&filter)?,
    })?;
    Ok(())
}
