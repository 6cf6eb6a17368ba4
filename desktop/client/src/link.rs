//! Reaching the hub: one link, with a limit on every wait.

use std::future::Future;
use std::time::Duration;

use transport::{ConnectError, Link, ReceiveError, ResolveError, SendError};
use wire::{Message, RefusalCode};

use crate::driver::HubPin;
use crate::fault::refusal_fault;
use crate::views::{CommandError, ErrorCode};

/// How long a link may take to come up: a handshake over 2G and a satellite needs some seconds, and lost packets
/// are sent again after 1, 2, 4 … seconds.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);

/// How long the hub may keep us waiting for a message. It merges everything it was sent before it says DONE,
/// and a 64 kbit/s link takes half a minute for the largest frame.
const ANSWER_LIMIT: Duration = Duration::from_secs(180);

/// Opens a link to the hub.
pub(crate) async fn open(hub: &HubPin, own: &crypto::SigningKey) -> Result<Link, CommandError> {
    let opening = async {
        let address = transport::resolve(&hub.address)
            .await
            .map_err(resolve_fault)?;
        transport::connect(address, own, &hub.tls)
            .await
            .map_err(connect_fault)
    };
    within(CONNECT_LIMIT, opening, ErrorCode::HubUnreachable).await
}

/// Sends a message.
pub(crate) async fn send(link: &mut Link, message: &Message) -> Result<(), CommandError> {
    let sending = async { link.send(message).await.map_err(send_fault) };
    within(ANSWER_LIMIT, sending, ErrorCode::HubTimeout).await
}

/// Waits for the next message.
pub(crate) async fn receive(link: &mut Link) -> Result<Message, CommandError> {
    let receiving = async { link.receive().await.map_err(receive_fault) };
    within(ANSWER_LIMIT, receiving, ErrorCode::HubTimeout).await
}

/// Runs async work on a thread of its own, so that it may be called from anywhere, from another runtime too.
pub(crate) fn block_on<T: Send>(
    work: impl Future<Output = Result<T, CommandError>> + Send,
) -> Result<T, CommandError> {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| CommandError::text(ErrorCode::Fault, error.kind().to_string()))?;
        runtime.block_on(work)
    };
    std::thread::scope(|scope| {
        let thread = scope.spawn(run);
        thread
            .join()
            .unwrap_or_else(|_panicked| Err(CommandError::new(ErrorCode::Fault)))
    })
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, CommandError>>,
    late: ErrorCode,
) -> Result<T, CommandError> {
    tokio::time::timeout(limit, work)
        .await
        .unwrap_or_else(|_late| Err(CommandError::new(late)))
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn resolve_fault(error: ResolveError) -> CommandError {
    CommandError::text(ErrorCode::HubUnreachable, error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn connect_fault(error: ConnectError) -> CommandError {
    let code = match &error {
        ConnectError::WrongHub => ErrorCode::HubNotOurs,
        ConnectError::Refused { code } => return refusal_fault(*code),
        ConnectError::NoCommonVersion => ErrorCode::VersionUnknown,
        ConnectError::Unreachable(_) | ConnectError::Failed(_) | ConnectError::NoSocket(_) | _ => {
            ErrorCode::HubUnreachable
        }
    };
    CommandError::text(code, error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn send_fault(error: SendError) -> CommandError {
    match error {
        SendError::Closed { code } => closed_fault(code),
        SendError::Lost(_) | SendError::Unsendable(_) | SendError::Stalled | _ => {
            CommandError::text(ErrorCode::LinkLost, error.to_string())
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn receive_fault(error: ReceiveError) -> CommandError {
    match error {
        ReceiveError::Closed { code } => closed_fault(code),
        ReceiveError::Lost(_)
        | ReceiveError::TooLarge(_)
        | ReceiveError::Damaged(_)
        | ReceiveError::CutShort
        | ReceiveError::Stalled
        | _ => CommandError::text(ErrorCode::LinkLost, error.to_string()),
    }
}

/// A link that ends before we ended it is lost, however politely.
fn closed_fault(code: RefusalCode) -> CommandError {
    if matches!(code, RefusalCode::Done | RefusalCode::Stopping) {
        return CommandError::new(ErrorCode::LinkLost);
    }
    refusal_fault(code)
}
