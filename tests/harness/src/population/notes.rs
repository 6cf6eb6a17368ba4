//! Notes as a nurse might write them: short sentences, many words, numbers and slips, 200 to 600 characters.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::clinic::{Diagnosis, Vitals};
use super::{pick, words};

/// The fewest and most characters of a note.
const LENGTH: std::ops::RangeInclusive<usize> = 200..=600;
/// One word in so many has a slip of the fingers, as typed notes have.
const SLIPS: u32 = 25;

const SENTENCES: &[&str] = &[
    "{Quality} {finding} of the {side} {place} for {n} {unit}.",
    "{Place}: {quality}, {quality}; no {finding}.",
    "{Place} {quality}, {finding} {quality} than on {day}.",
    "Says {person} {action} the {thing} {n} {unit} ago.",
    "{Person} reports {quality} {finding} after someone {action} a {thing}.",
    "{Measure} {n}.{digit}, earlier {n}.{digit}.",
    "Repeat at {hour}:{minute}: {systolic}/{diastolic}, pulse {pulse}.",
    "Lot {code}, expires {day}.",
    "Denies {finding} and {finding}; {place} {quality}.",
    "Lives by the {thing} of the {person}, house {n}.",
    "{Quality} {place}, {quality} {finding}, about {n} mm.",
    "Asked about {thing} and {thing}; {quality} story.",
    "Dressing on the {side} {place} changed, {quality}.",
    "The {person} will bring the {thing} on {day}.",
];
const PLANS: &[&str] = &[
    "{medicine}, {dosage}. Back in {n} days.",
    "Given {medicine}: {dosage}; told to come with any {finding}.",
    "{medicine} from stock, {dosage}. Call the {person} on {day}.",
    "For {complaint}: {medicine}, {dosage}.",
];
const UNITS: &[&str] = &["days", "weeks", "nights", "hours", "months", "mornings"];
const SIDES: &[&str] = &[
    "left",
    "right",
    "inner left",
    "inner right",
    "outer left",
    "outer right",
];

/// Writes a note that fits the visit.
pub(super) fn write(rng: &mut ChaCha8Rng, diagnosis: &Diagnosis, vitals: &Vitals) -> String {
    let plan = fill(rng, PLANS, diagnosis, vitals);
    let wanted = rng.random_range(230..560);
    let mut note = String::new();
    loop {
        let sentence = fill(rng, SENTENCES, diagnosis, vitals);
        let sentence = slip(rng, &sentence);
        let length = note.chars().count() + sentence.chars().count() + plan.chars().count() + 2;
        if length > *LENGTH.end() {
            break;
        }
        note.push_str(&sentence);
        note.push(' ');
        if length >= wanted {
            break;
        }
    }
    note.push_str(&plan);
    note
}

/// Fills a template blank by blank, each blank anew.
fn fill(
    rng: &mut ChaCha8Rng,
    templates: &[&str],
    diagnosis: &Diagnosis,
    vitals: &Vitals,
) -> String {
    let mut rest = *pick(rng, templates);
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once('{') {
        let (blank, after) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(before);
        text.push_str(&word(rng, blank, diagnosis, vitals));
        rest = after;
    }
    text.push_str(rest);
    text
}

fn word(rng: &mut ChaCha8Rng, blank: &str, diagnosis: &Diagnosis, vitals: &Vitals) -> String {
    match blank {
        "complaint" => diagnosis.complaint.to_owned(),
        "medicine" => diagnosis.medicine.to_owned(),
        "dosage" => diagnosis.dosage.to_owned(),
        "systolic" => (vitals.systolic + rng.random_range(0..7)).to_string(),
        "diastolic" => (vitals.diastolic - rng.random_range(0..7)).to_string(),
        "pulse" => (vitals.pulse + rng.random_range(0..9)).to_string(),
        "finding" => (*pick(rng, words::FINDINGS)).to_owned(),
        "quality" => (*pick(rng, words::QUALITIES)).to_owned(),
        "Quality" => capital(rng, words::QUALITIES),
        "place" => (*pick(rng, words::PLACES)).to_owned(),
        "Place" => capital(rng, words::PLACES),
        "person" => (*pick(rng, words::PEOPLE)).to_owned(),
        "Person" => capital(rng, words::PEOPLE),
        "action" => (*pick(rng, words::ACTIONS)).to_owned(),
        "thing" => (*pick(rng, words::THINGS)).to_owned(),
        "Measure" => capital(rng, words::MEASURES),
        "unit" => (*pick(rng, UNITS)).to_owned(),
        "side" => (*pick(rng, SIDES)).to_owned(),
        "n" => rng.random_range(2..60).to_string(),
        "digit" => rng.random_range(0..10).to_string(),
        "hour" => format!("{:02}", rng.random_range(7..18)),
        "minute" => format!("{:02}", rng.random_range(0..60)),
        "day" => format!("{}/{}", rng.random_range(1..29), rng.random_range(1..13)),
        "code" => format!("{:X}", rng.random_range(0x10_0000..0xff_ffff)),
        other => other.to_owned(),
    }
}

fn capital(rng: &mut ChaCha8Rng, table: &[&str]) -> String {
    let mut letters = pick(rng, table).chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Swaps or drops a letter in a few words.
fn slip(rng: &mut ChaCha8Rng, sentence: &str) -> String {
    let word = |word: &str| -> String {
        let mut letters: Vec<char> = word.chars().collect();
        if letters.len() > 4 && rng.random_ratio(1, SLIPS) {
            let at = rng.random_range(1..letters.len() - 2);
            if rng.random_bool(0.5) {
                letters.swap(at, at + 1);
            } else {
                letters.remove(at);
            }
        }
        letters.into_iter().collect()
    };
    sentence.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Makes a phone number in a range that no network uses.
pub(super) fn phone(rng: &mut ChaCha8Rng) -> String {
    format!(
        "+999 7{:02} {:03} {:03}",
        rng.random_range(0..100),
        rng.random_range(0..1000),
        rng.random_range(0..1000)
    )
}
