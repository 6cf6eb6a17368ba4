//! What happens at a visit: a complaint, a diagnosis, vital signs, a medicine, a note.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::{days_ago, notes, pick};

/// A diagnosis with what it brings along.
#[derive(Debug, Clone, Copy)]
pub struct Diagnosis {
    /// The ICD-10-CM code.
    pub code: &'static str,
    /// Its words.
    pub text: &'static str,
    /// What the patient says.
    pub complaint: &'static str,
    /// What is given.
    pub medicine: &'static str,
    /// How to take it.
    pub dosage: &'static str,
    /// Whether it stays a problem after the visit.
    pub is_chronic: bool,
    /// Whether the temperature is up.
    pub is_feverish: bool,
}

/// What someone may not take.
#[derive(Debug, Clone, Copy)]
pub struct Allergy {
    /// The substance.
    pub substance: &'static str,
    /// What it does.
    pub reaction: &'static str,
    /// FHIR criticality.
    pub criticality: &'static str,
}

/// Vital signs.
#[derive(Debug, Clone, Copy)]
pub struct Vitals {
    /// mmHg.
    pub systolic: u32,
    /// mmHg.
    pub diastolic: u32,
    /// Tenths of a degree Celsius.
    pub temperature_tenths: u32,
    /// Tenths of a kilogram.
    pub weight_tenths: u32,
    /// Beats a minute.
    pub pulse: u32,
    /// Per cent.
    pub oxygen: u32,
}

/// One visit.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The day.
    pub date: String,
    /// The minute of that day.
    pub minute: u32,
    /// What was found.
    pub diagnosis: Diagnosis,
    /// What was measured.
    pub vitals: Vitals,
    /// What the nurse wrote: 200 to 600 characters.
    pub note: String,
}

#[rustfmt::skip]
const DIAGNOSES: &[Diagnosis] = &[
    known("I10", "Essential (primary) hypertension", "headache in the morning", "Amlodipine 5 mg", "one tablet every morning", true, false),
    known("E11.9", "Type 2 diabetes mellitus without complications", "thirst and tiredness", "Metformin 500 mg", "one tablet twice a day with food", true, false),
    known("J45.909", "Unspecified asthma, uncomplicated", "wheezing at night", "Salbutamol inhaler 100 mcg", "two puffs when needed", true, false),
    known("B54", "Unspecified malaria", "fever and chills", "Artemether/lumefantrine 20/120 mg", "four tablets twice a day for three days", false, true),
    known("J06.9", "Acute upper respiratory infection, unspecified", "cough and a running nose", "Paracetamol 500 mg", "one tablet every six hours when needed", false, true),
    known("A09", "Infectious gastroenteritis and colitis, unspecified", "watery stools since yesterday", "Oral rehydration salts", "one sachet in a litre of water after each stool", false, true),
    known("N39.0", "Urinary tract infection, site not specified", "burning when passing water", "Nitrofurantoin 100 mg", "one capsule twice a day for five days", false, false),
    known("L03.90", "Cellulitis, unspecified", "a red and swollen leg", "Cloxacillin 500 mg", "one capsule four times a day for seven days", false, true),
    known("M54.50", "Low back pain, unspecified", "pain in the lower back", "Ibuprofen 400 mg", "one tablet three times a day with food for five days", false, false),
    known("J18.9", "Pneumonia, unspecified organism", "cough and fast breathing", "Amoxicillin 500 mg", "two capsules twice a day for five days", false, true),
    known("D50.9", "Iron deficiency anemia, unspecified", "weakness and dizziness", "Ferrous sulfate 200 mg", "one tablet once a day for three months", true, false),
    known("B82.0", "Intestinal helminthiasis, unspecified", "belly ache", "Albendazole 400 mg", "one tablet once", false, false),
    known("H10.9", "Unspecified conjunctivitis", "red and sticky eyes", "Tetracycline eye ointment 1 %", "three times a day for seven days", false, false),
    known("S61.419A", "Laceration without foreign body of unspecified hand, initial encounter", "a cut on the hand", "Paracetamol 500 mg", "one tablet every six hours when needed", false, false),
    known("Z34.90", "Encounter for supervision of normal pregnancy, unspecified trimester", "routine antenatal visit", "Ferrous sulfate 200 mg with folic acid 0.4 mg", "one tablet once a day", false, false),
    known("K29.70", "Gastritis, unspecified, without bleeding", "burning in the upper belly", "Omeprazole 20 mg", "one capsule every morning for two weeks", false, false),
];

const ALLERGIES: &[Allergy] = &[
    Allergy {
        substance: "Penicillin",
        reaction: "rash and swelling of the face",
        criticality: "high",
    },
    Allergy {
        substance: "Sulfamethoxazole",
        reaction: "itching rash",
        criticality: "low",
    },
    Allergy {
        substance: "Peanut",
        reaction: "swelling of the lips",
        criticality: "high",
    },
    Allergy {
        substance: "Aspirin",
        reaction: "wheezing",
        criticality: "high",
    },
    Allergy {
        substance: "Bee venom",
        reaction: "large local swelling",
        criticality: "low",
    },
];

#[expect(clippy::too_many_arguments, reason = "a row of the table above")]
const fn known(
    code: &'static str,
    text: &'static str,
    complaint: &'static str,
    medicine: &'static str,
    dosage: &'static str,
    is_chronic: bool,
    is_feverish: bool,
) -> Diagnosis {
    Diagnosis {
        code,
        text,
        complaint,
        medicine,
        dosage,
        is_chronic,
        is_feverish,
    }
}

/// Makes a visit so many days ago.
pub(super) fn visit(rng: &mut ChaCha8Rng, age: i32, is_female: bool, ago: u32) -> Visit {
    let mut diagnosis = *pick(rng, DIAGNOSES);
    while diagnosis.code == "Z34.90" && !(is_female && (16..45).contains(&age)) {
        diagnosis = *pick(rng, DIAGNOSES);
    }
    let vitals = vitals(rng, age, &diagnosis);
    let note = notes::write(rng, &diagnosis, &vitals);
    Visit {
        date: days_ago(ago),
        minute: rng.random_range(7 * 60..17 * 60),
        diagnosis,
        vitals,
        note,
    }
}

/// Makes an allergy.
pub(super) fn allergy(rng: &mut ChaCha8Rng) -> Allergy {
    *pick(rng, ALLERGIES)
}

fn vitals(rng: &mut ChaCha8Rng, age: i32, diagnosis: &Diagnosis) -> Vitals {
    let years = u32::try_from(age).unwrap_or(0);
    let pressed = if diagnosis.code == "I10" { 35 } else { 0 };
    let systolic = (90 + years.min(60) / 2 + pressed) + rng.random_range(0..20);
    let fever = if diagnosis.is_feverish {
        rng.random_range(8..25)
    } else {
        0
    };
    let weight = if years < 18 {
        35 + years * 27
    } else {
        480 + rng.random_range(0..400)
    };
    Vitals {
        systolic,
        diastolic: systolic - 30 - rng.random_range(0..15),
        temperature_tenths: 363 + rng.random_range(0..8) + fever,
        weight_tenths: weight + rng.random_range(0..30),
        pulse: 62 + rng.random_range(0..30) + fever,
        oxygen: 94 + rng.random_range(0..6),
    }
}
