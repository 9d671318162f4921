//! Debug information made by hand, for tests: DWARF 4, one Go unit of code 0x1000..0x2000.
//!
//! Written from the standard alone, so that it cannot share a mistake with the reader.

use std::collections::HashMap;

use gimli::SectionId;

use super::dwarf::DebugInfo;
use super::sections::Sections;
use super::types::TypeRef;
use crate::base::Limits;

/// The unit's code.
pub(crate) const CODE: std::ops::Range<u64> = 0x1000..0x2000;

/// Value of an attribute, by the form that it is written with.
#[derive(Clone, Debug)]
pub(crate) enum Attr {
    Str(String),
    Addr(u64),
    Data8(u64),
    /// Offset in `.debug_info`.
    Ref(u64),
    Expr(Vec<u8>),
}

impl Attr {
    const fn form(&self) -> u64 {
        match self {
            Self::Str(_) => 0x08,
            Self::Addr(_) => 0x01,
            Self::Data8(_) => 0x07,
            Self::Ref(_) => 0x10,
            Self::Expr(_) => 0x18,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Synth {
    abbrev: Vec<u8>,
    pub(crate) info: Vec<u8>,
    codes: HashMap<Vec<u64>, u64>,
    unit_start: usize,
}

fn leb(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

impl Synth {
    pub(crate) fn new() -> Self {
        let mut synth = Self {
            abbrev: Vec::new(),
            info: Vec::new(),
            codes: HashMap::new(),
            unit_start: 0,
        };
        synth.begin_unit("main", CODE);
        synth
    }

    pub(crate) fn begin_unit(&mut self, name: &str, code: std::ops::Range<u64>) {
        self.unit_start = self.info.len();
        // Length, version 4, abbreviations at 0, addresses of 8 bytes.
        self.info.extend([0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 8]);
        let (low, high) = (Attr::Addr(code.start), Attr::Addr(code.end));
        let name = Attr::Str(name.into());
        self.die(
            0x11,
            true,
            &[(0x03, name), (0x13, Attr::Data8(22)), (0x11, low), (0x12, high)],
        );
    }

    pub(crate) fn end_unit(&mut self) {
        self.end();
        let length = (self.info.len() - self.unit_start - 4) as u32;
        self.info[self.unit_start..self.unit_start + 4].copy_from_slice(&length.to_le_bytes());
    }

    /// Offset of the next entry.
    pub(crate) fn here(&self) -> u64 {
        self.info.len() as u64
    }

    pub(crate) fn die(&mut self, tag: u64, children: bool, attrs: &[(u64, Attr)]) -> u64 {
        let offset = self.here();
        let mut key = vec![tag, u64::from(children)];
        key.extend(attrs.iter().flat_map(|(name, value)| [*name, value.form()]));
        let next = self.codes.len() as u64 + 1;
        let code = *self.codes.entry(key).or_insert(next);
        if code == next {
            leb(&mut self.abbrev, code);
            leb(&mut self.abbrev, tag);
            self.abbrev.push(u8::from(children));
            for (name, value) in attrs {
                leb(&mut self.abbrev, *name);
                leb(&mut self.abbrev, value.form());
            }
            self.abbrev.extend([0, 0]);
        }
        leb(&mut self.info, code);
        for (_, value) in attrs {
            self.value(value);
        }
        offset
    }

    fn value(&mut self, value: &Attr) {
        match value {
            Attr::Str(text) => {
                self.info.extend(text.as_bytes());
                self.info.push(0);
            }
            Attr::Addr(number) | Attr::Data8(number) => self.info.extend(number.to_le_bytes()),
            Attr::Ref(offset) => self.info.extend((*offset as u32).to_le_bytes()),
            Attr::Expr(bytes) => {
                leb(&mut self.info, bytes.len() as u64);
                self.info.extend(bytes);
            }
        }
    }

    /// Ends the children of the entry that was begun last.
    pub(crate) fn end(&mut self) {
        self.info.push(0);
    }

    pub(crate) fn sections(mut self) -> [Vec<u8>; 2] {
        self.end_unit();
        self.abbrev.push(0);
        [self.info, self.abbrev]
    }

    pub(crate) fn finish(self) -> DebugInfo {
        let [info, abbrev] = self.sections();
        open(info, abbrev)
    }

    /// A base type: DWARF encoding (5 signed, 7 unsigned, 2 bool, 4 float), size, Go kind.
    pub(crate) fn base(&mut self, name: &str, encoding: u64, size: u64) -> TypeRef {
        let attrs = [
            (0x03, Attr::Str(name.into())),
            (0x3e, Attr::Data8(encoding)),
            (0x0b, Attr::Data8(size)),
        ];
        TypeRef(self.die(0x24, false, &attrs))
    }

    pub(crate) fn pointer(&mut self, name: &str, target: TypeRef) -> TypeRef {
        let attrs = [
            (0x03, Attr::Str(name.into())),
            (0x49, Attr::Ref(target.0)),
            (0x2900, Attr::Data8(22)),
        ];
        TypeRef(self.die(0x0f, false, &attrs))
    }

    pub(crate) fn typedef(&mut self, name: &str, target: TypeRef) -> TypeRef {
        let attrs = [(0x03, Attr::Str(name.into())), (0x49, Attr::Ref(target.0))];
        TypeRef(self.die(0x16, false, &attrs))
    }

    /// A typedef of a Go kind (17 array, 18 channel, 20 interface, 21 map) for its representation.
    pub(crate) fn kind(&mut self, name: &str, kind: u64, repr: TypeRef) -> TypeRef {
        let attrs = [
            (0x03, Attr::Str(name.into())),
            (0x49, Attr::Ref(repr.0)),
            (0x2900, Attr::Data8(kind)),
        ];
        TypeRef(self.die(0x16, false, &attrs))
    }

    /// A name for a type that has a runtime descriptor, by its offset.
    pub(crate) fn described(&mut self, name: &str, target: TypeRef, descriptor: u64) -> TypeRef {
        let attrs = [
            (0x03, Attr::Str(name.into())),
            (0x49, Attr::Ref(target.0)),
            (0x2904, Attr::Addr(descriptor)),
        ];
        TypeRef(self.die(0x16, false, &attrs))
    }

    /// A struct of a Go kind (25 struct, 24 string, 23 slice with `elem`).
    pub(crate) fn structure(
        &mut self,
        name: &str,
        (size, kind): (u64, u64),
        fields: &[(&str, TypeRef, u64)],
        elem: Option<TypeRef>,
    ) -> TypeRef {
        let mut attrs = vec![
            (0x03, Attr::Str(name.into())),
            (0x0b, Attr::Data8(size)),
            (0x2900, Attr::Data8(kind)),
        ];
        attrs.extend(elem.map(|elem| (0x2902, Attr::Ref(elem.0))));
        let offset = self.die(0x13, true, &attrs);
        for (name, ty, at) in fields {
            let attrs = [
                (0x03, Attr::Str((*name).into())),
                (0x49, Attr::Ref(ty.0)),
                (0x38, Attr::Data8(*at)),
            ];
            self.die(0x0d, false, &attrs);
        }
        self.end();
        TypeRef(offset)
    }

    pub(crate) fn string(&mut self) -> TypeRef {
        self.structure("string", (16, 24), &[], None)
    }

    pub(crate) fn slice(&mut self, name: &str, elem: TypeRef) -> TypeRef {
        self.structure(name, (24, 23), &[], Some(elem))
    }

    /// An array of eight elements, `size` bytes together.
    pub(crate) fn array(&mut self, name: &str, elem: TypeRef, size: u64) -> TypeRef {
        let attrs = [
            (0x03, Attr::Str(name.into())),
            (0x49, Attr::Ref(elem.0)),
            (0x0b, Attr::Data8(size)),
        ];
        let offset = self.die(0x01, true, &attrs);
        self.die(0x21, false, &[(0x37, Attr::Data8(8))]);
        self.end();
        TypeRef(offset)
    }

    pub(crate) fn map(&mut self, name: &str, repr: TypeRef, (key, elem): (TypeRef, TypeRef)) -> TypeRef {
        let attrs = [
            (0x03, Attr::Str(name.into())),
            (0x49, Attr::Ref(repr.0)),
            (0x2900, Attr::Data8(21)),
            (0x2901, Attr::Ref(key.0)),
            (0x2902, Attr::Ref(elem.0)),
        ];
        TypeRef(self.die(0x16, false, &attrs))
    }

    pub(crate) fn channel(&mut self, name: &str, elem: TypeRef) -> TypeRef {
        let attrs = [
            (0x03, Attr::Str(name.into())),
            (0x49, Attr::Ref(elem.0)),
            (0x2900, Attr::Data8(18)),
            (0x2902, Attr::Ref(elem.0)),
        ];
        TypeRef(self.die(0x16, false, &attrs))
    }

    /// Begins a function whose frame base is the CFA.
    pub(crate) fn function(&mut self, name: &str, code: std::ops::Range<u64>) -> u64 {
        let attrs = [
            (0x03, Attr::Str(name.into())),
            (0x11, Attr::Addr(code.start)),
            (0x12, Attr::Addr(code.end)),
            (0x40, Attr::Expr(vec![0x9c])),
        ];
        self.die(0x2e, true, &attrs)
    }

    /// Begins a lexical block.
    pub(crate) fn block(&mut self, code: std::ops::Range<u64>) {
        self.die(
            0x0b,
            true,
            &[(0x11, Attr::Addr(code.start)), (0x12, Attr::Addr(code.end))],
        );
    }

    pub(crate) fn local(&mut self, name: &str, ty: TypeRef, line: u64, location: &[u8]) {
        self.variable(0x34, name, (ty, line), location);
    }

    pub(crate) fn parameter(&mut self, name: &str, ty: TypeRef, line: u64, location: &[u8]) {
        self.variable(0x05, name, (ty, line), location);
    }

    fn variable(&mut self, tag: u64, name: &str, (ty, line): (TypeRef, u64), location: &[u8]) {
        let attrs = [
            (0x03, Attr::Str(name.into())),
            (0x49, Attr::Ref(ty.0)),
            (0x3b, Attr::Data8(line)),
            (0x02, Attr::Expr(location.to_vec())),
        ];
        self.die(tag, false, &attrs);
    }
}

/// Opens `.debug_info` and `.debug_abbrev` as they are.
pub(crate) fn open(info: Vec<u8>, abbrev: Vec<u8>) -> DebugInfo {
    let sections = Sections::of(vec![
        (SectionId::DebugInfo, info),
        (SectionId::DebugAbbrev, abbrev),
    ]);
    DebugInfo::from_sections(sections, &Limits::default())
}
