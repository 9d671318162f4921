//! The build information that every Go binary carries: version, modules, settings.
//!
//! It lies in the writable data segment, so a core alone has it, too.
//!
//! ```text
//!   0  \xff Go buildinf:        14 bytes
//!  14  pointer size | flags     bit 1: strings follow at +32 (Go 1.18+); bit 0: big endian
//!  16  two pointers             to Go strings, before Go 1.18
//!  32  uvarint len, version, uvarint len, modules between two 16-byte marks
//! ```

use super::moduledata::{scan, writable_ranges};
use super::{GoVersion, Region};
use crate::base::{Addr, Cursor, Limits};
use crate::memory::{Memory, MemoryExt};
use crate::symbols::Image;

const MAGIC: &[u8; 14] = b"\xff Go buildinf:";
const INLINE_STRINGS: u8 = 2;
/// Module information of the largest programs is about 100 KiB.
const MOST_BYTES: usize = 4 << 20;

/// What `go version -m` shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoBuildInfo {
    pub version: GoVersion,
    /// Import path of the main package.
    pub path: Option<String>,
    /// The module of the main package.
    pub main: Option<GoModule>,
    pub dependencies: Vec<GoModule>,
    /// `build` lines in order: `-gcflags`, `CGO_ENABLED`, `vcs.revision`, ...
    pub settings: Vec<(String, String)>,
}

/// One Go module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoModule {
    pub path: String,
    pub version: String,
    pub sum: String,
    /// What really was built in its place (`replace` in go.mod).
    pub replaced_by: Option<Box<Self>>,
}

impl GoBuildInfo {
    /// The section that holds it, in binaries that have sections.
    pub const SECTION: &str = ".go.buildinfo";

    /// Looks into the image's file, then into what memory has of the image.
    #[must_use]
    pub fn find(image: &Image, memory: &dyn Memory, limits: &Limits) -> Option<Self> {
        let elf = image.elf.as_ref();
        let section = elf.and_then(|elf| elf.section(Self::SECTION));
        let in_section = section
            .and_then(|section| Region::from_image(image, image.to_runtime(section.addr)))
            .and_then(|region| Self::parse(region.bytes()));
        in_section
            .or_else(|| Self::in_file(image))
            .or_else(|| Self::in_memory(image, memory, limits))
    }

    /// Like [`Self::find`], but looks only at sections in libraries that have them: a process may
    /// map a hundred C libraries, and none of them is worth reading whole.
    #[must_use]
    pub fn find_if_likely(image: &Image, memory: &dyn Memory, limits: &Limits) -> Option<Self> {
        let sections = image.elf.as_ref().map_or(&[][..], |elf| elf.sections());
        let is_certain_c = !image.is_main && !sections.is_empty();
        if is_certain_c && !sections.iter().any(|section| section.name == Self::SECTION) {
            return None;
        }
        Self::find(image, memory, limits)
    }

    /// One setting's value.
    #[must_use]
    pub fn setting(&self, key: &str) -> Option<&str> {
        let found = self.settings.iter().find(|(name, _)| name == key)?;
        Some(&found.1)
    }

    fn in_file(image: &Image) -> Option<Self> {
        writable_ranges(image).into_iter().find_map(|range| {
            let region = Region::from_image(image, range.start)?;
            places(region.bytes()).find_map(|at| Self::parse(region.bytes().get(at..)?))
        })
    }

    fn in_memory(image: &Image, memory: &dyn Memory, limits: &Limits) -> Option<Self> {
        let mut budget = limits.unpacked_bytes;
        writable_ranges(image).into_iter().find_map(|range| {
            let found = scan(memory, range, |at, chunk| {
                budget = budget.saturating_sub(chunk.len() as u64);
                if budget == 0 {
                    return Some(None);
                }
                places(chunk)
                    .find_map(|into| Self::read(memory, at.checked_add(into as u64)?))
                    .map(Some)
            });
            found.flatten()
        })
    }

    /// Reads the blob whose magic is at `at`.
    fn read(memory: &dyn Memory, at: Addr) -> Option<Self> {
        let region = Region::from_memory(memory, at, MOST_BYTES)?;
        Self::parse(region.bytes()).or_else(|| Self::parse_pointers(memory, region.bytes()))
    }

