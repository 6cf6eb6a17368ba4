//! Contents of every kind as Posta's screens write them.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use record::{
    AllergyIntolerance, Condition, Content, DiagnosticReport, DocumentReference, Encounter,
    EncounterStatus, Immunization, MedicationRequest, Note, Observation, Procedure, Reference,
    When,
};

use super::values::{component, concept, period, rest, text, value, when};

/// A content and when it happened, as Posta's screens write them.
pub(super) fn said() -> impl Strategy<Value = (Content, Option<When>)> {
    prop_oneof![
        visit(),
        observation(),
        condition(),
        allergy(),
        medication(),
        given_and_done(),
        report(),
        note(),
        document()
    ]
}

fn visit() -> BoxedStrategy<(Content, Option<When>)> {
    let status = prop_oneof![
        Just(EncounterStatus::Open),
        Just(EncounterStatus::Closed),
        Just(EncounterStatus::Signed)
    ];
    let parts = (
        status,
        vec(concept(), 0..2),
        vec(concept(), 0..2),
        period(),
        rest("note"),
    );
    let visit = parts.prop_map(|(status, types, reason_code, period, rest)| {
        let occurred = period.start.clone();
        let period = Some(period);
        let visit = Encounter {
            status: Some(status),
            fhir_status: None,
            types,
            reason_code,
            period,
            rest,
        };
        (Content::Encounter(visit), occurred)
    });
    visit.boxed()
}

fn observation() -> BoxedStrategy<(Content, Option<When>)> {
    let parts = (
        vec(concept(), 0..2),
        concept(),
        of(value()),
        vec(component(), 0..3),
        of(when()),
        rest("note"),
    );
    let observation = parts.prop_map(|(category, code, value, component, occurred, rest)| {
        let status = Some("final".to_owned());
        (
            Content::Observation(Observation {
                status,
                category,
                code,
                value,
                component,
                rest,
            }),
            occurred,
        )
    });
    observation.boxed()
}

fn condition() -> BoxedStrategy<(Content, Option<When>)> {
    let parts = (
        of(concept()),
        of(concept()),
        vec(concept(), 0..2),
        concept(),
        of(when()),
        of(when()),
        rest("note"),
    );
    let condition = parts.prop_map(
        |(clinical_status, verification_status, category, code, onset, recorded, rest)| {
            let occurred = onset.clone().or_else(|| recorded.clone());
            let condition = Condition {
                clinical_status,
                verification_status,
                category,
                code,
                onset,
                abatement: None,
                recorded_date: recorded,
                rest,
            };
            (Content::Condition(condition), occurred)
        },
    );
    condition.boxed()
}

fn allergy() -> BoxedStrategy<(Content, Option<When>)> {
    let criticality = prop_oneof![Just("low"), Just("high"), Just("unable-to-assess")];
    let parts = (
        concept(),
        of(concept()),
        of(criticality),
        concept(),
        of(text()),
        of(when()),
        rest("note"),
    );
    let allergy = parts.prop_map(
        |(clinical, verification_status, criticality, code, reaction, recorded_date, rest)| {
            let occurred = recorded_date.clone();
            let allergy = AllergyIntolerance {
                clinical_status: Some(clinical),
                verification_status,
                criticality: criticality.map(str::to_owned),
                code,
                reaction,
                recorded_date,
                rest,
            };
            (Content::AllergyIntolerance(allergy), occurred)
        },
    );
    allergy.boxed()
}

fn medication() -> BoxedStrategy<(Content, Option<When>)> {
    let parts = (text(), concept(), of(text()), of(when()), rest("note"));
    let request = parts.prop_map(|(status, medication, dosage, authored_on, rest)| {
        let occurred = authored_on.clone();
        let (status, intent) = (Some(status), Some("order".to_owned()));
        (
            Content::MedicationRequest(MedicationRequest {
                status,
                intent,
                medication,
                dosage,
                authored_on,
                rest,
            }),
            occurred,
        )
    });
    request.boxed()
}

fn given_and_done() -> BoxedStrategy<(Content, Option<When>)> {
    let status = || Some("completed".to_owned());
    let given = (concept(), when(), rest("note")).prop_map(move |(vaccine_code, when, rest)| {
        let occurrence = Some(when.clone());
        (
            Content::Immunization(Immunization {
                status: status(),
                vaccine_code,
                occurrence,
                rest,
            }),
            Some(when),
        )
    });
    let done = (concept(), of(period()), rest("note")).prop_map(move |(code, performed, rest)| {
        let occurred = performed.as_ref().and_then(|it| it.start.clone());
        (
            Content::Procedure(Procedure {
                status: status(),
                code,
                performed,
                rest,
            }),
            occurred,
        )
    });
    prop_oneof![given, done].boxed()
}

fn report() -> BoxedStrategy<(Content, Option<When>)> {
    let result = (text(), of(text())).prop_map(|(reference, display)| Reference {
        reference: Some(reference),
        display,
        rest: None,
    });
    let parts = (
        vec(concept(), 0..2),
        concept(),
        vec(result, 0..3),
        of(when()),
        of(text()),
        of(when()),
        rest("note"),
    );
    let report = parts.prop_map(
        |(category, code, result, issued, conclusion, occurred, rest)| {
            let status = Some("final".to_owned());
            let report = DiagnosticReport {
                status,
                category,
                code,
                result,
                issued,
                conclusion,
                rest,
            };
            (Content::DiagnosticReport(report), occurred)
        },
    );
    report.boxed()
}

fn note() -> BoxedStrategy<(Content, Option<When>)> {
    let note = (vec(text(), 1..5), when()).prop_map(|(lines, when)| {
        (
            Content::Note(Note {
                text: lines.join("\n"),
                rest: None,
            }),
            Some(when),
        )
    });
    note.boxed()
}

fn document() -> BoxedStrategy<(Content, Option<When>)> {
    let parts = (of(text()), text(), any::<[u8; 32]>(), 1_u64.., of(when()));
    let document = parts.prop_map(|(title, content_type, hash, size, occurred)| {
        let document = DocumentReference {
            title,
            content_type,
            hash,
            size,
            rest: None,
        };
        (Content::DocumentReference(document), occurred)
    });
    document.boxed()
}
