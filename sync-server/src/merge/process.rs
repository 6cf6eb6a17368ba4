//! The hub's side of the child: starts it, asks, waits so long and no longer, and buries it.

use std::io;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use super::frames::{GREETING, MAX_FRAME_BYTES, answered, ask, read_frame, write_frame};
use super::{Death, MergeError, Merged, Merger, Work, is_believable};

/// How long the hub waits for an answer. The child's own limit of processor time comes long before; this is for
/// one that sleeps, and for a system without that limit.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many requests one child answers: what it leaks, if it does, it leaks so often.
const REQUESTS_OF_A_CHILD: u32 = 4_096;

/// How often, and how long apart, the hub looks whether a child that answered nonsense is dying by itself.
const LAST_LOOKS: u32 = 500;
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// What the hidden command is called.
const COMMAND: &str = "merge-child";

/// Merges in a child process, which is started when it is first needed and again when it died.
pub(crate) struct ChildMerger {
    program: PathBuf,
    arguments: Vec<String>,
    patience: Duration,
    running: Option<Running>,
}

/// A child that waits for requests.
struct Running {
    child: Child,
    requests: Sender<Vec<u8>>,
    answers: Receiver<io::Result<Vec<u8>>>,
    asked: u32,
}

/// Why a child did not answer.
enum Silence {
    Io(io::Error),
    Timeout,
}

impl ChildMerger {
    /// Merges in children that run this program's hidden command.
    pub(crate) fn of_this_program() -> io::Result<Self> {
        let program = if cfg!(target_os = "linux") {
            // This very file, also when an update has put another in its place.
            PathBuf::from("/proc/self/exe")
        } else {
            std::env::current_exe()?
        };
        Ok(Self::of(program, vec![COMMAND.to_owned()], PATIENCE))
    }

    /// Merges in children that run another program.
    pub(crate) const fn of(program: PathBuf, arguments: Vec<String>, patience: Duration) -> Self {
        Self {
            program,
            arguments,
            patience,
            running: None,
        }
    }

    #[cfg(test)]
    pub(super) fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|it| it.child.id())
    }

    #[cfg(test)]
    pub(super) fn kill(&mut self) {
        let running = self.running.as_mut().unwrap();
        running.child.kill().unwrap();
        running.child.wait().unwrap();
    }

    /// Returns the child that waits, if it still does: one that died while nobody asked says nothing about this work.
    fn living(&mut self) -> Option<Running> {
        let mut running = self.running.take()?;
        if matches!(running.child.try_wait(), Ok(None)) {
            return Some(running);
        }
        bury(running.child);
        None
    }

    /// Keeps a child that answered for the next request, unless it had its share.
    fn keep(&mut self, running: Running) {
        if running.asked < REQUESTS_OF_A_CHILD {
            self.running = Some(running);
        } else {
            bury(running.child);
        }
    }

    fn start(&self) -> Result<Running, MergeError> {
        let unavailable = |error: io::Error| MergeError::Unavailable(error.to_string());
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(unavailable)?;
        let (Some(stdin), Some(stderr)) = (child.stdin.take(), child.stderr.take()) else {
            bury(child);
            return Err(MergeError::Unavailable("it has no pipes".to_owned()));
        };
        let (requests, to_ask) = channel();
        let (answered, answers) = channel();
        let carrier = thread::Builder::new().name("merge".to_owned());
        let carried = carrier.spawn(move || carry(stdin, stderr, &to_ask, &answered));
        let running = Running {
            child,
            requests,
            answers,
            asked: 0,
        };
        if let Err(error) = carried {
            bury(running.child);
            return Err(unavailable(error));
        }
        match running.answer(self.patience) {
            Ok(greeting) if greeting == GREETING => Ok(running),
            Ok(_) | Err(_) => {
                let status = bury(running.child);
                let status = status.map_or_else(String::new, |it| format!(": {it}"));
                Err(MergeError::Unavailable(format!("it did not start{status}")))
            }
        }
    }
}

