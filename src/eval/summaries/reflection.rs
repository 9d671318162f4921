//! `reflect.Value` and types as values: what they stand for.
//!
//! ```text
//!   reflect.Value   typ_ -> descriptor | ptr | flag: 5 bits kind, .., bit 7: ptr is an address
//! ```

use super::part::Part;
use super::table::Reader;
use super::words::{head, said};
use crate::base::Addr;
use crate::eval::bytes::Object;
use crate::eval::format;
use crate::model::{Role, Runs};

pub(super) const READERS: &[(&str, Reader)] = &[
    ("reflect.Value", value),
    ("reflect.rtype", rtype),
    ("internal/abi.Type", rtype),
];

/// `flagIndir` and `flagMethod` of `reflect`, the same since Go 1.4.
const INDIRECT: u64 = 1 << 7;
const METHOD: u64 = 1 << 9;

/// A method value of a type is not of that type: its fields are shown instead.
fn value(part: &Part<'_>) -> Option<Runs> {
    let descriptor = part.any_field(&["typ_", "typ"])?.word()?;
    let flag = part.field("flag")?.uint()?;
    if descriptor == 0 {
        return (flag == 0).then(|| said(part, "invalid", Role::Keyword));
    }
    if flag & METHOD != 0 {
        return None;
    }
    let data = part.field("ptr")?;
    let object = if flag & INDIRECT != 0 {
        Object::Memory(Addr(data.word()?))
    } else {
        data.object
    };
    let (dynamic, ty) = part.loader.type_by_descriptor(Addr(descriptor))?;
    let mut runs = head(part);
    match ty {
        Some(ty) => {
            let value = part.loader.load("", ty, object, part.depth);
            runs.extend(format::dynamic(&value));
        }
        None => {
            runs.push(format::short_type(&dynamic), Role::TypeName);
            runs.push(" at ", Role::Plain);
            runs.push(object.addr()?.to_string(), Role::Address);
        }
    }
    Some(runs)
}

fn rtype(part: &Part<'_>) -> Option<Runs> {
    let (name, _) = part.loader.type_by_descriptor(part.object.addr()?)?;
    Some(said(part, name, Role::TypeName))
}
