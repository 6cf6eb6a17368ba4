//! Golden messages: bytes that a release wrote are read, and written, by every later one.

mod answers;
mod blob;
mod brief;
mod bundle;
mod first;
mod given_back;
mod lan;
mod packs;
