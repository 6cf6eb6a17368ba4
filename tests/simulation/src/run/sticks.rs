//! Bundles on sticks in a run: written at one end, carried, and read at the other late, twice, out of order, damaged
//! or never. Whoever is killed over one tries it again.

use desktop_client::{CommandError, ErrorCode};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use record::DeviceId;
use sync::IngestRefusal;
use sync_server::{BundleFault, BundleFrom};

use super::{Event, Run};
use crate::laws;
use crate::link::End;
use crate::machine::{Killed, alive};
use crate::plan::Who;
use crate::report::Seen;
use crate::violation::{Law, Violation, ensure};

/// How likely a stick is lost.
const LOST: f64 = 0.15;
/// How likely it is read twice, each time at its own time.
const TWICE: f64 = 0.3;
/// How likely it is damaged.
const DAMAGED: f64 = 0.1;
/// How likely the hub writes one back for who brought one.
const ANSWERED: f64 = 0.8;
/// How likely it writes all from the beginning.
const FROM_START: f64 = 0.2;
/// How long a stick travels, in milliseconds.
const JOURNEY: std::ops::Range<u64> = 500..25_000;
/// How long somebody waits who finds a program down.
const PATIENCE_MS: u64 = 5_000;

/// A bundle on its way.
#[derive(Debug, Clone)]
pub(super) struct Stick {
    /// Of or for which clinic.
    clinic: usize,
    to: End,
    /// How many were written before it in this run.
    number: u64,
    bytes: Vec<u8>,
    damaged: bool,
}

/// The sticks of a run.
#[derive(Debug)]
pub(super) struct Sticks {
    /// Draws what happens to them, so that the rest of a seed means what it does without them.
    rng: ChaCha8Rng,
    written: u64,
    /// Which were read, by number.
    read: Vec<(usize, End, u64)>,
}

impl Sticks {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            rng: ChaCha8Rng::seed_from_u64(seed ^ 0x7374_6963_6b73_5f5f),
            written: 0,
            read: Vec::new(),
        }
    }
}

impl Run {
    /// Somebody writes a bundle at a clinic and takes it to the hub.
    pub(super) fn carry(&mut self, at: usize) -> Result<(), Violation> {
        // One program has a home open at a time.
        self.give_up_meeting(at);
        let Some(clinic) = self.clinics.get_mut(at) else {
            return Ok(());
        };
        let written = clinic.with(|client| {
            let mut bytes = Vec::new();
            client.write_bundle_to(&mut bytes).map(|_report| bytes)
        });
        match written {
            Err(Killed) => self.kill(Who::Clinic(at), Seen::KilledOverStick),
            Ok(None) => Ok(()),
            Ok(Some(Err(CommandError {
                code: ErrorCode::LogDiffers,
                ..
            }))) if self.was_put_back(at) => {
                self.report.count(Seen::StickTooEarly);
                Ok(())
            }
            Ok(Some(bytes)) => {
                self.set_out(at, End::Hub, &bytes?);
                Ok(())
            }
        }
    }

    /// The hub's administrator writes a bundle for a clinic and sends it there.
    fn send_back(&mut self, at: usize) -> Result<(), Violation> {
        let from = if self.sticks.rng.random_bool(FROM_START) {
            BundleFrom::Start
        } else {
            BundleFrom::Known
        };
        let device = self.device_of(at);
        let (Some(device), Some(hub)) = (device, self.hub.hub()) else {
            return Ok(());
        };
        let mut bytes = Vec::new();
        match alive(|| hub.write_bundle(device, from, &mut bytes)) {
            Err(Killed) => self.kill(Who::Hub, Seen::KilledOverStick),
            Ok(written) => {
                written.map_err(|fault| failed("the hub wrote no bundle", &fault))?;
                self.set_out(at, End::Clinic, &bytes);
                Ok(())
            }
        }
    }

