//! Values of variables as a tree that grows one level at a time.

use serde::{Deserialize, Serialize};

use super::Runs;
use crate::base::Addr;

/// Go's kinds, as `reflect` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueKind {
    Bool,
    Int,
    Uint,
    Float,
    Complex,
    String,
    Array,
    Slice,
    Struct,
    Pointer,
    Map,
    Chan,
    Interface,
    Func,
    UnsafePointer,
    /// A type that the debug information does not describe in a way known here.
    Unknown,
}

/// How much of a value is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueState {
    /// All of it.
    Ok,
    /// Some pieces are optimised away or unreadable.
    Partial,
    /// The compiler kept it nowhere at this pc.
    OptimizedOut,
    /// It has an address, but the bytes there cannot be had.
    Unreadable,
    /// Known to exist, but this version cannot read its kind yet.
    Unsupported,
}

/// What a variable is to its function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VariableRole {
    Argument,
    Result,
    Local,
    /// Captured by a closure.
    Captured,
    Global,
    /// Part of another value.
    Child,
}

/// Where the children of a value are: plain data that the engine can load from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ValueRef {
    /// An object of a type in memory: its fields, or what it points to.
    Object { image: u32, type_id: u64, addr: Addr },
    /// `count` elements of a type, `stride` bytes apart.
    Elements {
        image: u32,
        type_id: u64,
        addr: Addr,
        stride: u64,
        count: u64,
    },
    /// The entries of a map of the type `type_id`, in the order in which they are stored; `addr` is
    /// that of the runtime's header.
    Map { image: u32, type_id: u64, addr: Addr },
    /// What is buffered in a channel of the type `type_id`; `addr` is that of the runtime's header.
    Chan { image: u32, type_id: u64, addr: Addr },
    /// What the closure at `addr` captured.
    Closure { image: u32, addr: Addr },
    /// The bytes of a string.
    Text { addr: Addr, len: u64 },
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Value {
    /// Of an entry of a map: its key, as text.
    pub name: String,
    /// Of an entry of a map: its key. The rest of the value is the element.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Box<Self>>,
    #[serde(rename = "type")]
    pub type_name: String,
    pub kind: ValueKind,
    pub addr: Option<Addr>,
    /// Of a pointer that is not nil: where it points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Addr>,
    /// In one line, Go syntax, cut with `…` and the count of what is left out.
    #[serde(rename = "value")]
    pub summary: Runs,
    pub len: Option<u64>,
    pub cap: Option<u64>,
    /// Children loaded so far.
    pub children: Vec<Self>,
    /// Children that exist and are not loaded.
    pub more: u64,
    /// Why there is no value, or not all of it.
    pub unreadable: Option<String>,
    pub state: ValueState,
    pub role: VariableRole,
    /// Hidden by a variable of the same name in an inner scope.
    pub shadowed: bool,
    pub decl_line: Option<u32>,
    /// What to pass to load (more) children; `None` when there are none or all are here.
    #[serde(skip)]
    pub reference: Option<ValueRef>,
}

/// The variables of a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// Arguments, then results.
    pub args: Vec<Value>,
    pub locals: Vec<Value>,
    /// Why there are none, or not all.
    pub note: Option<String>,
}

/// A page of the children of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Children {
    pub from: u64,
    pub values: Vec<Value>,
    /// Children after this page.
    pub more: u64,
}

/// How a whole value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueForm {
    /// Go's syntax, one line for each field and element.
    Go,
    Json,
}