impl Merger for ChildMerger {
    fn merge(&mut self, work: &Work<'_>) -> Result<Merged, MergeError> {
        let request = ask(work).filter(|it| it.len() <= MAX_FRAME_BYTES);
        let request = request.ok_or(MergeError::Died(Death::TooLarge))?;
        let mut running = match self.living() {
            Some(running) => running,
            None => self.start()?,
        };
        running.asked += 1;
        // A carrier that is gone says why by its answer, or by having none.
        running.requests.send(request).unwrap_or_default();
        let silence = match running.answer(self.patience) {
            Ok(answer) => match answered(&answer) {
                Some(answer) if answer.as_ref().is_none_or(|it| is_believable(work, it)) => {
                    self.keep(running);
                    return answer.ok_or(MergeError::Unfit);
                }
                // What it says next would be no better.
                Some(_) | None => Silence::Io(io::ErrorKind::InvalidData.into()),
            },
            Err(silence) => silence,
        };
        let status = running.end(&silence);
        Err(MergeError::Died(death(&silence, status)))
    }
}

impl Drop for ChildMerger {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            bury(running.child);
        }
    }
}

impl Running {
    fn answer(&self, patience: Duration) -> Result<Vec<u8>, Silence> {
        match self.answers.recv_timeout(patience) {
            Ok(answer) => answer.map_err(Silence::Io),
            Err(RecvTimeoutError::Timeout) => Err(Silence::Timeout),
            Err(RecvTimeoutError::Disconnected) => {
                Err(Silence::Io(io::ErrorKind::UnexpectedEof.into()))
            }
        }
    }

    /// Ends a child that did not answer. One that crashes says so first, where its answers go: it is left a moment to die of it,
    /// and nobody speaks to it any more.
    fn end(self, silence: &Silence) -> Option<ExitStatus> {
        let Self {
            mut child,
            requests,
            ..
        } = self;
        drop(requests);
        if matches!(silence, Silence::Io(_)) {
            let died = |child: &mut Child| !matches!(child.try_wait(), Ok(None));
            for _look in 0..LAST_LOOKS {
                if died(&mut child) {
                    break;
                }
                thread::sleep(BETWEEN_LOOKS);
            }
        }
        bury(child)
    }
}

/// Carries requests and answers, as long as both ends live: whoever asks can then stop waiting.
fn carry(
    mut stdin: ChildStdin,
    mut stderr: ChildStderr,
    requests: &Receiver<Vec<u8>>,
    answers: &Sender<io::Result<Vec<u8>>>,
) {
    let mut hear = || read_frame(&mut stderr)?.ok_or(io::ErrorKind::UnexpectedEof.into());
    let mut answer: io::Result<Vec<u8>> = hear();
    loop {
        let ended = answer.is_err();
        if answers.send(answer).is_err() || ended {
            return;
        }
        let Ok(request) = requests.recv() else { return };
        answer = write_frame(&mut stdin, &request).and_then(|()| hear());
    }
}

/// Ends a child, if it has not ended, and says how it did.
fn bury(mut child: Child) -> Option<ExitStatus> {
    // One that ended before keeps how it ended.
    child.kill().unwrap_or_default();
    child.wait().ok()
}

fn death(silence: &Silence, status: Option<ExitStatus>) -> Death {
    match silence {
        Silence::Timeout => Death::TooLong,
        Silence::Io(_) if status.is_some_and(was_out_of_time) => Death::TooLong,
        // What is printed by a crash is no answer either: how it ended says more.
        Silence::Io(_) if status.is_some_and(was_a_crash) => Death::Ended,
        Silence::Io(error) if error.kind() == io::ErrorKind::InvalidData => Death::Nonsense,
        Silence::Io(_) => Death::Ended,
    }
}

#[cfg(unix)]
fn was_out_of_time(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal() == Some(rustix::process::Signal::XCPU.as_raw())
}

#[cfg(unix)]
fn was_a_crash(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    // One that was still running was killed just now.
    let killed = rustix::process::Signal::KILL.as_raw();
    status.signal().is_some_and(|it| it != killed)
}

#[cfg(not(unix))]
const fn was_out_of_time(_status: ExitStatus) -> bool {
    false
}

#[cfg(not(unix))]
const fn was_a_crash(_status: ExitStatus) -> bool {
    false
}
