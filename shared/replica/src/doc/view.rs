//! Reading a chart out of its document.
//!
//! Everything that was written is read: concurrent values by `get_all`, not the one that automerge prefers. What
//! this release cannot read is named as such and left where it is.

use automerge::{Automerge, ReadDoc, ScalarValue, ScalarValueRef, Value, ValueRef};
use record::{
    About, Chart, ChartId, Item, ItemId, MergeClass, Refines, Register, Stamped, Statement,
    StatementId,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::genesis::Field;
use crate::intent::key;

/// Reads the chart.
pub(super) fn view(id: ChartId, doc: &Automerge) -> Chart {
    let mut reader = Reader {
        doc,
        unknown: Vec::new(),
    };
    let mut chart = Chart {
        birth_date: reader.register(key::BIRTH_DATE, MergeClass::MustReview),
        sex: reader.register(key::SEX, MergeClass::MustReview),
        deceased: reader.register(key::DECEASED, MergeClass::MustReview),
        about: reader.about(),
        names: reader.items(Field::Names),
        identifiers: reader.items(Field::Identifiers),
        telecoms: reader.items(Field::Telecoms),
        addresses: reader.items(Field::Addresses),
        contacts: reader.items(Field::Contacts),
        languages: reader.items(Field::Languages),
        ..Chart::empty(id)
    };
    reader.statements(&mut chart);
    reader.name_what_is_not_ours();
    chart.unknown_registers = reader.unknown;
    chart
}

/// Reads one statement; none if it is not there or cannot be read.
pub(super) fn statement(doc: &Automerge, id: StatementId) -> Option<Statement> {
    let mut values = values(doc, Field::Statements, &id.to_string());
    opened(id, &mut values).into_iter().next()
}

/// Opens what stands under a statement's id. A statement is written once. Two under one id are nobody's honest
/// work: one is shown, the same one everywhere.
fn opened(id: StatementId, values: &mut Vec<Vec<u8>>) -> Vec<Statement> {
    values.sort_unstable();
    values.dedup();
    let opened = values.iter().filter_map(|it| Statement::open(id, it).ok());
    opened.collect()
}

/// Reads values, and remembers what could not be read.
struct Reader<'a> {
    doc: &'a Automerge,
    unknown: Vec<String>,
}

impl Reader<'_> {
    /// Reads a register with one value.
    fn register<T>(&mut self, key: &str, class: MergeClass) -> Option<Register<T>>
    where
        T: Clone + PartialEq + Refines + Serialize + DeserializeOwned,
    {
        let values = values(self.doc, Field::Registers, key);
        self.settle(class, key, &values)
    }

    /// Reads what the chart is about: the newest word on it, for there is nothing to review.
    fn about(&mut self) -> About {
        let values = values(self.doc, Field::Registers, key::ABOUT);
        let stamped: Vec<Stamped<About>> = self.decode(key::ABOUT, &values);
        stamped
            .into_iter()
            .max_by_key(|it| it.stamp)
            .map_or(About::Patient, |it| it.value)
    }

    /// Reads a repeating register, by the ids of its items.
    fn items<T>(&mut self, field: Field) -> Vec<Item<T>>
    where
        T: Clone + PartialEq + Refines + Serialize + DeserializeOwned,
    {
        let mut items = Vec::new();
        for (key, values) in self.all(field) {
            let name = format!("{}/{key}", field.name());
            let Ok(id) = key.parse::<ItemId>() else {
                self.unknown.push(name);
                continue;
            };
            let register = self.settle(MergeClass::LastWriter, &name, &values);
            items.extend(register.map(|register| Item { id, register }));
        }
        items.sort_by_key(|it| it.id);
        items
    }

    /// Reads the statements, by the time of recording.
    fn statements(&mut self, chart: &mut Chart) {
        for (key, mut values) in self.all(Field::Statements) {
            let Ok(id) = key.parse() else {
                self.unknown
                    .push(format!("{}/{key}", Field::Statements.name()));
                continue;
            };
            let opened = opened(id, &mut values);
            // That something is wrong with it is shown too.
            if values.len() != 1 || opened.is_empty() {
                chart.damaged.push(id);
            }
            chart.statements.extend(opened.into_iter().next());
        }
        chart.statements.sort_by_key(|it| (it.stamp, it.id));
        chart.damaged.sort_unstable();
    }

    /// Names the registers and containers that this release does not have.
    fn name_what_is_not_ours(&mut self) {
        let registers = self.doc.keys(Field::Registers.object());
        self.unknown
            .extend(registers.filter(|it| !key::ALL.contains(&it.as_str())));
        let ours = |name: &String| Field::ALL.iter().any(|it| it.name() == name);
        self.unknown
            .extend(self.doc.keys(automerge::ROOT).filter(|it| !ours(it)));
        self.unknown.sort_unstable();
        self.unknown.dedup();
    }

    fn settle<T>(
        &mut self,
        class: MergeClass,
        name: &str,
        values: &[Vec<u8>],
    ) -> Option<Register<T>>
    where
        T: Clone + PartialEq + Refines + Serialize + DeserializeOwned,
    {
        let stamped = self.decode(name, values);
        Register::settle(class, stamped)
    }

    fn decode<T: DeserializeOwned>(&mut self, name: &str, values: &[Vec<u8>]) -> Vec<Stamped<T>> {
        let decode = |it: &Vec<u8>| serde_ipld_dagcbor::from_slice(it).ok();
        let decoded: Vec<Stamped<T>> = values.iter().filter_map(decode).collect();
        if decoded.len() != values.len() {
            self.unknown.push(name.to_owned());
        }
        decoded
    }

    /// Returns all keys of a container with all their current values.
    fn all(&self, field: Field) -> Vec<(String, Vec<Vec<u8>>)> {
        let items = self.doc.map_range(field.object(), ..);
        items
            .map(|it| {
                let values = match it.value {
                    ValueRef::Scalar(ScalarValueRef::Bytes(bytes)) if !it.conflict => {
                        vec![bytes.into_owned()]
                    }
                    ValueRef::Scalar(_) | ValueRef::Object(_) => values(self.doc, field, &it.key),
                };
                (it.key.into_owned(), values)
            })
            .collect()
    }
}

/// Returns all current values of a key, those written apart too. The structural check lets only bytes in.
pub(super) fn values(doc: &impl ReadDoc, field: Field, key: &str) -> Vec<Vec<u8>> {
    let values = doc.get_all(field.object(), key).unwrap_or_default();
    let bytes = values.into_iter().filter_map(|(value, _id)| {
        let Value::Scalar(value) = value else {
            return None;
        };
        let ScalarValue::Bytes(bytes) = value.into_owned() else {
            return None;
        };
        Some(bytes)
    });
    bytes.collect()
}