    /// Parses the blob at the start of `bytes` when its strings are inside (Go 1.18 and later).
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let flags = *bytes.get(15)?;
        if !bytes.starts_with(MAGIC) || flags & INLINE_STRINGS == 0 {
            return None;
        }
        let mut cursor = Cursor::at(bytes, 32);
        let version = string(&mut cursor)?;
        let modules = string(&mut cursor).unwrap_or_default();
        Self::from_text(&version, &modules)
    }

    fn parse_pointers(memory: &dyn Memory, bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::at(bytes, 16);
        let version = go_string(memory, Addr(cursor.u64().ok()?))?;
        let modules = go_string(memory, Addr(cursor.u64().ok()?)).unwrap_or_default();
        Self::from_text(&version, &modules)
    }

    /// `version` must name a Go version: debuggers and scanners carry the magic as plain data.
    fn from_text(version: &str, modules: &str) -> Option<Self> {
        if !version.starts_with("go") && !version.starts_with("devel") {
            return None;
        }
        let mut info = Self {
            version: GoVersion::parse(version)?,
            path: None,
            main: None,
            dependencies: Vec::new(),
            settings: Vec::new(),
        };
        for line in modules.lines() {
            info.take_line(line);
        }
        Some(info)
    }

    fn take_line(&mut self, line: &str) {
        let Some((kind, rest)) = line.split_once('\t') else {
            return;
        };
        match kind {
            "path" => self.path = Some(rest.to_owned()),
            "mod" => self.main = Some(module(rest)),
            "dep" => self.dependencies.push(module(rest)),
            "=>" => {
                let replaced = self.dependencies.last_mut().or(self.main.as_mut());
                if let Some(replaced) = replaced {
                    replaced.replaced_by = Some(Box::new(module(rest)));
                }
            }
            "build" => {
                if let Some((key, value)) = rest.split_once('=') {
                    self.settings.push((unquote(key), unquote(value)));
                }
            }
            _ => {}
        }
    }
}

/// Offsets in `bytes` where a blob may start: it is 16-aligned.
fn places(bytes: &[u8]) -> impl Iterator<Item = usize> {
    bytes
        .chunks(16)
        .enumerate()
        .filter(|(_, chunk)| chunk.starts_with(MAGIC))
        .map(|(index, _)| index * 16)
}

fn string(cursor: &mut Cursor<'_>) -> Option<String> {
    let len = usize::try_from(cursor.uvarint().ok()?).ok()?;
    let bytes = cursor.take(len.min(MOST_BYTES)).ok()?;
    // Module information stands between two marks of 16 bytes that are not text.
    let text = if bytes.len() >= 33 && bytes.get(bytes.len() - 17) == Some(&b'\n') {
        bytes.get(16..bytes.len() - 16)?
    } else {
        bytes
    };
    Some(String::from_utf8_lossy(text).into_owned())
}

fn go_string(memory: &dyn Memory, header: Addr) -> Option<String> {
    let pointer = memory.read_addr(header).ok()?;
    let len = usize::try_from(memory.read_u64(header.checked_add(8)?).ok()?).ok()?;
    let bytes = memory.read_bytes(pointer, len.min(MOST_BYTES)).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn module(text: &str) -> GoModule {
    let mut parts = text.split('\t').map(str::to_owned);
    GoModule {
        path: parts.next().unwrap_or_default(),
        version: parts.next().unwrap_or_default(),
        sum: parts.next().unwrap_or_default(),
        replaced_by: None,
    }
}

/// Keys and values with blanks or quotes are written as Go string literals or between backquotes.
fn unquote(text: &str) -> String {
    let inner = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(raw) = inner('`') {
        return raw.to_owned();
    }
    match inner('"') {
        Some(quoted) => quoted.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(version: &str, modules: &str) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([8, INLINE_STRINGS]);
        bytes.extend([0; 16]);
        bytes.push(version.len() as u8);
        bytes.extend(version.as_bytes());
        let marked = [&[0x30; 16][..], modules.as_bytes(), &[0xf9; 16][..]].concat();
        bytes.extend([(marked.len() & 0x7f) as u8 | 0x80, (marked.len() >> 7) as u8]);
        bytes.extend(marked);
        bytes
    }

    const MODULES: &str = "path\texample.com/a\nmod\texample.com/a\t(devel)\t\n\
        dep\texample.com/b\tv1.2.3\th1:abc=\n=>\t./b\t\t\nbuild\t-gcflags=\"all=-N -l\"\nbuild\tCGO_ENABLED=0\n";

    #[test]
    fn version_modules_and_settings_are_read() {
        let info = GoBuildInfo::parse(&blob("go1.27.3", MODULES)).unwrap();
        assert_eq!(info.version.text, "go1.27.3");
        assert_eq!(info.path.as_deref(), Some("example.com/a"));
        assert_eq!(info.main.as_ref().unwrap().version, "(devel)");
        assert_eq!(info.dependencies[0].replaced_by.as_ref().unwrap().path, "./b");
        assert_eq!(info.setting("-gcflags"), Some("all=-N -l"));
        assert_eq!(info.setting("CGO_ENABLED"), Some("0"));
    }

    #[test]
    fn a_tool_that_carries_the_magic_is_not_taken_for_a_go_binary() {
        assert_eq!(GoBuildInfo::parse(&blob("%s", "")), None);
        assert_eq!(GoBuildInfo::parse(MAGIC), None);
    }

    #[test]
    fn a_cut_module_list_keeps_the_version() {
        let whole = blob("go1.27.3", MODULES);
        let info = GoBuildInfo::parse(&whole[..60]).unwrap();
        assert_eq!(info.version.text, "go1.27.3");
        assert_eq!(info.path, None);
    }
}
