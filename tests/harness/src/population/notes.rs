//! Notes as a nurse might write them: short sentences, many words, shortened words, numbers and slips, 200 to 600
//! characters.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::clinic::{Diagnosis, Vitals};
use super::{names, pick, words};

/// The fewest and most characters of a note.
const LENGTH: std::ops::RangeInclusive<usize> = 200..=600;
/// One word in so many has a slip of the fingers, as typed notes have.
const SLIPS: u32 = 15;
/// One long word in so many is shortened, as everyone who types sixty notes a day does.
const SHORTENED: u32 = 4;

const SENTENCES: &[&str] = &[
    "{Quality} {finding}, {side} {place}, {n} {unit}.",
    "{Place} {quality}, {quality}; no {finding}.",
    "{Place}: {finding}, {quality} than {day}.",
    "Pt {action} {thing} {n} {unit} ago, since then {finding}.",
    "{Person} {name} {action} {thing}; {finding} {place}.",
    "{Measure} {n}.{digit}, was {n}.{digit} on {day}.",
    "{hour}:{minute} BP {systolic}/{diastolic} P {pulse} T 3{seven}.{digit} RR {rate}.",
    "Lot {code} exp {day}.",
    "Denies {finding}, {finding}; {place} {quality}.",
    "Stays w {person} {name} nr {thing}, house {n}{letter}.",
    "{place} {n} x {n} mm, {quality}, {quality} edge.",
    "{Finding} & {finding} {n}/7, {quality}.",
    "Dressed {side} {place}, {quality}; next {day}.",
    "{name} ({person}) to bring {thing} {day}.",
    "Ref {code} to {village}, seen {day} by {name}.",
    "Tel {person} {phone}.",
    "{Measure} {n}.{digit} {hour}:{minute}, rpt {n}.{digit}.",
    "{finding} +{digit}, {finding} -, {finding} ?{quality}.",
    "Took {thing} & {thing} from {village}: {finding}.",
    "No {finding} since {day}; {place} {quality}, {quality}.",
];
const PLANS: &[&str] = &[
    "{medicine}, {dosage}. RV {day}.",
    "{drug} {sig}; back if {finding}.",
    "{drug} lot {code} {sig}. {name} told.",
    "For {complaint}: {drug} {sig}.",
    "Cont {drug} {sig}, stop if {finding} or {finding}.",
    "{drug} {sig}, {n} given {hour}:{minute}. RV {day} w {name}.",
];
const UNITS: &[&str] = &[
    "days", "d", "wks", "nights", "hrs", "months", "mornings", "/7", "/52", "/12",
];
const SIDES: &[&str] = &[
    "L", "R", "left", "right", "inner L", "inner R", "outer L", "outer R", "both",
];

/// Writes a note that fits the visit.
pub(super) fn write(rng: &mut ChaCha8Rng, diagnosis: &Diagnosis, vitals: &Vitals) -> String {
    let plan = fill(rng, PLANS, diagnosis, vitals);
    let plan = hurry(rng, &plan);
    let wanted = rng.random_range(230..560);
    let mut note = String::new();
    loop {
        let sentence = fill(rng, SENTENCES, diagnosis, vitals);
        let sentence = hurry(rng, &sentence);
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
        match blank {
            "complaint" => text.push_str(diagnosis.complaint),
            "medicine" => text.push_str(diagnosis.medicine),
            "dosage" => text.push_str(diagnosis.dosage),
            "drug" => text.push_str(diagnosis.medicine.split(' ').next().unwrap_or("")),
            "systolic" => text.push_str(&(vitals.systolic + rng.random_range(0..7)).to_string()),
            "diastolic" => text.push_str(&(vitals.diastolic - rng.random_range(0..7)).to_string()),
            "pulse" => text.push_str(&(vitals.pulse + rng.random_range(0..9)).to_string()),
            _ => text.push_str(&word(rng, blank)),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

fn word(rng: &mut ChaCha8Rng, blank: &str) -> String {
    match blank {
        "finding" => one(rng, &words::FINDINGS).to_owned(),
        "Finding" => capital(one(rng, &words::FINDINGS)),
        "quality" => one(rng, &words::QUALITIES).to_owned(),
        "Quality" => capital(one(rng, &words::QUALITIES)),
        "place" => one(rng, &words::PLACES).to_owned(),
        "Place" => capital(one(rng, &words::PLACES)),
        "person" => one(rng, &words::PEOPLE).to_owned(),
        "Person" => capital(one(rng, &words::PEOPLE)),
        "action" => one(rng, &words::ACTIONS).to_owned(),
        "thing" => one(rng, &words::THINGS).to_owned(),
        "Measure" => capital(one(rng, &words::MEASURES)),
        "unit" => (*pick(rng, UNITS)).to_owned(),
        "side" => (*pick(rng, SIDES)).to_owned(),
        "name" => names::somebody(rng),
        "village" => pick(rng, names::VILLAGES).0.to_owned(),
        "phone" => phone(rng),
        "n" => rng.random_range(2..60).to_string(),
        "rate" => rng.random_range(12..31).to_string(),
        "seven" => rng.random_range(6..9).to_string(),
        "digit" => rng.random_range(0..10).to_string(),
        "sig" => {
            let often = pick(
                rng,
                &[
                    "od", "bd", "tds", "qds", "prn", "nocte", "mane", "4hrly", "8hrly",
                ],
            );
            format!(
                "{}{often} x {}/7",
                pick(rng, &["i ", "ii ", "1 tab ", "2 tabs ", "5 ml "]),
                rng.random_range(1..29)
            )
        }
        "letter" => char::from(b'A' + rng.random_range(0..8)).to_string(),
        "hour" => format!("{:02}", rng.random_range(7..18)),
        "minute" => format!("{:02}", rng.random_range(0..60)),
        "day" => format!("{}/{}", rng.random_range(1..29), rng.random_range(1..13)),
        "code" => format!("{:X}", rng.random_range(0x10_0000..0xff_ffff)),
        other => other.to_owned(),
    }
}

fn one(rng: &mut ChaCha8Rng, words: &words::Words) -> &'static str {
    pick::<&'static str>(rng, words.as_slice())
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Shortens a few words and swaps or drops a letter in a few others.
fn hurry(rng: &mut ChaCha8Rng, sentence: &str) -> String {
    let word = |word: &str| -> String {
        let mut letters: Vec<char> = word.chars().collect();
        let is_long = letters.len() > 5 && letters.iter().all(char::is_ascii_lowercase);
        if is_long && rng.random_ratio(1, SHORTENED) {
            if rng.random_bool(0.5) {
                letters.truncate(rng.random_range(3..5));
            } else {
                let first = letters.remove(0);
                letters.retain(|it| !"aeiou".contains(*it));
                letters.insert(0, first);
            }
        } else if letters.len() > 4 && rng.random_ratio(1, SLIPS) {
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
