//! What people do at a clinic.

use std::collections::BTreeSet;

use audit::AccessEvent;
use desktop_client::{
    AttachInput, Client, CommandError, ConflictView, CorrectionInput, DiagnosisInput, ErrorCode,
    PhoneInput, RegisterInput, ResolveInput, VisitInput, VitalsInput,
};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use record::ChartId;

use crate::report::Seen;

/// One thing that a person does, drawn before it is done.
#[derive(Clone)]
pub(crate) enum Act {
    Register(Box<RegisterInput>),
    Correct(ChartId, Box<CorrectionInput>),
    Visit(ChartId, Box<VisitInput>),
    Open(ChartId),
    Find(String),
    /// Ask the hub for the chart with this number, at the next session.
    Ask(String),
    /// Attach a file of so many bytes; the number makes it another than any before.
    Attach(ChartId, usize, u64),
    /// Look at the conflicts and settle the first, if there is one, by its value at this place.
    Resolve(usize),
}

/// What was shown or written: what the log must have.
pub(crate) type Deeds = Vec<(AccessEvent, Option<ChartId>)>;

impl Act {
    /// Draws what is done next, in one of these charts if there are any. The number is another for each act of a
    /// run: what is written bears it, so that two acts never write the same by chance.
    pub(crate) fn draw(rng: &mut ChaCha8Rng, charts: &[ChartId], number: u64) -> Self {
        // Mostly the chart that a replica has held longest, so that people meet in it and disagree about it.
        let last = charts.len().saturating_sub(1).min(2);
        let place = rng.random_range(0..=last).min(rng.random_range(0..=last));
        let Some(chart) = charts.get(place).copied() else {
            return Self::Register(Box::new(registration(rng, number)));
        };
        match rng.random_range(0..16) {
            0 | 1 => Self::Register(Box::new(registration(rng, number))),
            2..=8 => Self::Correct(chart, Box::new(correction(rng, number))),
            9..=11 => Self::Visit(chart, Box::new(visit(rng))),
            12 | 13 => Self::Open(chart),
            14 => Self::Find("ab".into()),
            _ => Self::Resolve(rng.random_range(0..3)),
        }
    }

    /// Draws a correction of a birth date, in the chart that a replica has held longest.
    pub(crate) fn disagree(charts: &[ChartId], number: u64) -> Option<Self> {
        let input = CorrectionInput {
            reason: "asked the patient".into(),
            birth_date: Some(birth_date(number)),
            ..CorrectionInput::default()
        };
        let chart = charts.first()?;
        Some(Self::Correct(*chart, Box::new(input)))
    }

    /// Returns what a run counts it as.
    pub(crate) const fn seen(&self) -> Seen {
        match self {
            Self::Register(_) => Seen::Registered,
            Self::Correct(..) => Seen::Corrected,
            Self::Visit(..) => Seen::Visited,
            Self::Open(_) => Seen::Opened,
            Self::Find(_) => Seen::Searched,
            Self::Ask(_) => Seen::AskedFor,
            Self::Attach(..) => Seen::Attached,
            Self::Resolve(_) => Seen::Reviewed,
        }
    }

