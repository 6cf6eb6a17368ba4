//! Sites, people, devices and roles: who may do what.
