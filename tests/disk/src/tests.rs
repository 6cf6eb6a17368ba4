//! The stores on a disk that fills up, fails, and loses its power.

mod failing;
mod hub;
mod power;
mod replica;
mod work;
