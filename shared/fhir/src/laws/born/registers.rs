//! Registers of every sort.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use record::{
    Address, BirthDate, Contact, ContactPoint, ContactSystem, Deceased, HumanName, Identifier,
    ItemId, Language, Sex, When,
};

use super::values::{concept, day, rest, text};
use crate::RegisterValue;

fn id() -> impl Strategy<Value = ItemId> {
    any::<[u8; 16]>().prop_map(ItemId::new)
}

/// An item of a repeating register.
pub(super) fn item() -> impl Strategy<Value = RegisterValue> {
    prop_oneof![
        (id(), name()).prop_map(|(id, it)| RegisterValue::Name(id, it)),
        (id(), identifier()).prop_map(|(id, it)| RegisterValue::Identifier(id, it)),
        (id(), telecom()).prop_map(|(id, it)| RegisterValue::Telecom(id, it)),
        (id(), address()).prop_map(|(id, it)| RegisterValue::Address(id, it)),
        (id(), contact()).prop_map(|(id, it)| RegisterValue::Contact(id, it)),
        (id(), language()).prop_map(|(id, it)| RegisterValue::Language(id, it)),
    ]
}

fn name() -> impl Strategy<Value = HumanName> {
    let given = vec(text(), 0..3);
    let name = (
        of(text()),
        given,
        vec(text(), 0..2),
        of(text()),
        rest("extension"),
    );
    name.prop_map(|(family, given, prefix, text, rest)| HumanName {
        family,
        given,
        prefix,
        text,
        rest,
        ..HumanName::default()
    })
}

fn identifier() -> impl Strategy<Value = Identifier> {
    (text(), text(), rest("type")).prop_map(|(system, value, rest)| Identifier {
        system: Some(system),
        value: Some(value),
        usage: None,
        rest,
    })
}

fn telecom() -> impl Strategy<Value = ContactPoint> {
    (text(), of(text()), rest("extension")).prop_map(|(value, usage, rest)| ContactPoint {
        system: Some(ContactSystem::Phone),
        value: Some(value),
        usage,
        rest,
    })
}

fn address() -> impl Strategy<Value = Address> {
    let address = (vec(text(), 0..3), of(text()), of(text()), rest("extension"));
    address.prop_map(|(line, city, district, rest)| Address {
        line,
        city,
        district,
        rest,
        ..Address::default()
    })
}

fn contact() -> impl Strategy<Value = Contact> {
    let contact = (of(text()), of(text()), of(text()), rest("extension"));
    contact.prop_map(|(relationship, name, phone, rest)| Contact {
        relationship,
        name,
        phone,
        rest,
    })
}

fn language() -> impl Strategy<Value = Language> {
    let language = (concept(), of(any::<bool>()), rest("extension"));
    language.prop_map(|(language, preferred, rest)| Language {
        language,
        preferred,
        rest,
    })
}

pub(super) fn single() -> impl Strategy<Value = Vec<RegisterValue>> {
    let birth = (day(), any::<bool>()).prop_map(|(date, estimated)| BirthDate { date, estimated });
    let sex = prop_oneof![
        Just(Sex::Female),
        Just(Sex::Male),
        Just(Sex::Other),
        Just(Sex::Unknown)
    ];
    let deceased = prop_oneof![
        Just(Deceased::Living),
        Just(Deceased::Dead),
        Just(Deceased::On(When::parse("2020-05-05").unwrap())),
    ];
    (of(birth), of(sex), of(deceased)).prop_map(|(birth, sex, deceased)| {
        let birth = birth.map(RegisterValue::BirthDate);
        let rest = sex
            .map(RegisterValue::Sex)
            .into_iter()
            .chain(deceased.map(RegisterValue::Deceased));
        birth.into_iter().chain(rest).collect()
    })
}