    /// Does it. What a person could not do without being at fault is an error.
    pub(crate) fn perform(&self, client: &mut Client) -> Result<Deeds, CommandError> {
        match self {
            Self::Register(input) => {
                let chart = client.register(input)?.chart;
                Ok(vec![(AccessEvent::Register, chart.parse().ok())])
            }
            Self::Correct(chart, input) => match client.correct(&chart.to_string(), input) {
                Ok(_) => Ok(written(AccessEvent::Correct, Some(*chart))),
                Err(error) if error.code == ErrorCode::NothingToChange => Ok(Vec::new()),
                Err(error) => Err(error),
            },
            Self::Visit(chart, input) => {
                client.record_visit(&chart.to_string(), input)?;
                Ok(written(AccessEvent::Visit, Some(*chart)))
            }
            Self::Open(chart) => {
                client.open(&chart.to_string())?;
                Ok(vec![(AccessEvent::OpenChart, Some(*chart))])
            }
            Self::Find(text) => {
                client.find(text)?;
                Ok(vec![(AccessEvent::Search, None)])
            }
            Self::Ask(number) => {
                client.ask_for_chart(number, "came to us")?;
                Ok(vec![(AccessEvent::Fetch, None)])
            }
            Self::Attach(chart, size, number) => {
                let input = AttachInput {
                    title: Some(format!("scan {number}")),
                    content_type: "image/png".into(),
                };
                let mut bytes = vec![7; (*size).max(8)];
                if let Some(first) = bytes.first_chunk_mut() {
                    *first = number.to_be_bytes();
                }
                client.attach(&chart.to_string(), &input, &bytes)?;
                Ok(vec![(AccessEvent::Attach, Some(*chart))])
            }
            Self::Resolve(choice) => {
                let conflicts = client.conflicts()?;
                let mut deeds = vec![(AccessEvent::List, None)];
                let charts: BTreeSet<&str> = conflicts.iter().map(|it| it.chart.as_str()).collect();
                deeds.extend(charts.iter().map(|it| (AccessEvent::List, it.parse().ok())));
                if let Some(input) = conflicts.first().and_then(|it| decision(it, *choice)) {
                    client.resolve(&input)?;
                    deeds.extend(written(AccessEvent::Resolve, input.chart.parse().ok()));
                }
                Ok(deeds)
            }
        }
    }
}

/// Who has written in a chart is shown it.
fn written(event: AccessEvent, chart: Option<ChartId>) -> Deeds {
    vec![(event, chart), (AccessEvent::OpenChart, chart)]
}

impl std::fmt::Debug for Act {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Register(_) => f.write_str("Register"),
            Self::Correct(chart, _) => write!(f, "Correct({chart})"),
            Self::Visit(chart, _) => write!(f, "Visit({chart})"),
            Self::Open(chart) => write!(f, "Open({chart})"),
            Self::Find(text) => write!(f, "Find({text})"),
            Self::Ask(number) => write!(f, "Ask({number})"),
            Self::Attach(chart, size, _) => write!(f, "Attach({chart}, {size})"),
            Self::Resolve(choice) => write!(f, "Resolve({choice})"),
        }
    }
}

fn decision(conflict: &ConflictView, choice: usize) -> Option<ResolveInput> {
    let at = choice.checked_rem(conflict.values.len())?;
    Some(ResolveInput {
        chart: conflict.chart.clone(),
        register: conflict.register,
        value: conflict.values.get(at)?.key.clone(),
        shown: Some(conflict.values.iter().map(|it| it.key.clone()).collect()),
        reason: "asked again".into(),
    })
}

/// The birth date of an act: another for each, and before 1970, because a clock may say that it is 1970.
fn birth_date(number: u64) -> String {
    format!(
        "19{}-0{}-1{}",
        30 + number / 81 % 39,
        number / 9 % 9 + 1,
        number % 9
    )
}

fn phone(rng: &mut ChaCha8Rng) -> String {
    format!("0700 {}", rng.random_range(100_000..999_999))
}

fn registration(rng: &mut ChaCha8Rng, number: u64) -> RegisterInput {
    RegisterInput {
        family: "Abeke".into(),
        given: format!("Number {}", rng.random_range(0..1_000)),
        sex: "female".into(),
        birth_date: rng.random_bool(0.5).then(|| birth_date(number)),
        phone: rng.random_bool(0.5).then(|| phone(rng)),
        ..RegisterInput::default()
    }
}

fn correction(rng: &mut ChaCha8Rng, number: u64) -> CorrectionInput {
    let mut input = CorrectionInput {
        reason: "seen the card".into(),
        ..CorrectionInput::default()
    };
    match rng.random_range(0..6) {
        0..=4 => input.birth_date = Some(birth_date(number)),
        _ => {
            input.phone = Some(PhoneInput {
                id: None,
                value: phone(rng),
            });
        }
    }
    input
}

fn visit(rng: &mut ChaCha8Rng) -> VisitInput {
    VisitInput {
        reason: "fever".into(),
        vitals: VitalsInput {
            temperature: Some("37.9".into()),
            ..VitalsInput::default()
        },
        diagnosis: rng.random_bool(0.5).then(|| DiagnosisInput {
            text: "Malaria".into(),
            code: Some("B54".into()),
        }),
        note: "Rest and water.".into(),
        confirmed: true,
        ..VisitInput::default()
    }
}
