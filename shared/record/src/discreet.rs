//! A `Debug` that tells nobody anything about a patient.

/// Gives types that hold what is known of a patient, or a secret, a `Debug` that prints their name and nothing else.
///
/// Errors, log lines and panics print `Debug`; none of them may say who somebody is or what they have.
///
/// ```
/// struct Village(String);
/// record::discreet!(Village);
/// assert_eq!(format!("{:?}", Village("Old Ferry".to_owned())), "Village(…)");
/// ```
#[macro_export]
macro_rules! discreet {
    ($($type:ident $([$lifetime:lifetime])? $(<$of:ident>)?),+ $(,)?) => {$(
        impl $(<$of>)? ::std::fmt::Debug for $type $(<$lifetime>)? $(<$of>)? {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(::std::concat!(::std::stringify!($type), "(…)"))
            }
        }
    )+};
}