    /// Says whether the hub, or the clinic's disk, was ever put back or copied: what they say of logs and feeds may not
    /// fit until they have met.
    fn was_put_back(&self, at: usize) -> bool {
        self.ledger.restores > 0 || self.is_copied(at)
    }

    fn device_of(&self, at: usize) -> Option<DeviceId> {
        self.clinics.get(at).map(|it| it.seat.identity.device)
    }

    /// Sends a stick on its way.
    fn set_out(&mut self, clinic: usize, to: End, bytes: &[u8]) {
        let number = self.sticks.written;
        self.sticks.written += 1;
        let rng = &mut self.sticks.rng;
        if rng.random_bool(LOST) {
            self.report.count(Seen::StickLost);
            return;
        }
        let times = if rng.random_bool(TWICE) { 2 } else { 1 };
        for _ in 0..times {
            let rng = &mut self.sticks.rng;
            let mut stick = Stick {
                clinic,
                to,
                number,
                bytes: bytes.to_owned(),
                damaged: rng.random_bool(DAMAGED),
            };
            if stick.damaged {
                stick.damage(rng);
            }
            let takes = rng.random_range(JOURNEY);
            self.schedule(self.now() + takes, Event::Brought(stick));
        }
    }

    /// A stick is where it was to go.
    pub(super) fn brought(&mut self, stick: Stick) -> Result<(), Violation> {
        self.say(|| format!("a stick for {:?} of clinic {}", stick.to, stick.clinic));
        let is_up = match stick.to {
            End::Hub => self.hub.is_up(),
            End::Clinic => {
                let clinic = self.clinics.get(stick.clinic);
                clinic.is_some_and(crate::clinic::Clinic::is_up)
            }
        };
        if !is_up {
            return self.try_again(stick);
        }
        match stick.to {
            End::Hub => self.read_at_the_hub(stick),
            End::Clinic => self.read_at_a_clinic(stick),
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "it ends what may fail")]
    fn try_again(&mut self, stick: Stick) -> Result<(), Violation> {
        self.schedule(self.now() + PATIENCE_MS, Event::Brought(stick));
        Ok(())
    }

    fn read_at_the_hub(&mut self, stick: Stick) -> Result<(), Violation> {
        let before = self.hub.store()?.history_size()?;
        let restored = self.times_restored()?;
        let Some(hub) = self.hub.hub() else {
            return Ok(());
        };
        let read = match alive(|| hub.read_bundle(|| Ok(stick.bytes.as_slice()))) {
            Err(Killed) => {
                self.kill(Who::Hub, Seen::KilledOverStick)?;
                return self.try_again(stick);
            }
            Ok(read) => read,
        };
        if stick.damaged {
            let grew = self.hub.store()?.history_size()? > before;
            return self.refused(read.is_err() && !grew);
        }
        if self.times_restored()? > restored {
            self.report.count(Seen::ShownByStick);
        }
        match read {
            Ok(_read) => self.note_read(&stick),
            // The hub was put back: what the clinic believes to be here is not.
            Err(BundleFault::Gap { .. }) if self.was_put_back(stick.clinic) => {
                self.report.count(Seen::StickTooEarly);
            }
            // The clinic was: another copy has other entries in their places.
            Err(BundleFault::Ingest {
                why: IngestRefusal::Fork,
                ..
            }) if self.is_copied(stick.clinic) => self.report.count(Seen::StickTooEarly),
            Err(fault) => return Err(failed("the hub read no bundle", &fault)),
        }
        laws::acknowledged(self)?;
        self.everything_grew();
        if self.sticks.rng.random_bool(ANSWERED) {
            return self.send_back(stick.clinic);
        }
        Ok(())
    }

    fn times_restored(&mut self) -> Result<u64, Violation> {
        let restored = self.hub.hub().map(|hub| hub.restored());
        Ok(restored.transpose()?.flatten().map_or(0, |it| it.times))
    }

