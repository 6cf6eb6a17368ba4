//! What a person means to write, and where in the document it goes.
//!
//! Each intent is one narrow write of one whole value. Nothing here reads a chart, changes it and writes it back:
//! that would silently revert what others wrote meanwhile.

use record::{
    About, Address, BirthDate, Contact, ContactPoint, Deceased, HumanName, Identifier, ItemId,
    Language, Sex, Stamped, Statement,
};

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

/// The containers of a chart's document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Registers with one value: birth date, sex, death, what the chart is about.
    Registers,
    /// Names.
    Names,
    /// Identifiers.
    Identifiers,
    /// Phones and the like.
    Telecoms,
    /// Addresses.
    Addresses,
    /// Relatives and neighbours.
    Contacts,
    /// Languages.
    Languages,
    /// Sealed statements.
    Statements,
}
