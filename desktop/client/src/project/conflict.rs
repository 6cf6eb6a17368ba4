//! What a person must decide: values side by side.

use record::{
    Agreement, BirthDate, Chart, Content, Deceased, Register, Sex, Statement, StatementConflict,
};

use super::chart::shown_name;
use super::row::number_of;
use super::texts::{concept_text, deceased_text, sex_code, value_text};
use super::{Lens, recorded};
use crate::views::{ConflictRegister, ConflictValue, ConflictView};

/// Returns every conflict of a chart.
pub(crate) fn conflicts_of(chart: &Chart, lens: &Lens<'_>) -> Vec<ConflictView> {
    let maker = Maker { chart, lens };
    let birth = |it: &BirthDate| (it.date.as_str().to_owned(), it.estimated);
    let sex = |it: &Sex| (sex_code(*it).to_owned(), false);
    let death = |it: &Deceased| (deceased_text(it), false);
    let registers = [
        maker.register(
            ConflictRegister::BirthDate,
            chart.birth_date.as_ref(),
            birth,
        ),
        maker.register(ConflictRegister::Sex, chart.sex.as_ref(), sex),
        maker.register(ConflictRegister::Deceased, chart.deceased.as_ref(), death),
    ];
    let statements = chart.conflicting_statements();
    let statements = statements.iter().map(|it| maker.statements(it));
    registers.into_iter().flatten().chain(statements).collect()
}

/// Returns what a statement is about, in a few words.
pub(crate) fn statement_subject(statement: &Statement) -> String {
    match &statement.content {
        Content::Encounter(it) => it
            .reason_code
            .first()
            .or_else(|| it.types.first())
            .map_or_else(|| "visit".to_owned(), concept_text),
        Content::Observation(it) => concept_text(&it.code),
        Content::Condition(it) => concept_text(&it.code),
        Content::AllergyIntolerance(it) => concept_text(&it.code),
        Content::MedicationRequest(it) => concept_text(&it.medication),
        Content::Immunization(it) => concept_text(&it.vaccine_code),
        Content::Procedure(it) => concept_text(&it.code),
        Content::DiagnosticReport(it) => concept_text(&it.code),
        Content::Note(it) => it.text.clone(),
        Content::DocumentReference(it) => {
            it.title.clone().unwrap_or_else(|| it.content_type.clone())
        }
        Content::Opaque(it) => it.resource_type.clone(),
        Content::EnteredInError(_) => "withdrawn".to_owned(),
        Content::Unknown(it) => it.kind.clone(),
    }
}

/// Returns what a statement says, beyond what it is about.
fn statement_value(statement: &Statement) -> String {
    let status = |it: Option<&record::CodeableConcept>| it.map(concept_text);
    let detail = match &statement.content {
        Content::Observation(it) => it.value.as_ref().map(|it| {
            let (value, unit) = value_text(it);
            format!("{value} {unit}").trim().to_owned()
        }),
        Content::Condition(it) => status(it.clinical_status.as_ref()),
        Content::AllergyIntolerance(it) => it
            .criticality
            .clone()
            .or_else(|| status(it.clinical_status.as_ref())),
        Content::MedicationRequest(it) => it.dosage.clone().or_else(|| it.status.clone()),
        Content::Immunization(it) => it.status.clone(),
        Content::Procedure(it) => it.status.clone(),
        Content::DiagnosticReport(it) => it.conclusion.clone().or_else(|| it.status.clone()),
        Content::Encounter(_)
        | Content::Note(_)
        | Content::DocumentReference(_)
        | Content::Opaque(_)
        | Content::EnteredInError(_)
        | Content::Unknown(_) => None,
    };
    let subject = statement_subject(statement);
    detail
        .filter(|it| !it.is_empty())
        .map_or_else(|| subject.clone(), |it| format!("{subject}: {it}"))
}

struct Maker<'a> {
    chart: &'a Chart,
    lens: &'a Lens<'a>,
}

impl Maker<'_> {
    fn view(
        &self,
        register: ConflictRegister,
        subject: String,
        values: Vec<ConflictValue>,
    ) -> ConflictView {
        ConflictView {
            chart: self.chart.id.to_string(),
            number: number_of(self.chart),
            name: shown_name(self.chart),
            register,
            subject,
            values,
        }
    }

    fn register<T>(
        &self,
        name: ConflictRegister,
        register: Option<&Register<T>>,
        text: impl Fn(&T) -> (String, bool),
    ) -> Option<ConflictView>
    where
        T: Clone + PartialEq + record::Refines + serde::Serialize,
    {
        let register = register.filter(|it| it.agreement == Agreement::Conflict)?;
        let values = register.all().map(|it| {
            let (value, estimated) = text(&it.value);
            ConflictValue {
                key: value.clone(),
                value,
                estimated,
                author: self.lens.person(it.stamp.person),
                site: self.lens.site(it.stamp.site),
                device: self.lens.device(it.stamp.device),
                when: recorded(&it.stamp),
                reason: it.reason.clone(),
            }
        });
        Some(self.view(name, String::new(), values.collect()))
    }

    fn statements(&self, conflict: &StatementConflict<'_>) -> ConflictView {
        let values = conflict.replacements.iter().map(|it| ConflictValue {
            key: it.id.to_string(),
            value: statement_value(it),
            estimated: false,
            author: self.lens.person(it.stamp.person),
            site: self.lens.site(it.stamp.site),
            device: self.lens.device(it.stamp.device),
            when: recorded(&it.stamp),
            reason: it.reason.clone(),
        });
        let subject = conflict.replaced.map(statement_subject).unwrap_or_default();
        self.view(ConflictRegister::Statement, subject, values.collect())
    }
}
