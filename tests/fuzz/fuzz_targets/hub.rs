//! Fuzzes `Target::Hub` of `hostile`.

#![no_main]

use hostile::Target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| Target::Hub.eat(bytes));
