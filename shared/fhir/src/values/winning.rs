//! Registers against what was kept beside them: what a person edited since wins.

use serde_json::Value;

use super::{Element, put};
use crate::json::{At, Damaged, Object, kept, lay};

/// Lays kept members over written ones, each with its `_` sibling, where the result still reads the same.
pub(crate) fn lay_where_equal(
    written: &mut Object,
    rest: Object,
    reads_same: impl Fn(&Object) -> bool,
) {
    let mut groups: Vec<Object> = Vec::new();
    for (name, value) in rest {
        let stem = |it: &str| it.trim_start_matches('_').to_owned();
        let group = groups
            .iter_mut()
            .find(|it| it.keys().any(|key| stem(key) == stem(&name)));
        match group {
            Some(group) => put(group, &name, value),
            None => groups.push(Object::from_iter([(name, value)])),
        }
    }
    for group in groups {
        let mut candidate = written.clone();
        lay(&mut candidate, group);
        if reads_same(&candidate) {
            *written = candidate;
        }
    }
}

/// Writes a register's values, if there are any; what a person edited wins over what was kept beside it.
pub(crate) fn winning_list<T>(members: &mut Object, name: &str, values: &[T]) -> Result<(), Damaged>
where
    T: Element + Clone + PartialEq,
{
    if !values.is_empty() {
        let array = values.iter().map(winning).collect::<Result<Vec<_>, _>>()?;
        put(members, name, Value::Array(array));
    }
    Ok(())
}

fn winning<T: Element + Clone + PartialEq>(value: &T) -> Result<Value, Damaged> {
    let mut written = value.write()?;
    let Some(rest) = value.kept_rest() else {
        return Ok(Value::Object(written));
    };
    let mut bare = value.clone();
    *bare.rest() = None;
    lay_where_equal(&mut written, kept(rest)?, |candidate| {
        T::read(candidate, &At::resource("register")).is_ok_and(|it| it == bare)
    });
    Ok(Value::Object(written))
}

/// Returns a short digest of an object: it notices an edit.
pub(crate) fn fingerprint(object: &Object) -> String {
    digest(Value::Object(object.clone()).to_string().as_bytes())
}

/// Returns a short digest (FNV-1a, 64 bits). It notices a difference; it proves nothing.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
