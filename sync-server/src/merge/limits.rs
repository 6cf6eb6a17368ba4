//! What the child may use of the machine. On Windows there are none of these limits: only the hub's patience bounds it.

/// How much memory, all told: a chart's document takes some ten times its saved size while it is merged.
#[cfg(unix)]
const MEMORY_BYTES: u64 = 768 * 1024 * 1024;

/// How many seconds of processor time for one request. Thousands of changes take one; a loop takes all.
#[cfg(unix)]
const PROCESSOR_SECONDS: u64 = 5;

/// Standard input, output and error, and not one file or socket more.
#[cfg(unix)]
const OPEN_FILES: u64 = 3;

/// Gives up all that merging does not need, for good.
#[cfg(unix)]
pub(super) fn give_up() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let at_most = |it| Rlimit {
        current: Some(it),
        maximum: Some(it),
    };
    setrlimit(Resource::As, at_most(MEMORY_BYTES))?;
    setrlimit(Resource::Nofile, at_most(OPEN_FILES))?;
    setrlimit(Resource::Fsize, at_most(0))?;
    // What it held of a patient must not be left in a file by its crash.
    setrlimit(Resource::Core, at_most(0))?;
    Ok(())
}

/// Allows the processor's time for one more request.
#[cfg(unix)]
pub(super) fn allow_one_request() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use rustix::time::{ClockId, clock_gettime};

    let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec;
    let used = u64::try_from(used).unwrap_or_default();
    let limit = Rlimit {
        current: Some(used.saturating_add(1).saturating_add(PROCESSOR_SECONDS)),
        maximum: getrlimit(Resource::Cpu).maximum,
    };
    setrlimit(Resource::Cpu, limit)?;
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn give_up() -> std::io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn allow_one_request() -> std::io::Result<()> {
    Ok(())
}