    /// Another process than the one that serves has read the bundle: its sessions look again.
    fn everything_grew(&mut self) {
        let scopes = self.clinics.iter().flat_map(|it| it.seat.scopes.clone());
        let scopes: Vec<_> = scopes.collect();
        self.grew(&scopes);
    }

    fn read_at_a_clinic(&mut self, stick: Stick) -> Result<(), Violation> {
        let at = stick.clinic;
        self.give_up_meeting(at);
        let Some(clinic) = self.clinics.get_mut(at) else {
            return Ok(());
        };
        let before = (clinic.store()?.log_head()?, clinic.store()?.cursors()?);
        let read = clinic.with(|client| client.read_bundle_from(|| Ok(stick.bytes.as_slice())));
        let read = match read {
            Err(Killed) => {
                self.kill(Who::Clinic(at), Seen::KilledOverStick)?;
                return self.try_again(stick);
            }
            Ok(None) => return Ok(()),
            Ok(Some(read)) => read,
        };
        if stick.damaged {
            let clinic = clinic.store()?;
            let same = (clinic.log_head()?, clinic.cursors()?) == before;
            return self.refused(read.is_err() && same);
        }
        match read {
            Ok(_report) => self.note_read(&stick),
            // The hub was put back: what it says of logs and feeds may not fit until it has met this clinic.
            Err(CommandError {
                code: ErrorCode::LogDiffers | ErrorCode::BundleTooLate,
                ..
            }) if self.was_put_back(at) => self.report.count(Seen::StickTooEarly),
            Err(error) => return Err(error.into()),
        }
        self.confirmed(at)?;
        laws::held(self, at)
    }

    /// What a clinic believes to be at the hub is there.
    fn confirmed(&self, at: usize) -> Result<(), Violation> {
        let Some(clinic) = self.clinics.get(at) else {
            return Ok(());
        };
        let (store, own) = (clinic.store()?, clinic.store()?.log_head()?);
        let seq = store.stored()?;
        match store.chain_at(own.epoch, seq)? {
            Some(chain) if seq > 0 => laws::stored(self, &audit::LogHead { seq, chain, ..own }),
            Some(_) | None => Ok(()),
        }
    }

    /// A damaged stick was refused, and nothing came of it.
    fn refused(&mut self, refused: bool) -> Result<(), Violation> {
        self.report.count(Seen::StickDamaged);
        ensure(Law::NothingIsSetAside, refused, || {
            "something of a damaged bundle was taken".into()
        })
    }

    fn note_read(&mut self, stick: &Stick) {
        let Stick {
            clinic, to, number, ..
        } = *stick;
        self.report.count(match to {
            End::Hub => Seen::StickToHub,
            End::Clinic => Seen::StickToClinic,
        });
        let before = self.sticks.read.iter();
        let newest = before
            .filter(|it| (it.0, it.1) == (clinic, to))
            .map(|it| it.2)
            .max();
        match newest.map(|newest| number.cmp(&newest)) {
            Some(std::cmp::Ordering::Less) => self.report.count(Seen::StickOvertaken),
            Some(std::cmp::Ordering::Equal) => self.report.count(Seen::StickAgain),
            Some(std::cmp::Ordering::Greater) | None => {}
        }
        self.sticks.read.push((clinic, to, number));
    }
}

impl Stick {
    /// Cuts it, or alters a bit of it.
    fn damage(&mut self, rng: &mut ChaCha8Rng) {
        let at = rng.random_range(0..self.bytes.len().max(1));
        if rng.random_bool(0.5) {
            self.bytes.truncate(at);
        } else if let Some(byte) = self.bytes.get_mut(at) {
            *byte ^= 1 << rng.random_range(0..8);
        }
    }
}

fn failed(what: &str, fault: &BundleFault) -> Violation {
    Violation::new(Law::EverybodyGetsOn, format!("{what}: {fault}"))
}
