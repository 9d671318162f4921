//! Types in full: fields with offsets, sizes and padding, and methods.

use serde::Serialize;

use super::ValueKind;
use crate::base::Addr;

/// A field of a struct.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldLayout {
    pub name: String,
    #[serde(rename = "type")]
    pub type_name: String,
    /// In bytes from the start of the struct.
    pub offset: u64,
    pub size: Option<u64>,
    pub embedded: bool,
    /// Unused bytes between this field and what follows it.
    pub padding: u64,
}

/// A method, or what an interface asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Method {
    pub name: String,
    /// `func(int) error`, where it is known.
    pub signature: Option<String>,
    /// Needs a pointer to the value.
    pub on_pointer: bool,
    /// First instruction, of methods that are code in this program.
    pub entry: Option<Addr>,
    /// The embedded field that brings it: `base`, `base.Mutex`; `None` for the type's own.
    pub through: Option<String>,
}

/// A type, described.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TypeLayout {
    /// With the full package path.
    pub name: String,
    pub kind: ValueKind,
    pub size: Option<u64>,
    pub align: Option<u64>,
    /// What the name stands for: `[]int`, `map[string]*main.T`; `None` where that is the name.
    pub underlying: Option<String>,
    /// Of pointers: what they point to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Box<Self>>,
    /// Of structs.
    pub fields: Vec<FieldLayout>,
    /// Unused bytes within the struct, in all.
    pub padding: u64,
    pub methods: Vec<Method>,
    /// Named constants of the type: name and value.
    pub constants: Vec<(String, String)>,
    /// What could not be told, and why.
    pub note: Option<String>,
}
