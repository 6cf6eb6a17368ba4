//! What a person means to write, and where in the document it goes.
//!
//! Each intent is one narrow write of one whole value. Nothing here reads a chart, changes it and writes it back:
//! that would silently revert what others wrote meanwhile.

use record::{
    About, Address, BirthDate, Contact, ContactPoint, Deceased, HumanName, Identifier, ItemId,
    Language, Sex, Stamped, Statement, StatementError,
};
use serde::Serialize;

use crate::check::{MAX_BYTES, MAX_OPERATIONS};
use crate::{EditError, Field};

/// One thing to write into a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// Says what the chart is about; once, when it is made.
    SetAbout(Stamped<About>),
    /// Writes or corrects the birth date.
    SetBirthDate(Stamped<BirthDate>),
    /// Writes or corrects the sex.
    SetSex(Stamped<Sex>),
    /// Records a death, or that there was none.
    SetDeceased(Stamped<Deceased>),
    /// Adds a name, or corrects the one of this id.
    PutName(ItemId, Stamped<HumanName>),
    /// Adds an identifier, or corrects the one of this id.
    PutIdentifier(ItemId, Stamped<Identifier>),
    /// Adds a phone or the like, or corrects the one of this id.
    PutTelecom(ItemId, Stamped<ContactPoint>),
    /// Adds an address, or corrects the one of this id.
    PutAddress(ItemId, Stamped<Address>),
    /// Adds someone to call, or corrects the one of this id.
    PutContact(ItemId, Stamped<Contact>),
    /// Adds a language, or corrects the one of this id.
    PutLanguage(ItemId, Stamped<Language>),
    /// Adds a statement. A correction is a new statement that names what it replaces.
    AddStatement(Box<Statement>),
}

/// What an operation takes in a change besides its key and its value: the lengths of both and some run-lengths.
const OPERATION_BYTES: usize = 24;
/// What a part of an edit may fill. The rest of a change's room is for what surrounds the operations.
const PART_BYTES: usize = MAX_BYTES - 4 * 1024;

/// The keys of the registers with one value; never changed once released.
pub(crate) mod key {
    pub(crate) const ABOUT: &str = "about";
    pub(crate) const BIRTH_DATE: &str = "birth_date";
    pub(crate) const SEX: &str = "sex";
    pub(crate) const DECEASED: &str = "deceased";
    pub(crate) const ALL: [&str; 4] = [ABOUT, BIRTH_DATE, SEX, DECEASED];
}

/// An intent as the document takes it.
pub(crate) struct Placed {
    pub(crate) field: Field,
    pub(crate) key: String,
    pub(crate) value: Vec<u8>,
}

impl Placed {
    /// Returns about how many bytes of a change this takes.
    pub(crate) const fn size(&self) -> usize {
        self.key.len() + self.value.len()
    }

    fn register<T: Serialize>(key: &str, value: &Stamped<T>) -> Result<Self, EditError> {
        Self::encode(Field::Registers, key.to_owned(), value)
    }

    fn item<T: Serialize>(field: Field, id: ItemId, value: &Stamped<T>) -> Result<Self, EditError> {
        Self::encode(field, id.to_string(), value)
    }

    fn encode<T: Serialize>(
        field: Field,
        key: String,
        value: &Stamped<T>,
    ) -> Result<Self, EditError> {
        let value = serde_ipld_dagcbor::to_vec(value)
            .map_err(|_unencodable| EditError::Statement(StatementError::Damaged))?;
        Ok(Self { field, key, value })
    }
}

impl Intent {
    /// Splits intents into parts, in order, that each fit one change.
    pub fn parts(intents: &[Self]) -> Result<Vec<&[Self]>, EditError> {
        let mut parts = Vec::new();
        let (mut rest, mut taken, mut size) = (intents, 0, 0);
        for intent in intents {
            let more = intent.place()?.size() + OPERATION_BYTES;
            let full = size + more > PART_BYTES || taken >= MAX_OPERATIONS;
            if full && let Some((part, others)) = rest.split_at_checked(taken) {
                parts.push(part);
                (rest, taken, size) = (others, 0, 0);
            }
            taken += 1;
            size += more;
        }
        parts.push(rest);
        parts.retain(|it| !it.is_empty());
        Ok(parts)
    }

    pub(crate) fn place(&self) -> Result<Placed, EditError> {
        match self {
            Self::SetAbout(it) => Placed::register(key::ABOUT, it),
            Self::SetBirthDate(it) => Placed::register(key::BIRTH_DATE, it),
            Self::SetSex(it) => Placed::register(key::SEX, it),
            Self::SetDeceased(it) => Placed::register(key::DECEASED, it),
            Self::PutName(id, it) => Placed::item(Field::Names, *id, it),
            Self::PutIdentifier(id, it) => Placed::item(Field::Identifiers, *id, it),
            Self::PutTelecom(id, it) => Placed::item(Field::Telecoms, *id, it),
            Self::PutAddress(id, it) => Placed::item(Field::Addresses, *id, it),
            Self::PutContact(id, it) => Placed::item(Field::Contacts, *id, it),
            Self::PutLanguage(id, it) => Placed::item(Field::Languages, *id, it),
            Self::AddStatement(it) => {
                let (key, value) = (it.id.to_string(), it.seal()?);
                Ok(Placed {
                    field: Field::Statements,
                    key,
                    value,
                })
            }
        }
    }
}
