//! Enrolment: who is let in, and who is not.
